//! This lets nothing out and compiles, so that what is wrong with the other cases is what they say.

fn main() {
    drop(keystow_vault::Secret::from_text("kst".to_owned()));
    drop(serde_json::to_string("kst"));
}
