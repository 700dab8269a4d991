//! `cargo xtask bench`: builds everything in release, sets a quiet stage, and measures.
//!
//! The stage is a display without a screen, a session bus and an unlocked keyring, in a home of its
//! own: a measurement neither sees nor touches what belongs to the person.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result};

use crate::setup::{packages, ui};
use crate::workspace::Workspace;
use crate::{process::run as perform, say};

/// Starts the keyring on the session bus it finds itself on, then a display, then what it is given.
const STAGE: &str = r#"
printf '%s' bench | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null
gdbus wait --session --timeout 20 org.freedesktop.secrets
exec xvfb-run --auto-servernum --server-args='-screen 0 1440x900x24 -nolisten tcp -noreset' "$@"
"#;

/// What the references need of their Node modules.
const VENDOR: &[&str] =
    &["uplot/dist/uPlot.iife.min.js", "uplot/dist/uPlot.min.css", "echarts/dist/echarts.min.js"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Passed on to the measurements, such as `--only T7` or `--runs 30`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    bench: Vec<OsString>,
}

/// Builds and measures.
///
/// # Errors
///
/// Fails if something cannot be built or a measurement fails. A missed target is not a failure.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    packages::install(packages::Purpose::Bench)?;
    ui::build(workspace)?;
    say::heading("The programs, in release");
    let mut build = workspace.cargo();
    build.args(["build", "--release", "--features", "keystow-desktop/custom-protocol"]);
    for package in ["keystow-desktop", "keystow-vault", "keystow-bench"] {
        build.args(["--package", package]);
    }
    perform(&mut build).context("the programs could not be built")?;
    // By itself, as in a release: built together, the portal inside the app would speak to PostgreSQL as well.
    let portal = ["build", "--release", "--package", "keystow-portal"];
    perform(workspace.cargo().args(portal)).context("the portal could not be built")?;
    let hello = reference(workspace)?;
    say::heading("The measurements");
    measure(workspace, &hello, &arguments.bench)
}

/// Builds the bare Tauri window.
fn reference(workspace: &Workspace) -> Result<PathBuf> {
    say::heading("The reference window");
    let folder = workspace.root.join("xtask/reference/hello");
    if !folder.join("node_modules").is_dir() {
        perform(ui::npm(workspace).current_dir(&folder).args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ]))?;
    }
    let vendor = folder.join("ui/vendor");
    fs::create_dir_all(&vendor)?;
    for file in VENDOR {
        let name = Path::new(file).file_name().context("a file has a name")?;
        fs::copy(folder.join("node_modules").join(file), vendor.join(name))
            .with_context(|| format!("no {file}"))?;
    }
    let target = workspace.target.join("reference");
    let mut build = workspace.cargo();
    build.current_dir(&folder).args(["build", "--release", "--features", "custom-protocol"]);
    perform(build.env("CARGO_TARGET_DIR", &target)).context("the reference window could not be built")?;
    Ok(target.join("release/hello"))
}

fn measure(workspace: &Workspace, hello: &Path, arguments: &[OsString]) -> Result<()> {
    // Short, because a socket's path has at most 108 bytes.
    let home = env::temp_dir().join(format!("keystow-bench-{}", process::id()));
    let runtime = home.join("run");
    fs::create_dir_all(&runtime)?;
    make_private(&runtime)?;
    let release = workspace.target.join("release");
    let mut stage = Command::new("dbus-run-session");
    stage.args(["--", "bash", "-c", STAGE, "bash"]).arg(release.join("keystow-bench"));
    stage.arg("--programs").arg(&release).arg("--hello").arg(hello).args(arguments);
    stage.env("HOME", &home).env("XDG_RUNTIME_DIR", &runtime);
    for name in
        ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"]
    {
        stage.env_remove(name);
    }
    let measured = perform(&mut stage);
    fs::remove_dir_all(&home).ok();
    measured
}

/// The runtime folder of a session belongs to one user (XDG Base Directory, section 3).
fn make_private(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
