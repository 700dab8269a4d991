//! There is one copy of a secret.

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _ = secret.clone();
}
