//! Asking for the passphrase that opens the vault: in a dialog of the toolkit, in this process, and not in the
//! page, because what was typed into a page cannot be wiped from it.
//!
//! What was typed goes from the dialog's field, which wipes what is deleted in it, into the one buffer that the
//! vault takes over. On macOS and Windows nobody can be asked yet, so no passphrase is offered there.

use keystow_engine::{Answered, PassphraseQuestion};
use tauri::AppHandle;

/// Whether somebody can be asked on this system.
pub(crate) const ON_OFFER: bool = cfg!(target_os = "linux");

/// Asks; it takes as long as the person does.
#[cfg(target_os = "linux")]
pub(crate) async fn ask(app: &AppHandle, question: &PassphraseQuestion) -> Answered {
    dialog::ask(app, question).await
}

/// Closes the question that stands, if any.
#[cfg(target_os = "linux")]
pub(crate) fn withdraw(app: &AppHandle) {
    dialog::withdraw(app);
}

/// There is no question.
#[cfg(not(target_os = "linux"))]
pub(crate) fn withdraw(_app: &AppHandle) {}

/// Asks nobody.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn ask(_app: &AppHandle, _question: &PassphraseQuestion) -> Answered {
    Answered::Nowhere
}

#[cfg(target_os = "linux")]
mod dialog;
