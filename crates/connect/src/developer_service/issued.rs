//! Answers that carry a secret: read so that nothing but the secret decides whether it is kept.
//!
//! Such an answer is read twice. First only for the secret and the id, straight from the bytes into a
//! [`Secret`]; then for the rest, where a surprise costs a detail of the key and never the secret.

use keystow_domain::{Key, KeyId};
use keystow_portal_api::keys::{ApiKey, Issued as WireIssued};
use keystow_vault::Secret;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::translate;
use crate::transport::Reply;
use crate::{Cause, Failure, Issued};

/// The part of the answer that must be right.
#[derive(Deserialize)]
struct Slip {
    #[serde(rename = "apiKey", alias = "api_key")]
    key: Named,
    #[serde(default)]
    secret: Option<Secret>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Reads an answer that carries a secret, of the key `id` if that was asked for.
///
/// # Errors
///
/// [`Cause::WrongKey`] if it is about another key, [`Cause::NoSecret`] if the portal did what it was
/// asked to and told no secret, [`Cause::Garbage`] if it cannot be read.
pub(super) fn read(reply: &Reply, id: Option<&KeyId>) -> Result<Issued, Failure> {
    let slip: Slip = reply.read()?;
    if slip.key.id.is_empty() {
        return Err(Failure::Unknown(Cause::Garbage));
    }
    if id.is_some_and(|id| id.as_str() != slip.key.id) {
        return Err(Failure::Unknown(Cause::WrongKey));
    }
    let secret = slip.secret.filter(|secret| !secret.is_empty());
    Ok(Issued {
        key: rest(reply).unwrap_or_else(|| bare(slip.key.id)),
        secret: secret.ok_or(Failure::Unknown(Cause::NoSecret))?,
        answered_at_server: reply.head.answered_at,
    })
}

fn rest(reply: &Reply) -> Option<Key> {
    translate::key(reply.read::<WireIssued<IgnoredAny>>().ok()?.api_key)
}

/// A key of which nothing but its id could be read; the next list tells the rest.
fn bare(id: String) -> Key {
    translate::filled(KeyId::new(id.clone()), ApiKey { id, ..ApiKey::default() })
}
