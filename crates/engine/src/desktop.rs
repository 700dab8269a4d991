//! What the desktop lets the app do, as the shell found out: a key that works everywhere, and a tray.

use crate::engine::Engine;
use crate::events::Event;
use crate::notices::Tone;
use crate::words;

/// The notice of a key that another program has.
const TAKEN: &str = "hotkey";

/// What this desktop lets the app do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DesktopSight {
    /// Whether the key of the picker works.
    pub hotkey: HotkeySight,
    /// Whether the desktop shows the app's icon in a tray.
    pub tray: bool,
}

/// Whether the key of the picker works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HotkeySight {
    /// No key was chosen, or it was not asked for yet.
    #[default]
    Off,
    /// It opens the picker from every program.
    Works,
    /// It does, and the desktop decides which key it is.
    ByDesktop,
    /// Another program has it.
    Taken,
    /// This desktop gives no key to a program.
    Absent,
}

impl Engine {
    /// What this desktop lets the app do.
    pub fn desktop(&self) -> DesktopSight {
        self.state().desktop
    }

    /// Takes over whether the key of the picker works. One that is taken is told as a notice.
    pub fn hotkey_is(&self, sight: HotkeySight) {
        {
            let mut state = self.state();
            state.desktop.hotkey = sight;
            match (sight, state.settings.hotkey) {
                (HotkeySight::Taken, Some(hotkey)) => {
                    let what = words::hotkey_taken(&hotkey.to_string());
                    state.notices.tell(TAKEN, what, Tone::Warning, None, None);
                }
                _ => {
                    state.notices.take_back(TAKEN);
                }
            }
        }
        self.tell(Event::App);
    }

    /// Takes over whether the desktop shows the app's icon in a tray.
    pub fn tray_is(&self, there: bool) {
        let before = std::mem::replace(&mut self.state().desktop.tray, there);
        if before != there {
            self.tell(Event::App);
        }
    }
}
