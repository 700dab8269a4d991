//! `cargo xtask dist`: the programs as a release holds them.
//!
//! They are not signed here, and no installer is made here: release.yml does both on the system it is for.

use std::fs;

use anyhow::{Context, Result};

use crate::setup::{packages, ui};
use crate::workspace::Workspace;
use crate::{process, say};

/// The programs a release holds, and the package of each.
const PROGRAMS: &[(&str, &str)] = &[
    ("keystow-desktop", "keystow-desktop"),
    ("keystow", "keystow-cli"),
    ("keystow-clipboard", "keystow-vault"),
    (PORTAL, "keystow-portal"),
];

/// The portal by itself.
const PORTAL: &str = "keystow-portal";

/// Builds the release programs into `target/dist`, with a file of SHA-256 sums beside them.
///
/// # Errors
///
/// Fails if something cannot be built or copied.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    packages::install(packages::Purpose::Build)?;
    ui::build(workspace)?;
    let mut build = workspace.cargo();
    build.args(["build", "--release", "--locked", "--features", "keystow-desktop/custom-protocol"]);
    for (_, package) in PROGRAMS.iter().filter(|(program, _)| *program != PORTAL) {
        build.args(["--package", package]);
    }
    process::run(&mut build).context("the release could not be built")?;
    // By itself: built together, the portal inside the app would speak to PostgreSQL as well.
    let mut portal = workspace.cargo();
    portal.args(["build", "--release", "--locked", "--package", PORTAL]);
    process::run(&mut portal).context("the portal could not be built")?;
    let folder = workspace.target.join("dist");
    fs::create_dir_all(&folder)?;
    let mut names = Vec::new();
    for (program, _) in PROGRAMS {
        let built = workspace.program("release", program);
        let name = built.file_name().context("a program has a name")?.to_owned();
        fs::copy(&built, folder.join(&name)).with_context(|| format!("cannot copy {}", built.display()))?;
        names.push(name);
    }
    let mut sums = workspace.command(if cfg!(target_os = "macos") { "shasum" } else { "sha256sum" });
    if cfg!(target_os = "macos") {
        sums.args(["-a", "256"]);
    }
    let sums =
        process::output(sums.current_dir(&folder).args(&names)).context("the sums could not be made")?;
    fs::write(folder.join("SHA256SUMS"), &sums)?;
    say::line(&format!(
        "{}:\n{sums}Not signed, and no installer: see .github/workflows/release.yml.",
        folder.display()
    ));
    Ok(())
}
