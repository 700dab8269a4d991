//! Commands: doormats between a window and the engine, one plugin a topic.
//!
//! A command unpacks, asks the engine, and maps to a view. It decides nothing.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod app;
pub(crate) mod apps;
pub(crate) mod audit;
pub(crate) mod bill;
pub(crate) mod bulk;
pub(crate) mod clients;
pub(crate) mod forms;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod lock;
pub(crate) mod picker;
pub(crate) mod places;
pub(crate) mod rotation;
pub(crate) mod schedules;
pub(crate) mod teams;
pub(crate) mod usage;
pub(crate) mod watch;

use keystow_domain::KeyId;
use keystow_engine::{Engine, Trouble};
use tauri::Manager as _;

use crate::error::CommandError;

/// What a command returns.
type Answer<T> = Result<T, CommandError>;

/// The engine, as a command gets it; or why there is none, which every command then answers.
type Keystow<'a> = tauri::State<'a, Opened>;

/// The engine, if the data folder could be opened.
pub(crate) struct Opened(pub(crate) Result<Engine, Trouble>);

/// The engine, for what is asked from outside of any window; nothing if there is none.
pub(crate) fn engine_of(app: &tauri::AppHandle) -> Option<Engine> {
    app.try_state::<Opened>()?.0.as_ref().ok().cloned()
}

impl Opened {
    /// The engine.
    fn engine(&self) -> Answer<&Engine> {
        self.0.as_ref().map_err(|trouble| trouble.clone().into())
    }
}

/// An id from a window; longer ones no portal made.
fn key_id(id: &str) -> Answer<KeyId> {
    if id.is_empty() || id.len() > 512 {
        return Err(CommandError::bad_input("This key"));
    }
    Ok(KeyId::new(id))
}

/// A text of several lines from a window, of bounded length.
fn long(text: String) -> Answer<String> {
    if text.len() > 64 * 1024 { Err(CommandError::bad_input("This text")) } else { Ok(text) }
}

/// A text from a window, of bounded length.
fn short(text: String) -> Answer<String> {
    if text.len() > 4096 { Err(CommandError::bad_input("This text")) } else { Ok(text) }
}
