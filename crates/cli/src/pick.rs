//! `keystow pick`: the picker of the app, for a desktop that gives programs no keys of their own.

use std::env;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use clap::Args;
use tokio::process::Command;
use tokio::time::timeout;

use crate::{Answer, Failure};

/// What a start that hands over to a running app, or one that fails, takes at the most.
const HANDED_OVER: Duration = Duration::from_secs(2);

/// What the manual says of it.
pub(crate) const HELP: &str = "\
The app is started if it does not run. Where the desktop gives no key to a program, bind this command to one:

  GNOME     Settings, Keyboard, Custom Shortcuts: the command “keystow pick”
  KDE       System Settings, Shortcuts, Add Command: “keystow pick”
  sway, i3  bindsym Ctrl+Mod1+k exec keystow pick
  Hyprland  bind = CTRL ALT, K, exec, keystow pick";

/// `keystow pick`.
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct Pick;

/// Shows the picker.
pub(crate) async fn pick(Pick: Pick) -> Result<Answer, Failure> {
    if !has_display() {
        return Err(Failure::Ended(
            "There is no desktop here that a window could be shown on. Nothing was done. Call it from a program of the desktop, or see “keystow copy”.",
            crate::ends::failed,
        ));
    }
    let mut app = Command::new(app());
    app.arg("--pick").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // What ends the terminal does not end the app.
    #[cfg(unix)]
    app.process_group(0);
    let mut app = app.spawn().map_err(|error| {
        let why = "The app “keystow-desktop” was not found beside this program nor in PATH. Nothing was done. Install it, or put its folder into PATH.";
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        Failure::Ended(why, if missing { crate::ends::missing } else { crate::ends::failed })
    })?;
    // A second start hands over and ends; the first one goes on, and nobody waits for it.
    match timeout(HANDED_OVER, app.wait()).await {
        Ok(Ok(status)) if !status.success() => Err(Failure::Ended(
            "The app could not be started. Nothing was done. Start “keystow-desktop” in a terminal to see why.",
            crate::ends::failed,
        )),
        _ => Ok(Answer::good(String::new())),
    }
}

/// Whether there is a desktop: without, the app could say nothing of its failure.
fn has_display() -> bool {
    let named = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(target_os = "linux")) || named("DISPLAY") || named("WAYLAND_DISPLAY")
}

/// The app's program: beside this one, or wherever PATH has it.
fn app() -> PathBuf {
    let name = format!("keystow-desktop{}", env::consts::EXE_SUFFIX);
    let beside = env::current_exe().ok().and_then(|own| Some(own.parent()?.join(&name)));
    beside.filter(|file| file.is_file()).unwrap_or_else(|| PathBuf::from(name))
}
