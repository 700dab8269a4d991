//! Lets the page call its two commands.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&["job", "report"]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("{error:#}");
    }
}
