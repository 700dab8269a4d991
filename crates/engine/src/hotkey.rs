//! The key that opens the picker, as people write it: `Ctrl+Alt+K`.

use std::fmt;
use std::str::FromStr;

use crate::{Trouble, words};

/// A key with those that are held with it: at least one of Ctrl, Alt and the system key, because any
/// other combination types something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hotkey {
    /// Whether Ctrl is held.
    pub ctrl: bool,
    /// Whether Alt is held.
    pub alt: bool,
    /// Whether Shift is held.
    pub shift: bool,
    /// Whether the system key is held: Super, Windows or Command.
    pub system: bool,
    /// What is pressed.
    pub key: HotkeyKey,
}

/// What is pressed: keys that every keyboard has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HotkeyKey {
    /// A letter from `A` to `Z`, or a digit.
    Sign(char),
    /// A function key, 1 to 12.
    Function(u8),
    /// The space bar.
    Space,
}

impl Default for Hotkey {
    fn default() -> Self {
        Self { ctrl: true, alt: true, shift: false, system: false, key: HotkeyKey::Sign('K') }
    }
}

impl FromStr for Hotkey {
    type Err = Trouble;

    fn from_str(text: &str) -> Result<Self, Trouble> {
        let mut hotkey = Self { ctrl: false, alt: false, shift: false, system: false, key: HotkeyKey::Space };
        let (held, pressed) = text.rsplit_once('+').ok_or_else(words::hotkey_unfit)?;
        for word in held.split('+') {
            let flag = match word {
                "Ctrl" => &mut hotkey.ctrl,
                "Alt" => &mut hotkey.alt,
                "Shift" => &mut hotkey.shift,
                "Super" => &mut hotkey.system,
                _ => return Err(words::hotkey_unfit()),
            };
            if std::mem::replace(flag, true) {
                return Err(words::hotkey_unfit());
            }
        }
        hotkey.key = key(pressed).ok_or_else(words::hotkey_unfit)?;
        let types_something = !hotkey.ctrl && !hotkey.alt && !hotkey.system;
        if types_something { Err(words::hotkey_unfit()) } else { Ok(hotkey) }
    }
}

fn key(word: &str) -> Option<HotkeyKey> {
    let mut signs = word.chars();
    match (signs.next()?, signs.as_str()) {
        (sign, "") if sign.is_ascii_uppercase() || sign.is_ascii_digit() => Some(HotkeyKey::Sign(sign)),
        ('F', number) => {
            number.parse().ok().filter(|number| (1..=12).contains(number)).map(HotkeyKey::Function)
        }
        _ => (word == "Space").then_some(HotkeyKey::Space),
    }
}

impl fmt::Display for Hotkey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = [(self.ctrl, "Ctrl"), (self.alt, "Alt"), (self.shift, "Shift"), (self.system, "Super")];
        for (_, word) in held.iter().filter(|(held, _)| *held) {
            write!(out, "{word}+")?;
        }
        match self.key {
            HotkeyKey::Sign(sign) => write!(out, "{sign}"),
            HotkeyKey::Function(number) => write!(out, "F{number}"),
            HotkeyKey::Space => out.write_str("Space"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_it_was_read() {
        for text in ["Ctrl+Alt+K", "Super+Space", "Ctrl+Shift+F12", "Alt+7"] {
            assert_eq!(text.parse::<Hotkey>().unwrap().to_string(), text);
        }
        assert_eq!(Hotkey::default().to_string(), "Ctrl+Alt+K");
    }

    #[test]
    fn what_types_something_or_is_no_key_is_refused() {
        for text in ["K", "Shift+K", "Ctrl+", "Ctrl+k", "Ctrl+F13", "Ctrl+Ctrl+K", "Hyper+K", "", "Ctrl+é"] {
            assert_eq!(text.parse::<Hotkey>().unwrap_err().code, "hotkey_unfit", "{text}");
        }
    }
}
