//! What is inside a secret cannot be reached.

//~ error[E0616]: field `0` of struct `keystow_vault::Secret` is private

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _ = secret.0;
}
