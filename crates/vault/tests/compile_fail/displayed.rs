//! A secret cannot be put into a text.

//~ error[E0277]: `keystow_vault::Secret` doesn't implement `std::fmt::Display`

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _ = format!("{secret}");
}
