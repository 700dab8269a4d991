//! The steps of `cargo xtask test`.
//!
//! The order is the order in which a person wants to learn of a failure: seconds first, the window
//! on a screen last.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::fuzzed;
use super::tally::Tally;
use crate::setup::ui;
use crate::workspace::Workspace;
use crate::{codegen, process, tidy, tools};

/// What must be in place before a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// The modules of the window.
    Node,
    /// The packages to build the app, and the built window it embeds.
    Build,
    /// The packages of the Rust tests as well.
    Tests,
    /// The packages of the desktop suite as well.
    Desktop,
}

/// One step.
pub(super) struct Step {
    /// What `--only` and `--skip` call it.
    pub(super) name: &'static str,
    /// What it does, as a heading.
    pub(super) about: &'static str,
    pub(super) needs: &'static [Need],
    /// Whether it exists on Linux only.
    pub(super) linux_only: bool,
    pub(super) perform: fn(&Workspace, &mut Tally) -> Result<()>,
}

/// Every step, in order.
pub(super) const STEPS: &[Step] = &[
    step("fmt", "Rust is formatted", &[], fmt),
    step("tidy", "The house rules hold", &[], |workspace, _| tidy::run(workspace)),
    step("ui", "The window: types, tests", &[Need::Node], ui),
    step("clippy", "Rust has no warnings", &[Need::Build], clippy),
    step("rust", "Rust tests", &[Need::Build, Need::Tests], rust),
    Step {
        linux_only: true,
        ..step("fuzzed", "Calls made up from the portal's document", &[Need::Build, Need::Tests], fuzzed)
    },
    step("docs", "Examples in the documentation", &[Need::Build], docs),
    step("bindings", "Generated files are fresh", &[Need::Build], bindings),
    Step {
        linux_only: true,
        ..step(
            "desktop",
            "The real window, browser, keyring and clipboard",
            &[Need::Build, Need::Desktop],
            desktop,
        )
    },
    step("deny", "Dependencies, licences and arrows", &[], deny),
];

/// The test program that needs a window; every other one runs in the step before.
const DESKTOP: &str = "desktop";

/// The packages that are tested. The bench is only compiled, by clippy: its dependencies would
/// change the features of everybody else's.
const WHOLE: &[&str] = &["--workspace", "--exclude", "keystow-bench"];

/// No command may hang for ever: a build from nothing on two busy cores is the longest.
const LIMIT: Duration = Duration::from_secs(40 * 60);
/// Nor may tests that are built: this is several times what they take, and leaves the rest its time.
const TESTS_LIMIT: Duration = Duration::from_secs(20 * 60);

const fn step(
    name: &'static str,
    about: &'static str,
    needs: &'static [Need],
    perform: fn(&Workspace, &mut Tally) -> Result<()>,
) -> Step {
    Step { name, about, needs, linux_only: false, perform }
}

fn fmt(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    watch(workspace.cargo().args(["fmt", "--all", "--check"]), tally)
}

fn clippy(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    // The bench measures under X11 and reads /proc.
    let packages = if cfg!(target_os = "linux") { &WHOLE[..1] } else { WHOLE };
    let mut command = workspace.cargo();
    watch(command.arg("clippy").args(packages).args(["--all-targets", "--", "-D", "warnings"]), tally)
}

fn ui(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    watch(ui::npm(workspace).args(["run", "check"]), tally)?;
    watch(ui::npm(workspace).args(["test"]), tally)
}

fn rust(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let names = test_programs(workspace)?;
    let others: Vec<&String> = names.iter().filter(|name| *name != DESKTOP).collect();
    let tests = |more: &[&str]| {
        let mut command = cargo_test(workspace);
        command.args(more).args(["--lib", "--bins"]);
        command.args(others.iter().flat_map(|name| ["--test", name.as_str()]));
        command
    };
    // Apart, so that a slow build is not taken for tests that hang.
    watch(&mut tests(&["--no-run"]), tally)?;
    process::watch(&mut tests(&["--no-fail-fast"]), TESTS_LIMIT, |line| tally.read(line))
}

fn fuzzed(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    // The program is built with the tests that start it.
    watch(cargo_test(workspace).args(["--no-run", "--test", "portal"]), tally)?;
    fuzzed::run(workspace, tally)
}

fn docs(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    watch(cargo_test(workspace).arg("--doc"), tally)
}

fn bindings(workspace: &Workspace, _: &mut Tally) -> Result<()> {
    codegen::check(workspace, WHOLE)
}

fn desktop(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    // All of them, because the tests of the vault are what has its guard program built.
    let names = test_programs(workspace)?;
    let mut build = cargo_test(workspace);
    watch(build.arg("--no-run").args(names.iter().flat_map(|name| ["--test", name])), tally)?;
    // One window, one clipboard, one keyring: one test at a time.
    watch(cargo_test(workspace).args(["--test", DESKTOP, "--", "--test-threads=1"]), tally)?;
    ensure!(tally.passed > 0, "the desktop suite ran no test");
    Ok(())
}

fn deny(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let program = tools::cargo_deny(workspace)?;
    // Advisories need a database from the network: they are a job of their own in CI.
    watch(workspace.command(program).args(["--workspace", "check", "licenses", "bans", "sources"]), tally)
}

/// `cargo test` on the whole workspace, away from the desktop of whoever started it.
fn cargo_test(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command.arg("test").args(WHOLE);
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"] {
        command.env_remove(name);
    }
    // The tests that write bindings must not freshen the committed ones before they are compared.
    command.env("TS_RS_EXPORT_DIR", workspace.notes().join("bindings-of-tests"));
    command
}

/// The names of all integration tests of the workspace.
fn test_programs(workspace: &Workspace) -> Result<Vec<String>> {
    let answer = process::output(workspace.cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&answer)?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages
        .filter(|package| package["name"] != "keystow-bench")
        .flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let tests = targets.filter(|target| target["kind"][0] == "test");
    let mut names: Vec<String> =
        tests.filter_map(|target| target["name"].as_str().map(str::to_owned)).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

fn watch(command: &mut Command, tally: &mut Tally) -> Result<()> {
    process::watch(command, LIMIT, |line| tally.read(line))
}
