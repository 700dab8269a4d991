//! A secret does not behave like a text.

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _: &str = &secret;
}
