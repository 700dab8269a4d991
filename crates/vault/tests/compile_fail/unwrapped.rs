//! What is inside a secret cannot be reached.

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _ = secret.0;
}
