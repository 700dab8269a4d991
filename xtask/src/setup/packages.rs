//! System packages.
//!
//! On Debian and its relatives they are installed with apt-get. Anywhere else nothing is touched:
//! the exact command is printed instead.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{process, say};

/// What a set of packages is for.
///
/// Each needs what the one before needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Building the app and starting it.
    Build,
    /// Running the Rust tests without a display.
    Test,
    /// Driving the real window and a real browser as well.
    Desktop,
    /// Measuring, beside other programs.
    Bench,
}

/// To compile and link: a C compiler for SQLite and ring, WebKitGTK (which brings GTK) for the
/// window. To run: the program that opens the system browser, and the library that shows the tray, which is
/// looked for when the app starts.
const BUILD: &[&str] =
    &["build-essential", "pkg-config", "libwebkit2gtk-4.1-dev", "xdg-utils", "libayatana-appindicator3-1"];

/// A display without a screen, a real keyring on a private bus, the programs that look at the clipboard from
/// outside, two clipboard managers, a Wayland compositor with its own such programs, a database server, and what
/// installs the program that makes up calls.
const TEST: &[&str] = &[
    "xvfb",
    "xauth",
    "dbus",
    "gnome-keyring",
    "libglib2.0-bin",
    "xclip",
    "procps",
    "xfce4-clipman",
    "parcellite",
    "sway",
    "wl-clipboard",
    "postgresql",
    "python3-venv",
];

/// A driver for the window, pictures of the screen, a window manager, and keys that reach whatever has the focus.
const DESKTOP: &[&str] = &["webkit2gtk-driver", "imagemagick", "openbox", "xdotool"];

/// What Keystow is measured beside.
const BENCH: &[&str] = &["keepassxc", "libsecret-tools", "fzf", "wrk"];

/// The browser in which the tests sign in, and its driver, with the packages that bring them.
const BROWSER: &[(&[&str], &str)] = &[
    (&["chromium", "google-chrome", "google-chrome-stable"], "chromium"),
    (&["chromedriver"], "chromium-driver"),
];

/// Installs the packages that are missing.
///
/// # Errors
///
/// Fails if they cannot be installed, with the command a person can run instead.
pub(crate) fn install(purpose: Purpose) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return other_systems();
    }
    if !process::is_there("dpkg-query") || !process::is_there("apt-get") {
        return other_distributions();
    }
    let missing = missing(purpose)?;
    if missing.is_empty() {
        return Ok(());
    }
    if missing.contains(&"chromium") && is_ubuntu() {
        bail!(
            "the desktop suite needs a browser, and Ubuntu packs Chromium in a way that cannot be driven from \
             outside. Next: install Google Chrome and its chromedriver, or leave the suite out with `--skip desktop`"
        );
    }
    say::line(&format!("Installing {}", missing.join(", ")));
    let by_hand = format!("apt-get install --no-install-recommends {}", missing.join(" "));
    process::run(apt()?.arg("update")).with_context(|| format!("then run, as root: {by_hand}"))?;
    process::run(apt()?.args(["install", "-y", "--no-install-recommends"]).args(&missing))
        .with_context(|| format!("the system packages are not complete; run, as root: {by_hand}"))
}

/// What is wanted and not installed.
fn missing(purpose: Purpose) -> Result<Vec<&'static str>> {
    let lists = [
        (Purpose::Build, BUILD),
        (Purpose::Test, TEST),
        (Purpose::Desktop, DESKTOP),
        (Purpose::Bench, BENCH),
    ];
    let mut wanted: Vec<_> =
        lists.iter().filter(|(of, _)| *of <= purpose).flat_map(|(_, list)| *list).copied().collect();
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"]).args(&wanted);
    // It ends with 1 when it does not know a package, which is no failure here.
    let answer =
        query.stdin(Stdio::null()).stderr(Stdio::null()).output().context("cannot start `dpkg-query`")?;
    let installed = installed(&String::from_utf8_lossy(&answer.stdout));
    wanted.retain(|package| !installed.iter().any(|name| name == package));
    if purpose >= Purpose::Desktop {
        let absent = |programs: &[&str]| !programs.iter().any(|program| on_path(program));
        wanted.extend(BROWSER.iter().filter(|(programs, _)| absent(programs)).map(|(_, package)| *package));
    }
    Ok(wanted)
}

/// The installed packages in an answer of dpkg-query, one `name status` a line.
fn installed(answer: &str) -> Vec<String> {
    let lines = answer.lines().filter_map(|line| line.split_once(' '));
    lines.filter(|(_, status)| *status == "installed").map(|(name, _)| name.to_owned()).collect()
}

/// apt-get with the rights to install, asking nothing about configuration.
fn apt() -> Result<Command> {
    let root = process::output(Command::new("id").arg("-u"))?.trim() == "0";
    let mut command = if root {
        Command::new("apt-get")
    } else if process::is_there("sudo") {
        let mut sudo = Command::new("sudo");
        sudo.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        bail!("packages are missing, this is not root, and there is no sudo");
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}

fn other_distributions() -> Result<()> {
    let found = Command::new("pkg-config").args(["--exists", "webkit2gtk-4.1"]).stdin(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let command = if on_path("dnf") {
        "sudo dnf install @c-development pkgconf webkit2gtk4.1-devel xdg-utils"
    } else if on_path("pacman") {
        "sudo pacman -S --needed base-devel pkgconf webkit2gtk-4.1 xdg-utils"
    } else if on_path("zypper") {
        "sudo zypper install -t pattern devel_basis && sudo zypper install pkg-config webkit2gtk3-devel xdg-utils"
    } else {
        "install a C compiler, pkg-config, the development files of WebKitGTK 4.1, and xdg-utils"
    };
    bail!(
        "WebKitGTK 4.1 is missing, and only Debian's packages are installed by themselves here. Next: {command}"
    )
}

fn other_systems() -> Result<()> {
    if cfg!(target_os = "macos") && !process::is_there("cc") {
        bail!("the compiler is missing. Next: xcode-select --install");
    }
    // Windows 10 and later bring WebView2; Rust's installer has asked for the Microsoft linker.
    Ok(())
}

/// Whether a program of this name is on PATH.
fn on_path(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| is_file(&folder.join(program)))
}

fn is_ubuntu() -> bool {
    std::fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=ubuntu"))
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|facts| facts.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_was_removed_is_not_installed() {
        assert_eq!(installed("xvfb installed\ndbus config-files\nxclip not-installed\n"), ["xvfb"]);
    }
}
