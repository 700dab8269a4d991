//! A secret cannot be part of what a window is sent.

//~ error[E0277]: the trait bound `keystow_vault::Secret: serde::Serialize` is not satisfied

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _ = serde_json::to_string(&secret);
}
