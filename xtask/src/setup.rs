//! Puts in place what the rest needs: system packages, Node modules, the built window.
//!
//! Everything is looked at before it is done, so that a second run costs nothing.

pub(crate) mod packages;
pub(crate) mod ui;

use std::env;

use anyhow::{Result, bail};

/// Makes sure that a window can be opened here.
///
/// # Errors
///
/// Fails if no display is known.
pub(crate) fn require_display() -> Result<()> {
    let known = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !known("DISPLAY") && !known("WAYLAND_DISPLAY") {
        bail!(
            "there is no display to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set. \
             Start this in a desktop session. Without one, `cargo xtask test` runs everything, and \
             `xvfb-run -a dbus-run-session -- cargo xtask run` opens the window where nobody sees it"
        );
    }
    Ok(())
}
