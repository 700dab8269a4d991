//! The frame of the window.

use keystow_engine::{
    Action, DesktopSight, Engine, HotkeySight, Notice, Order, Query, Settings, Tone, VaultSight,
};

use super::shown;
use crate::error::CommandError;
use crate::native;
use crate::view::{
    AccountView, AppView, ClipboardView, DesktopView, FirstView, HotkeyState, KeyPageView, KeyRef,
    NoticeAction, NoticeTone, NoticeView, SettingsView, Theme, VaultState, VaultView,
};

/// Rows of the first answer: as many as the window asks for at once.
const FIRST_ROWS: u32 = 100;

impl AppView {
    /// The app as it is now.
    pub(crate) fn of(engine: &Engine) -> Self {
        let lock = engine.lock_sight();
        // A notice may name a key.
        let hidden = lock.is_some_and(|lock| lock.hidden);
        let notices = if hidden { Vec::new() } else { engine.notices() };
        let pinned = if hidden { Vec::new() } else { engine.pinned() };
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            accounts: engine.accounts().into_iter().map(AccountView::from).collect(),
            current: engine.current().map(|id| id.as_str().to_owned()),
            vault: engine.vault().into(),
            protection: engine.protection().into(),
            lock: lock.map(Into::into),
            sign_in: engine.sign_in_sight().map(Into::into),
            clipboard: ClipboardView::of(engine),
            notices: notices.into_iter().map(Into::into).collect(),
            settings: engine.settings().into(),
            built_in_portal: engine.built_in(),
            pinned: pinned.iter().map(|key| key.as_str().to_owned()).collect(),
            desktop: engine.desktop().into(),
            watches: engine.watches().into(),
        }
    }
}

impl FirstView {
    /// The app as it is now, and the question a window asks first, answered.
    pub(crate) fn of(engine: &Engine) -> Self {
        let query = Query {
            search: String::new(),
            environment: None,
            order: Order::Attention,
            offset: 0,
            limit: FIRST_ROWS,
        };
        Self {
            app: AppView::of(engine),
            keys: engine.keys(&query).ok().map(|page| KeyPageView::of(page, engine)),
        }
    }
}

impl From<DesktopSight> for DesktopView {
    fn from(sight: DesktopSight) -> Self {
        let hotkey = match sight.hotkey {
            HotkeySight::Off => HotkeyState::Off,
            HotkeySight::Works => HotkeyState::Works,
            HotkeySight::ByDesktop => HotkeyState::ByDesktop,
            HotkeySight::Taken => HotkeyState::Taken,
            HotkeySight::Absent => HotkeyState::Absent,
        };
        Self { hotkey, tray: sight.tray, kind: native::desktop() }
    }
}

impl From<VaultSight> for VaultView {
    fn from(vault: VaultSight) -> Self {
        let (state, error) = match vault {
            VaultSight::Unlocked => (VaultState::Unlocked, None),
            VaultSight::Locked => (VaultState::Locked, None),
            VaultSight::Asking => (VaultState::Asking, None),
            VaultSight::Unavailable(trouble) => (VaultState::Unavailable, Some(trouble.into())),
        };
        Self { state, error }
    }
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        Self {
            tone: match notice.tone {
                Tone::Info => NoticeTone::Info,
                Tone::Warning => NoticeTone::Warning,
                Tone::Danger => NoticeTone::Danger,
            },
            // A secret that waits in memory is no message to put away.
            dismissible: notice.what.code != "secret_unstowed",
            id: notice.id,
            what: notice.what.into(),
            key: notice.key.map(|(id, name)| KeyRef { id: id.as_str().to_owned(), name: shown(&name) }),
            action: notice.action.map(|action| match action {
                Action::Retry => NoticeAction::Retry,
                Action::SignIn => NoticeAction::SignIn,
                Action::Rotate => NoticeAction::Rotate,
                Action::Unlock => NoticeAction::Unlock,
                Action::Usage => NoticeAction::Usage,
                Action::Apps => NoticeAction::Apps,
            }),
        }
    }
}

impl From<Settings> for SettingsView {
    fn from(settings: Settings) -> Self {
        Self {
            theme: match settings.theme {
                keystow_engine::Theme::System => Theme::System,
                keystow_engine::Theme::Light => Theme::Light,
                keystow_engine::Theme::Dark => Theme::Dark,
            },
            language: settings.language,
            clipboard_seconds: settings.clipboard_seconds,
            paste_once: settings.paste_once,
            hotkey: settings.hotkey.map(|hotkey| hotkey.to_string()),
            keep_in_tray: settings.keep_in_tray,
            lock: settings.lock.into(),
        }
    }
}

impl TryFrom<SettingsView> for Settings {
    type Error = CommandError;

    fn try_from(view: SettingsView) -> Result<Self, CommandError> {
        Ok(Self {
            theme: match view.theme {
                Theme::System => keystow_engine::Theme::System,
                Theme::Light => keystow_engine::Theme::Light,
                Theme::Dark => keystow_engine::Theme::Dark,
            },
            language: view.language,
            clipboard_seconds: view.clipboard_seconds,
            paste_once: view.paste_once,
            hotkey: view.hotkey.map(|word| word.parse()).transpose()?,
            keep_in_tray: view.keep_in_tray,
            lock: view.lock.into(),
        })
    }
}
