//! The data key is for the vault alone as well.

//~ error[E0624]: method `expose` is private

fn look(key: &keystow_vault::DataKey) -> [u8; 32] {
    *key.expose()
}

fn main() {
    let _ = look;
}
