//! Reading a secret is for the vault alone.

//~ error[E0624]: method `expose` is private

fn main() {
    let secret = keystow_vault::Secret::from_text("kst".to_owned());
    let _ = secret.expose();
}
