//! The key that opens the picker from every program.

#[cfg(not(target_os = "linux"))]
mod plugin;
#[cfg(target_os = "linux")]
mod portal;
#[cfg(target_os = "linux")]
mod x11;

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
}

/// The way to a key on this desktop; nothing where there is none.
#[cfg(target_os = "linux")]
fn open(app: &AppHandle) -> Option<Box<dyn Door>> {
    // Under Wayland an X server inside it would give a key that works in few windows only.
    if std::env::var("XDG_SESSION_TYPE").is_ok_and(|kind| kind == "wayland") {
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
        if wanted == state.asked && stands {
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
