//! Being written.
fn main() {
    tauri_build::build();
}
