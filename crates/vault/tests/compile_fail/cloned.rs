//! There is one copy of a secret.

//~ error[E0599]: no method named `clone` found for struct `keystow_vault::Secret` in the current scope

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _ = secret.clone();
}
