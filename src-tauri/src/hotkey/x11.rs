//! The key under X11: the server is asked for it, and a thread waits until it is pressed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keystow_engine::{Engine, Hotkey, HotkeyKey};
use tauri::AppHandle;
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, Keycode, Mapping, ModMask, Window};
use x11rb::protocol::{ErrorKind, Event};
use x11rb::rust_connection::RustConnection;

use super::{Door, Refused, sight};
use crate::picker;

/// Caps Lock and Num Lock change no key, but the server tells them apart.
const LOCKS: [u16; 4] = [0, 1 << 1, 1 << 4, 1 << 1 | 1 << 4];

/// The way to the keyboard.
#[derive(Clone)]
pub(super) struct Server(Arc<Inner>);

struct Inner {
    connection: RustConnection,
    root: Window,
    held: Mutex<Option<Held>>,
}

/// A key that the server gives to nobody else now.
#[derive(Clone, Copy)]
struct Held {
    hotkey: Hotkey,
    modifiers: ModMask,
    code: Keycode,
}

impl Door for Server {
    fn ask_for(&self, hotkey: Hotkey, engine: &Engine) {
        engine.hotkey_is(sight(self.take(hotkey)));
    }

    fn give_back(&self) {
        if let Some(held) = self.held().take() {
            self.ungrab(held);
        }
    }
}

impl Server {
    /// Nothing where the desktop gives no key.
    pub(super) fn open(app: &AppHandle) -> Option<Self> {
        let (connection, number) = RustConnection::connect(None).ok()?;
        let root = connection.setup().roots.get(number)?.root;
        let door = Self(Arc::new(Inner { connection, root, held: Mutex::default() }));
        let (ears, app) = (door.clone(), app.clone());
        std::thread::Builder::new().name("hotkey".into()).spawn(move || ears.listen(&app)).ok()?;
        Some(door)
    }

    fn take(&self, hotkey: Hotkey) -> Result<(), Refused> {
        let code = self.code_of(hotkey.key).ok_or(Refused::Absent)?;
        let held = Held { hotkey, modifiers: modifiers(hotkey), code };
        for lock in LOCKS {
            if let Err(refused) = self.grab(held, lock) {
                self.ungrab(held);
                return Err(refused);
            }
        }
        *self.held() = Some(held);
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grab(&self, held: Held, lock: u16) -> Result<(), Refused> {
        let (connection, root) = (&self.0.connection, self.0.root);
        let mode = GrabMode::ASYNC;
        let asked =
            connection.grab_key(false, root, held.modifiers | ModMask::from(lock), held.code, mode, mode);
        match asked.map_err(|_| Refused::Absent)?.check() {
            Ok(()) => Ok(()),
            Err(ReplyError::X11Error(error)) if error.error_kind == ErrorKind::Access => Err(Refused::Taken),
            Err(_) => Err(Refused::Absent),
        }
    }

    fn ungrab(&self, held: Held) {
        for lock in LOCKS {
            if let Ok(asked) =
                self.0.connection.ungrab_key(held.code, self.0.root, held.modifiers | ModMask::from(lock))
            {
                asked.ignore_error();
            }
        }
        let _ = self.0.connection.flush();
    }

    /// Where the key is on this keyboard, in whichever of its layouts.
    fn code_of(&self, key: HotkeyKey) -> Option<Keycode> {
        let setup = self.0.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let count = (last - first).saturating_add(1);
        let mapping = self.0.connection.get_keyboard_mapping(first, count).ok()?.reply().ok()?;
        let wanted = symbol(key);
        let each = usize::from(mapping.keysyms_per_keycode.max(1));
        let place = mapping.keysyms.chunks(each).position(|symbols| symbols.contains(&wanted))?;
        first.checked_add(u8::try_from(place).ok()?)
    }

    /// Waits for the key for as long as the app runs.
    fn listen(&self, app: &AppHandle) {
        let mut released = None;
        while let Ok(event) = self.0.connection.wait_for_event() {
            match event {
                // A key that is held down is told as released and pressed again at the same instant.
                Event::KeyPress(press) if released != Some(press.time) => picker::toggle(app),
                Event::KeyRelease(release) => released = Some(release.time),
                Event::MappingNotify(change) if change.request == Mapping::KEYBOARD => self.find_again(),
                _ => {}
            }
        }
    }

    /// The keyboard changed: the key may be somewhere else.
    fn find_again(&self) {
        let Some(held) = self.held().take() else { return };
        self.ungrab(held);
        if let Err(refused) = self.take(held.hotkey) {
            tracing::warn!(?refused, "the picker's key is gone with the keyboard's layout");
        }
    }
}

fn modifiers(hotkey: Hotkey) -> ModMask {
    let held = [
        (hotkey.ctrl, ModMask::CONTROL),
        (hotkey.alt, ModMask::M1),
        (hotkey.shift, ModMask::SHIFT),
        (hotkey.system, ModMask::M4),
    ];
    held.into_iter().filter(|(held, _)| *held).fold(ModMask::from(0_u16), |all, (_, one)| all | one)
}

/// The number of a key's sign in the X protocol: Latin 1 as it is, function keys from 0xffbe on.
fn symbol(key: HotkeyKey) -> u32 {
    match key {
        HotkeyKey::Sign(sign) => u32::from(sign.to_ascii_lowercase()),
        HotkeyKey::Function(number) => 0xffbe + u32::from(number) - 1,
        HotkeyKey::Space => 0x20,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_numbers_of_the_protocol() {
        assert_eq!(symbol(HotkeyKey::Sign('K')), 0x6b);
        assert_eq!(symbol(HotkeyKey::Sign('7')), 0x37);
        assert_eq!((symbol(HotkeyKey::Function(1)), symbol(HotkeyKey::Function(12))), (0xffbe, 0xffc9));
        assert_eq!(modifiers(Hotkey::default()), ModMask::CONTROL | ModMask::M1);
    }
}
