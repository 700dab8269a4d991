//! The choices of the person.

use std::time::Duration;

use keystow_vault::Stay;

use crate::engine::Engine;
use crate::events::Event;
use crate::hotkey::Hotkey;
use crate::store::{Store, StoreError};
use crate::{Trouble, words};

/// The choices of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The colours of the window.
    pub theme: Theme,
    /// `system`, or a BCP 47 tag the app speaks.
    pub language: String,
    /// How long a copied secret stays on the clipboard, 10 to 120 seconds.
    pub clipboard_seconds: u32,
    /// Whether a copied secret is cleared after the first paste, where the clipboard tells who reads.
    pub paste_once: bool,
    /// What opens the picker from any program; nothing if nothing does.
    pub hotkey: Option<Hotkey>,
    /// Whether closing the window leaves the app in the tray, where there is one.
    pub keep_in_tray: bool,
    /// When the app locks by itself, and what is seen meanwhile.
    pub lock: LockSettings,
}

/// When the app locks by itself, and what is seen meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockSettings {
    /// After how many minutes without anybody there; nothing if that does not lock it.
    pub idle_minutes: Option<u32>,
    /// Whether a locked app shows no key. Otherwise names and states stay, and nothing can be copied.
    pub hide: bool,
    /// Whether the secret of a production key is given only to who says twice that it is wanted.
    pub ask_production: bool,
}

/// The colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the desktop says.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            language: "system".into(),
            clipboard_seconds: 30,
            paste_once: false,
            hotkey: Some(Hotkey::default()),
            keep_in_tray: true,
            lock: LockSettings::default(),
        }
    }
}

impl Default for LockSettings {
    fn default() -> Self {
        Self { idle_minutes: Some(10), hide: true, ask_production: false }
    }
}

impl LockSettings {
    /// The minutes on offer.
    const MINUTES: [u32; 6] = [1, 5, 10, 15, 30, 60];

    /// How long nobody must have been there.
    pub(crate) fn idle(&self) -> Option<Duration> {
        self.idle_minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60))
    }

    fn is_offered(&self) -> bool {
        self.idle_minutes.is_none_or(|minutes| Self::MINUTES.contains(&minutes))
    }

    async fn read(store: &Store) -> Result<Self, StoreError> {
        let default = Self::default();
        let minutes = store.setting("lock_after_minutes").await?;
        let hide = store.setting("lock_hides").await?;
        let ask = store.setting("ask_production").await?;
        // An empty word is a choice as well: never.
        let minutes = minutes.map(|word| word.parse().ok());
        let read = Self {
            idle_minutes: minutes.unwrap_or(default.idle_minutes),
            hide: hide.map_or(default.hide, |word| word != "no"),
            ask_production: ask.map_or(default.ask_production, |word| word == "yes"),
        };
        Ok(if read.is_offered() { read } else { Self { idle_minutes: default.idle_minutes, ..read } })
    }

    async fn keep(&self, store: &Store) -> Result<(), StoreError> {
        let minutes = self.idle_minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
        store.set_setting("lock_after_minutes", minutes).await?;
        let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        store.set_setting("lock_hides", word(self.hide)).await?;
        store.set_setting("ask_production", word(self.ask_production)).await
    }
}

impl Settings {
    /// The languages the app speaks.
    const LANGUAGES: [&'static str; 4] = ["system", "en", "ar", "fr"];

    pub(crate) async fn read(store: &Store) -> Result<Self, StoreError> {
        let default = Self::default();
        let theme = store.setting("theme").await?;
        let language = store.setting("language").await?;
        let seconds = store.setting("clipboard_seconds").await?;
        let paste_once = store.setting("paste_once").await?;
        let hotkey = store.setting("hotkey").await?;
        let keep_in_tray = store.setting("keep_in_tray").await?;
        Ok(Self {
            theme: theme.as_deref().map_or(default.theme, Theme::from_word),
            language: language
                .filter(|tag| Self::LANGUAGES.contains(&tag.as_str()))
                .unwrap_or(default.language),
            clipboard_seconds: seconds
                .and_then(|text| text.parse().ok())
                .filter(|seconds| (10..=120).contains(seconds))
                .unwrap_or(default.clipboard_seconds),
            paste_once: paste_once.map_or(default.paste_once, |word| word == "yes"),
            // An empty word is a choice as well: no key.
            hotkey: hotkey.map_or(default.hotkey, |word| word.parse().ok()),
            keep_in_tray: keep_in_tray.map_or(default.keep_in_tray, |word| word != "no"),
            lock: LockSettings::read(store).await?,
        })
    }

    /// How long a copied secret stays on the clipboard.
    pub(crate) fn keep(&self) -> Duration {
        Duration::from_secs(u64::from(self.clipboard_seconds))
    }

    /// The same, and whether the first paste is the last.
    pub(crate) fn stay(&self) -> Stay {
        Stay { keep: self.keep(), once: self.paste_once }
    }
}

impl Theme {
    fn from_word(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Engine {
    /// The choices of the person.
    pub fn settings(&self) -> Settings {
        self.state().settings.clone()
    }

    /// Keeps the choices of the person.
    ///
    /// # Errors
    ///
    /// Fails if a choice is not on offer, or the disk does not take it.
    pub async fn save_settings(&self, settings: Settings) -> Result<(), Trouble> {
        if !(10..=120).contains(&settings.clipboard_seconds) {
            return Err(words::bad_input("A clipboard time outside 10 to 120 seconds"));
        }
        if !Settings::LANGUAGES.contains(&settings.language.as_str()) {
            return Err(words::bad_input("This language"));
        }
        if !settings.lock.is_offered() {
            return Err(words::bad_input("A number of minutes that is not on offer"));
        }
        let store = &self.0.store;
        let hotkey = settings.hotkey.as_ref().map(ToString::to_string).unwrap_or_default();
        let word = |on: bool| if on { "yes" } else { "no" }.to_owned();
        let kept = [
            store.set_setting("theme", settings.theme.word().into()).await,
            store.set_setting("language", settings.language.clone()).await,
            store.set_setting("clipboard_seconds", settings.clipboard_seconds.to_string()).await,
            store.set_setting("paste_once", word(settings.paste_once)).await,
            store.set_setting("hotkey", hotkey).await,
            store.set_setting("keep_in_tray", word(settings.keep_in_tray)).await,
            settings.lock.keep(store).await,
        ];
        self.state().settings = settings;
        // Somebody may have been away for longer than what was chosen just now.
        self.0.wake.notify_one();
        self.tell(Event::App);
        kept.into_iter().collect::<Result<(), _>>().map_err(|error| words::store(&error))
    }
}
