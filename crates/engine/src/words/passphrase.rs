//! The passphrase that opens the vault.

use keystow_domain::Timestamp;

use super::UNCHANGED;
use crate::Trouble;

/// The code of a question that somebody closed.
const DISMISSED: &str = "passphrase_dismissed";
/// The code of a question that stands already.
const ASKED: &str = "passphrase_asked";

/// Nothing was opened, and nothing lost.
const CLOSED: &str = "The vault stays closed; nothing in it was changed.";

/// Whether nothing is wrong but that a question has no answer.
pub(crate) fn is_unanswered(trouble: &Trouble) -> bool {
    [DISMISSED, ASKED].contains(&trouble.code)
}

/// The vault opens with a passphrase, and nobody was asked for it.
pub(crate) fn passphrase_needed() -> Trouble {
    Trouble::new("passphrase_needed", "The vault opens with your passphrase.", CLOSED, "Unlock it.")
}

/// It is another passphrase. Who has forgotten it is told where the vault is.
pub(crate) fn passphrase_wrong(folder: &str) -> Trouble {
    Trouble::new(
        "passphrase_wrong",
        "This passphrase does not open the vault.",
        CLOSED,
        "Try again, and look at Caps Lock and the keyboard's language. A forgotten passphrase cannot be recovered: \
         then quit, move “vault.db” out of {folder}, sign in again and \
         rotate your keys.",
    )
    .with("folder", folder)
}

/// Several were wrong, and the next is not tried yet.
pub(crate) fn passphrase_pause(until: Timestamp) -> Trouble {
    Trouble::new(
        "passphrase_pause",
        "Several passphrases were wrong, so the next one is tried only after a pause.",
        CLOSED,
        "Wait until the time is over, then try again.",
    )
    .retry_at(Some(until))
}

/// Somebody closed the question.
pub(crate) fn passphrase_dismissed() -> Trouble {
    Trouble::new("passphrase_dismissed", "No passphrase was given.", UNCHANGED, "Try again when you want to.")
}

/// The question stands on the screen already.
pub(crate) fn passphrase_asked() -> Trouble {
    Trouble::new(
        "passphrase_asked",
        "The passphrase is being asked for already.",
        UNCHANGED,
        "Look for the question behind other windows.",
    )
}

/// There is nobody who could be asked.
pub(crate) fn passphrase_unasked() -> Trouble {
    Trouble::new(
        "passphrase_unasked",
        "The vault opens with a passphrase, and there is nobody here who could be asked for it.",
        CLOSED,
        "Open it where somebody can type: in the app, or at a terminal.",
    )
}

/// A new passphrase that is too short, or too long to be worked on.
pub(crate) fn passphrase_unfit() -> Trouble {
    Trouble::new(
        "passphrase_unfit",
        "A passphrase has at least 12 characters, and at most 1024 bytes.",
        UNCHANGED,
        "Choose several words that have nothing to do with each other.",
    )
}

/// The sealed data key cannot be read.
pub(crate) fn seal_damaged() -> Trouble {
    Trouble::new(
        "seal_damaged",
        "The sealed key of the vault is damaged.",
        "Without it no passphrase opens the vault. The secrets still work where they are in use.",
        "Restore the file “vault.db” of Keystow's data folder from a backup, or rotate the keys.",
    )
}
