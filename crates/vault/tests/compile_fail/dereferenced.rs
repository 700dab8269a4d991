//! A secret does not behave like a text.

//~ error[E0308]: mismatched types

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _: &str = &secret;
}
