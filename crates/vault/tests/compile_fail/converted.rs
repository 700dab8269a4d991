//! A secret does not turn into a text.

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _: String = secret.into();
}
