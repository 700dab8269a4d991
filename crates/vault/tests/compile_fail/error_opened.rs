//! An error that carries a secret prints without it, and cannot be taken apart by pattern into text.

//~ error[E0599]: no method named `as_ref` found for struct `keystow_vault::Secret` in the current scope

fn main() {
    let error = keystow_vault::StowError {
        error: keystow_vault::VaultError::DiskFull,
        secret: keystow_vault::Secret::from_text("kst".to_owned()),
    };
    let _: &str = error.secret.as_ref();
}
