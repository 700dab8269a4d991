//! The key that opens the picker from every program.

#[cfg(not(target_os = "linux"))]
mod plugin;
#[cfg(target_os = "linux")]
mod portal;
#[cfg(target_os = "linux")]
mod x11;

#[cfg(target_os = "linux")]
use std::ffi::OsStr;

use keystow_engine::{Engine, Hotkey, HotkeySight};
use tauri::AppHandle;
use tokio::sync::Mutex;

/// Why a key was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// Another program has it.
    Taken,
    /// This desktop gives none, or the keyboard has no such key.
    Absent,
}

/// The way to a key of the desktop.
trait Door: Send + Sync {
    /// Asks for a key, and tells the engine what came of it, at once or when the desktop has answered.
    fn ask_for(&self, hotkey: Hotkey, engine: &Engine);

    /// Gives the key back that was asked for.
    fn give_back(&self);

    /// Whether a person said no to the key that was asked for, and so is not asked for it again.
    fn is_refused(&self) -> bool {
        false
    }
}

/// Whether the session is Wayland. One that was started from a console is of the kind “tty”, and tells it by its
/// display alone.
#[cfg(target_os = "linux")]
pub(crate) fn is_wayland() -> bool {
    let named = |name: &str| std::env::var_os(name);
    says_wayland(named("XDG_SESSION_TYPE").as_deref(), named("WAYLAND_DISPLAY").as_deref())
}

/// Whether a session of this kind with this display is Wayland.
#[cfg(target_os = "linux")]
fn says_wayland(kind: Option<&OsStr>, display: Option<&OsStr>) -> bool {
    kind.is_some_and(|kind| kind == "wayland") || display.is_some_and(|display| !display.is_empty())
}

/// The way to a key on this desktop; nothing where there is none.
#[cfg(target_os = "linux")]
fn open(app: &AppHandle) -> Option<Box<dyn Door>> {
    // Under Wayland an X server inside it would give a key that works in few windows only.
    if is_wayland() {
        return Some(Box::new(portal::Portal::open(app)));
    }
    Some(Box::new(x11::Server::open(app)?))
}

/// The way to a key on this desktop; nothing where there is none.
#[cfg(not(target_os = "linux"))]
fn open(app: &AppHandle) -> Option<Box<dyn Door>> {
    Some(Box::new(plugin::System::open(app)?))
}

/// What an answer that comes at once says of the key.
fn sight(asked: Result<(), Refused>) -> HotkeySight {
    match asked {
        Ok(()) => HotkeySight::Works,
        Err(Refused::Taken) => HotkeySight::Taken,
        Err(Refused::Absent) => HotkeySight::Absent,
    }
}

/// The key as the desktop was asked for it.
pub(crate) struct Hotkeys(Mutex<State>);

struct State {
    app: AppHandle,
    door: Option<Box<dyn Door>>,
    asked: Option<Hotkey>,
}

impl Hotkeys {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self(Mutex::new(State { app, door: None, asked: None }))
    }

    /// Asks the desktop for the key of the settings, gives another one back, and lets the engine be told what
    /// came of it.
    pub(crate) async fn follow(&self, engine: &Engine) {
        let mut state = self.0.lock().await;
        let wanted = engine.settings().hotkey;
        let stands = !matches!(engine.desktop().hotkey, HotkeySight::Taken | HotkeySight::Absent);
        // A change of another setting asks again for a key that may be free by now, but not a person who said no.
        let refused = state.door.as_ref().is_some_and(|door| door.is_refused());
        if wanted == state.asked && (stands || refused) {
            return;
        }
        if state.asked.take().is_some()
            && let Some(door) = &state.door
        {
            door.give_back();
        }
        let Some(hotkey) = wanted else { return engine.hotkey_is(HotkeySight::Off) };
        if state.door.is_none() {
            state.door = open(&state.app);
        }
        state.asked = Some(hotkey);
        match &state.door {
            Some(door) => door.ask_for(hotkey, engine),
            None => engine.hotkey_is(HotkeySight::Absent),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_wayland_by_its_kind_or_by_its_display() {
        let says = |kind: Option<&str>, display: Option<&str>| {
            says_wayland(kind.map(OsStr::new), display.map(OsStr::new))
        };
        assert!(says(Some("wayland"), None));
        assert!(says(Some("tty"), Some("wayland-1")), "it was started from a console");
        assert!(!says(Some("x11"), None) && !says(Some("tty"), Some("")) && !says(None, None));
    }
}
