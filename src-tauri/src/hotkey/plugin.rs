//! The key where Tauri's plugin is told of it by the system.

use keystow_engine::{Engine, Hotkey};
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, Shortcut, ShortcutState};

use super::{Door, Refused, sight};
use crate::picker;

pub(super) struct System(AppHandle);

impl Door for System {
    fn ask_for(&self, hotkey: Hotkey, engine: &Engine) {
        engine.hotkey_is(sight(self.take(hotkey)));
    }

    fn give_back(&self) {
        let _ = self.0.global_shortcut().unregister_all();
    }
}

impl System {
    pub(super) fn open(app: &AppHandle) -> Option<Self> {
        app.plugin(tauri_plugin_global_shortcut::Builder::new().build()).ok()?;
        Some(Self(app.clone()))
    }

    fn take(&self, hotkey: Hotkey) -> Result<(), Refused> {
        let shortcut: Shortcut = hotkey.to_string().parse().map_err(|_| Refused::Absent)?;
        let pressed = self.0.global_shortcut().on_shortcut(shortcut, |app, _, event| {
            if event.state == ShortcutState::Pressed {
                picker::toggle(app);
            }
        });
        pressed.map_err(|_| Refused::Taken)
    }
}
