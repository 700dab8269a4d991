//! The key that opens the picker from every program.

#[cfg(not(target_os = "linux"))]
mod plugin;
#[cfg(target_os = "linux")]
mod x11;

use keystow_engine::{Engine, Hotkey, HotkeySight};
use tauri::AppHandle;
use tokio::sync::Mutex;

#[cfg(not(target_os = "linux"))]
use plugin::Door;
#[cfg(target_os = "linux")]
use x11::Door;

/// Why a key was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// Another program has it.
    Taken,
    /// This desktop gives none, or the keyboard has no such key.
    Absent,
}

/// The key as the desktop was asked for it.
pub(crate) struct Hotkeys(Mutex<State>);

struct State {
    app: AppHandle,
    door: Option<Door>,
    asked: Option<Hotkey>,
}

impl Hotkeys {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self(Mutex::new(State { app, door: None, asked: None }))
    }

    /// Asks the desktop for the key of the settings, gives another one back, and tells the engine what came of it.
    pub(crate) async fn follow(&self, engine: &Engine) {
        let mut state = self.0.lock().await;
        let wanted = engine.settings().hotkey;
        let stands = matches!(engine.desktop().hotkey, HotkeySight::Works | HotkeySight::Off);
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
            state.door = Door::open(&state.app);
        }
        let asked = state.door.as_ref().map_or(Err(Refused::Absent), |door| door.ask_for(hotkey));
        state.asked = Some(hotkey);
        engine.hotkey_is(match asked {
            Ok(()) => HotkeySight::Works,
            Err(Refused::Taken) => HotkeySight::Taken,
            Err(Refused::Absent) => HotkeySight::Absent,
        });
    }
}
