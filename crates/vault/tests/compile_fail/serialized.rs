//! A secret cannot be part of what a window is sent.

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _ = serde_json::to_string(&secret);
}
