//! The vault, the keyring behind it, and the local database.

use keystow_vault::{KeyringError, VaultError};

use super::{UNCHANGED, busy, no_secret, passphrase_needed, passphrase_wrong, seal_damaged};
use crate::Trouble;
use crate::store::StoreError;

/// A secret that arrived and could not be written.
pub(crate) fn not_stowed(name: &str, error: VaultError) -> Trouble {
    let mut trouble = vault(error);
    trouble.code = "secret_unstowed";
    trouble.message = format!("The secret of “{name}” arrived but could not be written to the vault.");
    trouble.meaning =
        "It is kept in memory and written as soon as the vault takes it. Do not close Keystow.".into();
    trouble.with("key", name)
}

/// The vault, and the keyring behind it.
pub(crate) fn vault(error: VaultError) -> Trouble {
    match error {
        VaultError::Locked => Trouble::new(
            "vault_locked",
            "The vault is locked.",
            "Secrets cannot be copied or received until it is unlocked; none is lost.",
            "Unlock it.",
        ),
        VaultError::Keyring(error) => keyring(error),
        VaultError::KeyLost => Trouble::new(
            "vault_key_lost",
            "The key that opens the vault is not in this desktop's keyring.",
            "The secrets in the vault cannot be read without it. They still work where they are in use.",
            "Restore the keyring from a backup, or move the vault away and rotate the keys.",
        ),
        VaultError::PassphraseNeeded => passphrase_needed(),
        VaultError::PassphraseWrong => passphrase_wrong("Keystow's data folder"),
        VaultError::SealDamaged => seal_damaged(),
        VaultError::DiskFull => disk_full(),
        VaultError::Newer => Trouble::new(
            "vault_newer",
            "The vault was written by a newer version of Keystow.",
            "It is left untouched, so that nothing in it is damaged.",
            "Start the newer version.",
        ),
        VaultError::ReadOnly | VaultError::Folder(_) => Trouble::new(
            "vault_read_only",
            "The vault's folder cannot be written.",
            "Secrets can be copied, but none can be received safely, so nothing new was asked for.",
            "Check the rights and the disk of Keystow's data folder.",
        ),
        VaultError::NotFound => no_secret(),
        VaultError::Tampered | VaultError::Corrupt | VaultError::ReadBack | VaultError::Conflict => {
            Trouble::new(
                "vault_damaged",
                "A record of the vault is damaged.",
                "That secret cannot be read here; it still works where it is in use. Other secrets are untouched.",
                "Rotate the key to get a new secret.",
            )
        }
        VaultError::OtherKey => Trouble::new(
            "keyring_other",
            "The keyring holds the key of another vault of Keystow.",
            "That one may need it, so it was left alone. This vault stays under your passphrase.",
            "If no other Keystow uses it, delete the entry “Keystow” in your desktop's password settings, then try again.",
        ),
        VaultError::NoMemory => Trouble::new(
            "vault_memory",
            "There is not enough memory to work on a passphrase: 128 MiB are needed.",
            UNCHANGED,
            "Close other programs, then try again.",
        ),
        VaultError::Busy | VaultError::Database(_) | VaultError::Closed | VaultError::NotSealed => {
            Trouble::new(
                "vault_failed",
                "The vault could not be used.",
                UNCHANGED,
                "Try again; if it stays, start Keystow again.",
            )
        }
    }
}

fn keyring(error: KeyringError) -> Trouble {
    const MEANING: &str = "Without it no secret can be kept safely, so nothing new is asked of the portal.";
    match error {
        KeyringError::Absent => Trouble::new(
            "keyring_absent",
            "No keyring runs on this desktop.",
            MEANING,
            "Start one that offers the Secret Service, such as GNOME Keyring, KWallet or KeePassXC, then try again.",
        ),
        KeyringError::NoCollection => Trouble::new(
            "keyring_empty",
            "The keyring has no place to keep things in yet.",
            MEANING,
            "Create a default keyring in your desktop's password settings, then try again.",
        ),
        KeyringError::Locked => Trouble::new(
            "keyring_locked",
            "The keyring is locked and could not ask for its password.",
            MEANING,
            "Unlock it in your desktop's password settings, then try again.",
        ),
        KeyringError::Dismissed => Trouble::new(
            "keyring_dismissed",
            "The keyring's password prompt was closed.",
            MEANING,
            "Try again and enter the keyring's password.",
        ),
        KeyringError::TimedOut => Trouble::new(
            "keyring_silent",
            "The keyring did not answer in time.",
            MEANING,
            "Look for a password prompt behind other windows, then try again.",
        ),
        KeyringError::Ambiguous | KeyringError::Corrupt => Trouble::new(
            "keyring_damaged",
            "The keyring's entry for Keystow is damaged or there are several.",
            "The vault stays closed; nothing in it was changed.",
            "Look for “Keystow” in your desktop's password settings and restore the right entry.",
        ),
        KeyringError::Broken => Trouble::new(
            "keyring_failed",
            "The keyring failed.",
            MEANING,
            "Try again; if it stays, start the keyring or the session again.",
        ),
    }
}

fn disk_full() -> Trouble {
    Trouble::new(
        "disk_full",
        "The disk is full.",
        "A secret could not be kept safely, so nothing was sent to the portal.",
        "Free some space, then try again.",
    )
}

/// The local database.
pub(crate) fn store(error: &StoreError) -> Trouble {
    match error {
        StoreError::DiskFull => disk_full(),
        StoreError::Newer => Trouble::new(
            "database_newer",
            "The local database was written by a newer version of Keystow.",
            "It is left untouched. No secret is in it.",
            "Start the newer version.",
        ),
        StoreError::Busy => busy(""),
        StoreError::Broken | StoreError::Corrupt => Trouble::new(
            "database_failed",
            "The local database could not be used.",
            "No secret is in it; the vault is another file and untouched.",
            "Check the rights and the disk of Keystow's data folder, then start it again.",
        ),
    }
}

/// A corrupt local database was put aside, with so many unfinished changes that could still be read.
pub(crate) fn set_aside(file: &str, open: usize) -> Trouble {
    let trouble = if open == 0 {
        Trouble::new(
            "database_set_aside",
            "The local database was damaged and was put aside as “{file}”.",
            "No secret was in it. The list is read again from the portal and settings are back to their defaults. No unfinished change could be read in it.",
            "Look at keys that were being created or rotated just now. Delete the file when you do not need it.",
        )
    } else {
        Trouble::new(
            "database_set_aside_open",
            "The local database was damaged and was put aside as “{file}”. Unfinished changes found in it: {count}.",
            "No secret was in it. What became of these changes is asked of the portal and told here. The list is read again; settings are back to their defaults.",
            "Wait until it is said how they ended. Delete the file when you do not need it.",
        )
    };
    trouble.with("file", file).with("count", open.to_string())
}

/// A corrupt vault was put aside.
pub(crate) fn vault_set_aside(file: &str) -> Trouble {
    Trouble::new(
        "vault_set_aside",
        "The vault's file was damaged and was put aside as “{file}”.",
        "What could be read of it was taken over. A key that lost its secret says “No secret here”.",
        "Rotate the keys that say so.",
    )
    .with("file", file)
}
