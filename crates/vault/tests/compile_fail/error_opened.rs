//! An error that carries a secret prints without it, and cannot be taken apart by pattern into text.

fn main() {
    let error = keystow_vault::StowError {
        error: keystow_vault::VaultError::DiskFull,
        secret: keystow_vault::Secret::from_text("kst".to_owned()),
    };
    let _: &str = error.secret.as_ref();
}
