//! A secret cannot be printed for debugging, not even redacted.

//~ error[E0277]: `keystow_vault::Secret` doesn't implement `Debug`

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _ = format!("{secret:?}");
}
