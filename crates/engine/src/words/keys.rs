//! Keys, their changes, and the clipboard.

use keystow_domain::NameError;
use keystow_vault::{ClipboardError, CopyError, PasteError};

use super::{UNCHANGED, misfit, vault};
use crate::Trouble;

/// A production key that asks first, and whose secret nobody said twice that they want.
pub(crate) fn presence_wanted(name: &str) -> Trouble {
    Trouble::new(
        "presence_wanted",
        "“{key}” is a production key, and nobody confirmed that its secret is wanted.",
        "Its secret was given to nothing.",
        "Copy it again and confirm it, in the window or in the picker. A command asks at its terminal.",
    )
    .with("key", name)
}

/// A change that was sent and whose answer did not arrive.
pub(crate) fn outcome_unknown(name: &str) -> Trouble {
    Trouble::new(
        "outcome_unknown",
        "The portal's answer about “{key}” did not arrive.",
        "It is being found out whether the portal made the change; nothing is sent twice meanwhile.",
        "Wait: the row says how it ended. Secrets in use keep working until then.",
    )
    .with("key", name)
}

/// A change that issues no secret, and whose answer did not arrive.
pub(crate) fn change_unknown() -> Trouble {
    Trouble::new(
        "change_unknown",
        "The portal's answer did not arrive, so it may or may not have done it.",
        "No secret can be lost by it. The key is read again as soon as the portal answers.",
        "Look at the key; if nothing changed, do it again.",
    )
}

/// A change that the portal made and whose secret nobody holds.
pub(crate) fn secret_lost(name: &str, rotated: bool) -> Trouble {
    let trouble = if rotated {
        Trouble::new(
            "rotation_lost",
            "The portal rotated “{key}”, but its answer never reached this computer.",
            "Nobody has the new secret. Servers with the old one keep working until its grace ends.",
            "Rotate once more before then, and deploy that secret.",
        )
    } else {
        Trouble::new(
            "creation_lost",
            "The portal created “{key}”, but its answer never reached this computer.",
            "The key exists and nobody has its secret. No other key is touched.",
            "Rotate it to get a secret, or revoke it.",
        )
    };
    trouble.with("key", name)
}

/// A change that turned out not to have happened.
pub(crate) fn not_done(name: &str) -> Trouble {
    Trouble::new(
        "not_done",
        "The change of “{key}” did not happen.",
        "Its secret is what it was before.",
        "Do it again when you are ready.",
    )
    .with("key", name)
}

/// An answer that came after all, or was repeated by the portal.
pub(crate) fn recovered(name: &str) -> Trouble {
    Trouble::new(
        "recovered",
        "The new secret of “{key}” was recovered after an interruption.",
        "It is in the vault, and nothing was done twice.",
        "Copy it when you need it.",
    )
    .with("key", name)
}

/// Another change of the same key is still open.
pub(crate) fn busy(name: &str) -> Trouble {
    Trouble::new(
        "change_open",
        "An earlier change of “{key}” is not finished.",
        "Two changes at once could lose a secret, so the second was not sent.",
        "Wait until the row says how the first one ended.",
    )
    .with("key", name)
}

/// There is nothing to copy on this device.
pub(crate) fn no_secret() -> Trouble {
    Trouble::new(
        "no_secret",
        "The secret of this key is not on this device.",
        "A portal tells a secret once, and this one was told somewhere else. It still works there.",
        "Copy it where you have it and import it here, or rotate the key to get a new one.",
    )
}

/// A secret that would be taken is there.
pub(crate) fn already_here(name: &str) -> Trouble {
    Trouble::new(
        "already_here",
        "The secret of “{key}” is on this device already.",
        "Nothing was taken.",
        "Copy it with its button whenever you need it.",
    )
    .with("key", name)
}

/// Nothing was taken from the clipboard.
pub(crate) fn paste(error: PasteError) -> Trouble {
    const NOTHING: &str = "Nothing was taken, and the clipboard is as it was.";
    match error {
        PasteError::Unshown => Trouble::new(
            "paste_unshown",
            "This portal shows too little of the secret to tell it from other text.",
            "Nothing was taken, and the clipboard was not read.",
            "Rotate the key to get a new secret here.",
        ),
        PasteError::Nothing => Trouble::new(
            "paste_nothing",
            "There is no text on the clipboard.",
            NOTHING,
            "Copy the secret where you have it, then import it here.",
        ),
        PasteError::Unlike => Trouble::new(
            "paste_unlike",
            "Nothing on the clipboard looks like the secret of this key.",
            NOTHING,
            "Compare it with what the list shows of the secret. It may be of another key, or from before a rotation.",
        ),
        PasteError::Several => Trouble::new(
            "paste_several",
            "Several different texts on the clipboard look like the secret of this key.",
            NOTHING,
            "Copy the secret alone, then import it here.",
        ),
        PasteError::Clipboard(error) => {
            tracing::warn!(%error, "the clipboard could not be read");
            Trouble::new(
                "paste_failed",
                "The clipboard could not be read.",
                NOTHING,
                "Check that this session has a clipboard (X11, or Wayland with data control), then try again.",
            )
        }
    }
}

/// A secret from the clipboard that is not accepted.
pub(crate) fn import_refused() -> Trouble {
    Trouble::new(
        "import_refused",
        "The portal refuses this secret, though it looks like the one of this key.",
        "Nothing was taken.",
        "Look whether it was rotated or revoked since, and copy the newest one.",
    )
}

/// The list is not read whole, and this portal's keys do not say when they were made.
pub(crate) fn list_unread() -> Trouble {
    Trouble::new(
        "list_unread",
        "The list of keys could not be read whole.",
        "Nothing was sent. This portal does not tell when keys were made: if its answer were lost, the new key could not be told from an old one of the same name.",
        "Read the rest of the list, then try again.",
    )
}

/// The key is expired or revoked.
pub(crate) fn key_dead() -> Trouble {
    Trouble::new(
        "key_dead",
        "This key is expired or revoked.",
        "Its secret is refused everywhere, so it is not copied.",
        "Create a new key.",
    )
}

/// A key whose secret cannot be thrown away, because it is accepted or may be again.
pub(crate) fn key_alive(name: &str) -> Trouble {
    Trouble::new(
        "key_alive",
        "“{key}” is not expired or revoked.",
        "Its secret may still be needed, so it was not deleted from this device.",
        "Revoke the key first if nothing uses it any more.",
    )
    .with("key", name)
}

/// Secrets of dead keys were deleted because their time was over.
pub(crate) fn secrets_deleted(keys: usize) -> Trouble {
    Trouble::new(
        "secrets_deleted",
        "Secrets of keys that ended more than 30 days ago were deleted from this device. Keys: {count}.",
        "Nothing accepts these secrets any more; the keys stay in the list as the portal tells them.",
        "Nothing to do. The audit log says which keys these were.",
    )
    .with("count", keys.to_string())
}

/// The list does not hold the key.
pub(crate) fn unknown_key() -> Trouble {
    Trouble::new("unknown_key", "This key is not in the list any more.", UNCHANGED, "Read the list again.")
}

/// The person has to type the name of what ends.
pub(crate) fn name_differs() -> Trouble {
    Trouble::new(
        "name_differs",
        "The name that was typed is not the key's name.",
        UNCHANGED,
        "Type the name exactly as it is shown.",
    )
}

/// A row of two keys, where nobody said which of them ends.
pub(crate) fn two_keys() -> Trouble {
    Trouble::new(
        "two_keys",
        "One key is taking the place of another here.",
        UNCHANGED,
        "Revoke it by itself, and choose which of the two ends.",
    )
}

/// A name no portal takes.
pub(crate) fn name(error: NameError) -> Trouble {
    match error {
        NameError::Empty => Trouble::new(
            "name_empty",
            "The key has no name.",
            UNCHANGED,
            "Give it a name of 1 to 100 characters.",
        ),
        NameError::TooLong => Trouble::new(
            "name_long",
            "The name is longer than 100 characters.",
            UNCHANGED,
            "Shorten it to 100 characters or fewer.",
        ),
    }
}

/// A new key that may do nothing.
pub(crate) fn no_scope() -> Trouble {
    Trouble::new("no_scope", "The key has no scope.", UNCHANGED, "Choose at least one thing it may do.")
}

/// A copy that failed.
pub(crate) fn copy(error: CopyError) -> Trouble {
    match error {
        CopyError::Vault(error) => vault(error),
        CopyError::Misfit(error) => misfit(error),
        CopyError::Clipboard(error) => clipboard(error),
    }
}

/// The clipboard.
pub(crate) fn clipboard(error: ClipboardError) -> Trouble {
    tracing::warn!(%error, "the clipboard was not served");
    Trouble::new(
        "clipboard_failed",
        "The secret could not be put on the clipboard.",
        "Nothing was copied, and what was on the clipboard is still there.",
        "Check that this session has a clipboard (X11, or Wayland with data control), then try again.",
    )
}

/// It could not be verified that the clipboard is empty.
pub(crate) fn clipboard_unverified() -> Trouble {
    Trouble::new(
        "clipboard_unverified",
        "It could not be verified that the clipboard is empty.",
        "The secret may still be there for other programs to read.",
        "Copy something else, or try to clear it again.",
    )
}

/// A program put the secret back on the clipboard.
pub(crate) fn clipboard_returned(program: &str) -> Trouble {
    Trouble::new(
        "clipboard_returned",
        "The clipboard was cleared, and {program} put the secret back.",
        "It keeps what is copied, though the secret is marked as one to leave out, and may have it on the disk.",
        "Delete it from the history of {program} and have it leave out passwords; then clear again.",
    )
    .with("program", program)
}

/// The clipboard's keeper ended before its time.
pub(crate) fn clipboard_lost() -> Trouble {
    Trouble::new(
        "clipboard_lost",
        "The program that kept the clipboard ended before its time.",
        "The secret is no longer offered to other programs.",
        "Copy it again if you still need it.",
    )
}

/// Some rows of the portal's list could not be read.
pub(crate) fn rows_skipped(count: u32) -> Trouble {
    Trouble::new(
        "rows_skipped",
        "{count} keys of the portal's list could not be read and are not shown.",
        "They exist at the portal as before.",
        "Tell whoever runs the portal.",
    )
    .with("count", count.to_string())
}
