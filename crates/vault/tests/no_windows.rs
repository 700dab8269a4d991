//! Proof that code that lets a secret out does not compile.

#[test]
fn a_secret_has_no_windows() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
