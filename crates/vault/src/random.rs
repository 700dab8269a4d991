//! Chance for this crate: the operating system's generator, and nothing else.

use zeroize::Zeroizing;

/// Fills a fresh array with random bytes.
///
/// A computer that cannot give random bytes cannot seal anything safely, so this does not go on.
#[expect(clippy::disallowed_methods, reason = "this module is the crate's one source of chance")]
#[expect(clippy::expect_used, reason = "sealing without chance would be worse than stopping")]
pub(crate) fn bytes<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).expect("the operating system gives random bytes");
    bytes
}
