//! A secret cannot be printed for debugging, not even redacted.

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _ = format!("{secret:?}");
}
