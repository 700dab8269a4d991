//! Runs over many keys.

use super::UNCHANGED;
use crate::Trouble;

/// Said wherever a run stands still.
const RESUME: &str = "Open the run to resume or to end it.";

/// Another run of the account was begun.
pub(crate) fn bulk_open() -> Trouble {
    Trouble::new(
        "bulk_open",
        "A run over several keys is not finished.",
        "Two runs at once could rotate a key twice, so no second one was planned.",
        "Resume or end the first one.",
    )
}

/// There is no such run, or it is over.
pub(crate) fn bulk_gone() -> Trouble {
    Trouble::new("bulk_gone", "This run is not there any more.", UNCHANGED, "Plan a new one.")
}

/// A run that cannot be put away, because it was begun and not ended.
pub(crate) fn bulk_unfinished() -> Trouble {
    Trouble::new(
        "bulk_unfinished",
        "This run was begun and is not ended.",
        "Keys whose turn has not come are as they were.",
        "End it first.",
    )
}

/// The app was closed in the middle of a run.
pub(crate) fn bulk_interrupted(left: usize) -> Trouble {
    Trouble::new(
        "bulk_interrupted",
        "A run over several keys was interrupted when Keystow closed.",
        "{left} keys wait for their turn. What was begun is looked up first, so no key is rotated twice.",
        RESUME,
    )
    .with("left", left.to_string())
}

/// Something that concerns every key stopped a run.
pub(crate) fn bulk_paused(left: usize, cause: &Trouble) -> Trouble {
    Trouble::new(
        "bulk_paused",
        "The run over several keys is paused: {why}",
        "{left} keys wait for their turn and are as they were.",
        RESUME,
    )
    .with("left", left.to_string())
    .with("cause", cause.code)
    .with("why", cause.message.clone())
}

/// The failure of one key stopped a run.
pub(crate) fn bulk_halted(left: usize, name: &str) -> Trouble {
    Trouble::new(
        "bulk_halted",
        "The run over several keys stopped at “{key}”.",
        "{left} keys wait for their turn and are as they were.",
        "Look at what is said of that key, then resume or end the run.",
    )
    .with("key", name)
    .with("left", left.to_string())
}

/// A run ended.
pub(crate) fn bulk_done(done: usize, others: usize) -> Trouble {
    Trouble::new(
        "bulk_done",
        "The run over several keys ended: {done} rotated, {others} not.",
        "The new secrets are in the vault; the old ones work until their grace ends.",
        "Open the run for its report, and bring the new secrets to where they are used.",
    )
    .with("done", done.to_string())
    .with("others", others.to_string())
}

/// A key whose old secret is still accepted.
pub(crate) fn bulk_rotating(name: &str) -> Trouble {
    Trouble::new(
        "bulk_rotating",
        "An old secret of “{key}” is still accepted.",
        "Rotating it again now could end that one early, so it is left out.",
        "Rotate it when the old secret has ended, or by itself, where the risk is explained.",
    )
    .with("key", name)
}

/// A key that waits for an approval or is switched off.
pub(crate) fn key_inactive(name: &str) -> Trouble {
    Trouble::new(
        "key_inactive",
        "“{key}” waits for an approval or is switched off.",
        "The portal would not rotate it, so it is left out.",
        "Rotate it when it is active.",
    )
    .with("key", name)
}

/// A key of which the portal says something that this app does not understand.
pub(crate) fn key_unclear(name: &str, word: &str) -> Trouble {
    Trouble::new(
        "key_unclear",
        "The portal says “{word}” of “{key}”, which this version of Keystow does not know.",
        "What a rotation would do to it is not known, so it is left out.",
        "Look at the key at the portal.",
    )
    .with("key", name)
    .with("word", word)
}

/// A key whose rotation is open in the wizard.
pub(crate) fn course_open(name: &str) -> Trouble {
    Trouble::new(
        "course_open",
        "A rotation of “{key}” is already open.",
        "A second one beside it could end a secret that is still used, so it is left out.",
        "Finish that rotation first.",
    )
    .with("key", name)
}
