//! Where the app keeps its data: the same folder that the app finds for itself.

use std::env;
use std::path::PathBuf;

/// How desktops know the app.
const IDENTIFIER: &str = "dev.keystow.desktop";

/// `KEYSTOW_DATA_DIR`, or the place the desktop gives to apps.
pub(crate) fn data_folder() -> PathBuf {
    let chosen = named("KEYSTOW_DATA_DIR").map(|folder| std::path::absolute(&folder).unwrap_or(folder));
    let usual = || place_for_apps().map(|folder| folder.join(IDENTIFIER));
    chosen.or_else(usual).unwrap_or_else(|| PathBuf::from("keystow-data"))
}

/// The XDG base directory specification: a relative path there counts as none.
#[cfg(not(any(target_os = "macos", windows)))]
fn place_for_apps() -> Option<PathBuf> {
    let told = named("XDG_DATA_HOME").filter(|folder| folder.is_absolute());
    told.or_else(|| env::home_dir().map(|home| home.join(".local/share")))
}

#[cfg(target_os = "macos")]
fn place_for_apps() -> Option<PathBuf> {
    env::home_dir().map(|home| home.join("Library/Application Support"))
}

#[cfg(windows)]
fn place_for_apps() -> Option<PathBuf> {
    named("APPDATA")
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// The name of the vault's entry in the keyring, as the app names it.
pub(crate) fn keyring_service() -> String {
    match named("KEYSTOW_DATA_DIR") {
        None => IDENTIFIER.into(),
        Some(_) => format!("{IDENTIFIER} {}", data_folder().display()),
    }
}

/// The clipboard guard lies beside this program.
pub(crate) fn guard_program() -> PathBuf {
    let name = format!("keystow-clipboard{}", env::consts::EXE_SUFFIX);
    let here = env::current_exe().ok().and_then(|own| own.parent().map(|folder| folder.join(&name)));
    here.unwrap_or_else(|| PathBuf::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_is_known_to_desktops_by_the_same_name() {
        let config: serde_json::Value =
            serde_json::from_str(include_str!("../../../tauri.conf.json")).unwrap();
        assert_eq!(config["identifier"], IDENTIFIER);
    }
}
