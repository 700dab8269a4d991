//! The key where Tauri's plugin is told of it by the system.

use keystow_engine::Hotkey;
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, Shortcut, ShortcutState};

use super::Refused;
use crate::picker;

pub(super) struct Door(AppHandle);

impl Door {
    pub(super) fn open(app: &AppHandle) -> Option<Self> {
        app.plugin(tauri_plugin_global_shortcut::Builder::new().build()).ok()?;
        Some(Self(app.clone()))
    }

    pub(super) fn ask_for(&self, hotkey: Hotkey) -> Result<(), Refused> {
        let shortcut: Shortcut = hotkey.to_string().parse().map_err(|_| Refused::Absent)?;
        let pressed = self.0.global_shortcut().on_shortcut(shortcut, |app, _, event| {
            if event.state == ShortcutState::Pressed {
                picker::toggle(app);
            }
        });
        pressed.map_err(|_| Refused::Taken)
    }

    pub(super) fn give_back(&self) {
        let _ = self.0.global_shortcut().unregister_all();
    }
}
