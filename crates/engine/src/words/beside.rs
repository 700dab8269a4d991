//! What a program beside the app has to tell. No window shows it.

use super::UNCHANGED;
use crate::Trouble;

/// The app has made nothing that could be read here.
pub(crate) fn no_data() -> Trouble {
    Trouble::new(
        "no_data",
        "There is nothing of Keystow in this folder that could be read.",
        UNCHANGED,
        "Start the app once, which makes its data or brings it up to date, or name its folder in KEYSTOW_DATA_DIR.",
    )
}

/// The person locked the app, which runs.
pub(crate) fn locked_in_app() -> Trouble {
    Trouble::new(
        "vault_locked",
        "Keystow is locked.",
        "No secret was read.",
        "Unlock it in the app, then try again.",
    )
}

/// No key is called that.
pub(crate) fn no_such_key(wanted: &str) -> Trouble {
    Trouble::new(
        "no_such_key",
        "No key is called “{key}”.",
        "No secret was read.",
        "See “keystow list” for the names.",
    )
    .with("key", keystow_domain::visible(wanted))
}

/// Several keys are called that.
pub(crate) fn ambiguous_key(wanted: &str, ids: &str) -> Trouble {
    Trouble::new(
        "ambiguous_key",
        "Several keys are called “{key}”.",
        "No secret was read.",
        "Name one by its id: {ids}.",
    )
    .with("key", keystow_domain::visible(wanted))
    .with("ids", keystow_domain::visible(ids))
}

/// There is no such program.
pub(crate) fn no_program(name: &str) -> Trouble {
    Trouble::new(
        "no_program",
        "There is no program “{program}”.",
        "Nothing was run.",
        "Check its name and PATH.",
    )
    .with("program", name)
}

/// A program could not be started.
pub(crate) fn unstartable(name: &str) -> Trouble {
    Trouble::new("unstartable", "“{program}” could not be started.", "Nothing was run.", "Check its rights.")
        .with("program", name)
}
