//! Labels: what may be told of a stowed secret, and the place that its label gives its record.

use keystow_domain::{AccountId, KeyId, OperationId, Timestamp};

use crate::envelope::{Place, Purpose};

/// What a stowed secret belongs to. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The operation that got the secret; its id in the vault.
    pub operation: OperationId,
    /// The account it was issued to.
    pub account: AccountId,
    /// The key it belongs to.
    pub key: KeyId,
    /// Its public first characters.
    pub prefix: String,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// A secret that is in the vault, as far as it may be told. Readable while the vault is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stowed {
    /// The operation that got the secret; its id in the vault.
    pub operation: OperationId,
    /// The account it was issued to.
    pub account: AccountId,
    /// The key it belongs to.
    pub key: KeyId,
    /// Its public first characters.
    pub prefix: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Counts all secrets of this vault: of two secrets of a key the higher one is newer.
    pub generation: i64,
}

impl Stowed {
    /// Whether it was stowed under this label.
    pub(crate) fn is_of(&self, label: &Label) -> bool {
        self.operation == label.operation
            && self.account == label.account
            && self.key == label.key
            && self.prefix == label.prefix
            && self.issued_at == label.issued_at
    }

    /// Where its record belongs: a place named by the whole label, so that a record whose label was
    /// changed does not open.
    pub(crate) fn place(&self, vault: &str) -> Place {
        place(vault, (&self.operation, &self.account, &self.key), &self.prefix, self.issued_at)
    }
}

impl Label {
    /// Where the record of a secret with this label belongs.
    pub(crate) fn place(&self, vault: &str) -> Place {
        place(vault, (&self.operation, &self.account, &self.key), &self.prefix, self.issued_at)
    }
}

fn place(
    vault: &str,
    (operation, account, key): (&OperationId, &AccountId, &KeyId),
    prefix: &str,
    issued_at: Timestamp,
) -> Place {
    let issued = issued_at.as_millis().to_string();
    let fields = [operation.as_str(), account.as_str(), key.as_str(), prefix, &issued];
    Place::new(vault, Purpose::KeySecret, &fields)
}
