//! Chance: the one place of this crate that asks the operating system for it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystow_domain::{AccountId, OperationId};

/// The id of an account. Who is known gets the same id again, so that secrets stowed for them are found
/// even if everything but the vault is lost.
pub(crate) fn account_id(built_in: bool, issuer: &str, person: Option<&str>) -> AccountId {
    use sha2::{Digest as _, Sha256};
    let Some(person) = person else { return AccountId::new(format!("acc_{}", token(12))) };
    // The built-in portal is the same portal on whatever port it listens.
    let portal = if built_in { "built-in" } else { issuer };
    let digest = Sha256::new().chain_update(portal).chain_update([0]).chain_update(person).finalize();
    AccountId::new(format!("acc_{}", URL_SAFE_NO_PAD.encode(&digest[..12])))
}

/// A new operation id: sorted by time, and with 128 random bits unguessable, because it opens the
/// portal's sealed replay.
pub(crate) fn operation_id() -> OperationId {
    OperationId::new(format!("{}-{}", uuid::Uuid::now_v7().simple(), token(16)))
}

/// That many random bytes, as URL-safe text.
pub(crate) fn token(bytes: usize) -> String {
    let mut buffer = vec![0_u8; bytes];
    #[expect(clippy::disallowed_methods, reason = "this is the crate's door to the random source")]
    #[expect(clippy::expect_used, reason = "without a random source nothing here is safe to do")]
    getrandom::fill(&mut buffer).expect("the operating system has a random source");
    URL_SAFE_NO_PAD.encode(buffer)
}
