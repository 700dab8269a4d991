//! Hands on the keyboard: keys that reach whatever has the focus, as if a person had pressed them.

use std::collections::HashMap;
use std::time::Instant;

use anyhow::{Context, Result};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::stopwatch::now;

/// A key by its symbol (X11, keysymdef.h); a printable ASCII character is its own.
pub(crate) type Key = u32;

pub(crate) const ESCAPE: Key = 0xff1b;
pub(crate) const BACKSPACE: Key = 0xff08;
pub(crate) const DOWN: Key = 0xff54;
pub(crate) const UP: Key = 0xff52;
pub(crate) const END: Key = 0xff57;
pub(crate) const HOME: Key = 0xff50;
pub(crate) const PAGE_DOWN: Key = 0xff56;
pub(crate) const PAGE_UP: Key = 0xff55;
const SHIFT: Key = 0xffe1;
const CONTROL: Key = 0xffe3;
const ALT: Key = 0xffe9;

/// What opens the picker unless the person chose something else.
pub(crate) const HOTKEY: [Key; 3] = [CONTROL, ALT, b'k' as Key];

/// The keyboard of the display (XTEST extension).
pub(crate) struct Keyboard {
    connection: RustConnection,
    root: u32,
    /// Where each symbol is, and whether Shift must be held for it.
    codes: HashMap<Key, (u8, bool)>,
}

impl Keyboard {
    /// Reaches for the keyboard of the display of this process.
    ///
    /// # Errors
    ///
    /// Fails if there is none, or if it cannot be pressed from here.
    pub(crate) fn open() -> Result<Self> {
        let (connection, screen) = x11rb::connect(None).context("cannot reach the display")?;
        let setup = connection.setup();
        let (root, least, most) = (setup.roots[screen].root, setup.min_keycode, setup.max_keycode);
        connection.xtest_get_version(2, 2)?.reply().context("keys cannot be pressed from here")?;
        let map = connection.get_keyboard_mapping(least, most - least + 1)?.reply()?;
        let each = usize::from(map.keysyms_per_keycode);
        let mut codes = HashMap::new();
        for (code, symbols) in (least..=most).zip(map.keysyms.chunks(each)) {
            for (level, symbol) in symbols.iter().take(2).enumerate() {
                codes.entry(*symbol).or_insert((code, level == 1));
            }
        }
        Ok(Self { connection, root, codes })
    }

    /// Presses keys together, the last one while the others are held; the moment is that before the last goes down.
    ///
    /// # Errors
    ///
    /// Fails if the keyboard has no such key.
    pub(crate) fn press(&self, keys: &[Key]) -> Result<Instant> {
        let (last, held) = keys.split_last().context("no key to press")?;
        let (last, shifted) = self.code(*last)?;
        let mut held: Vec<u8> =
            held.iter().map(|key| self.code(*key).map(|(code, _)| code)).collect::<Result<_>>()?;
        if shifted {
            held.push(self.code(SHIFT)?.0);
        }
        held.iter().try_for_each(|code| self.send(KEY_PRESS_EVENT, *code))?;
        self.connection.flush()?;
        let since = now();
        self.send(KEY_PRESS_EVENT, last)?;
        self.send(KEY_RELEASE_EVENT, last)?;
        held.iter().rev().try_for_each(|code| self.send(KEY_RELEASE_EVENT, *code))?;
        self.connection.flush()?;
        Ok(since)
    }

    fn code(&self, key: Key) -> Result<(u8, bool)> {
        self.codes.get(&key).copied().with_context(|| format!("the keyboard has no key {key:#x}"))
    }

    fn send(&self, kind: u8, code: u8) -> Result<()> {
        self.connection.xtest_fake_input(kind, code, x11rb::CURRENT_TIME, self.root, 0, 0, 0)?;
        Ok(())
    }
}
