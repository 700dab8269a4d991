//! The lock.

use keystow_engine::{LockCause, LockSettings, LockSight, ProtectionSight, Watches};

use crate::view::{LockCauseView, LockSettingsView, LockView, ProtectionView, WatchesView};

impl From<LockSight> for LockView {
    fn from(sight: LockSight) -> Self {
        let cause = match sight.cause {
            LockCause::Person => LockCauseView::Person,
            LockCause::Idle => LockCauseView::Idle,
            LockCause::Screen => LockCauseView::Screen,
            LockCause::Sleep => LockCauseView::Sleep,
            LockCause::Start => LockCauseView::Start,
        };
        Self { cause, hidden: sight.hidden }
    }
}

impl From<LockSettings> for LockSettingsView {
    fn from(settings: LockSettings) -> Self {
        let LockSettings { idle_minutes, hide, ask_production } = settings;
        Self { idle_minutes, hide, ask_production }
    }
}

impl From<LockSettingsView> for LockSettings {
    fn from(view: LockSettingsView) -> Self {
        let LockSettingsView { idle_minutes, hide, ask_production } = view;
        Self { idle_minutes, hide, ask_production }
    }
}

impl From<Watches> for WatchesView {
    fn from(watches: Watches) -> Self {
        let Watches { idle, screen, sleep } = watches;
        Self { idle, screen, sleep }
    }
}

impl From<ProtectionSight> for ProtectionView {
    fn from(sight: ProtectionSight) -> Self {
        let ProtectionSight { passphrase, leftover, on_offer, asking } = sight;
        Self { passphrase, leftover, on_offer, asking }
    }
}
