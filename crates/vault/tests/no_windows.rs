//! Proof that a secret cannot be let out: such code does not compile.

use keystow_vault::{DataKey, Secret, Seeker};

/// Compiles only if the type lacks the trait: if it had it, two of these would fit and neither be chosen.
macro_rules! lacks {
    ($type:ty: $($trait:path),+) => {$({
        trait Ambiguous<Answer> {
            fn is_lacking() {}
        }
        struct Has;
        impl<T: ?Sized> Ambiguous<()> for T {}
        impl<T: ?Sized + $trait> Ambiguous<Has> for T {}
        <$type as Ambiguous<_>>::is_lacking();
    })+};
}

#[test]
fn secrets_lack_every_trait_that_would_let_them_out() {
    lacks!(Secret: serde::Serialize, std::fmt::Display, std::fmt::Debug, Clone, std::ops::Deref);
    lacks!(Secret: AsRef<str>, AsRef<[u8]>, std::borrow::Borrow<str>, Into<String>, Into<Vec<u8>>, PartialEq);
    lacks!(DataKey: serde::Serialize, std::fmt::Display, std::fmt::Debug, Clone, AsRef<[u8]>, Into<Vec<u8>>);
    lacks!(Seeker: serde::Serialize, std::fmt::Display, std::fmt::Debug, Clone, AsRef<[u8]>, Into<Vec<u8>>);
}

#[test]
fn code_that_lets_a_secret_out_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
