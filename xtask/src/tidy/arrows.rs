//! Who may import whom.
//!
//! The first table names our crates, the second the crates of others that have one owner. It reads
//! what Cargo resolved from the manifests, so a renamed or optional dependency counts as well.
//! `deny.toml` says the same to cargo-deny; this says it without a tool to install.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Complaint;
use crate::process;
use crate::workspace::Workspace;

/// A crate of ours, and those it may import.
const OURS: &[(&str, &[&str])] = &[
    ("keystow-domain", &[]),
    ("keystow-portal-api", &[]),
    ("keystow-vault", &["keystow-domain"]),
    ("keystow-connect", &["keystow-domain", "keystow-vault", "keystow-portal-api"]),
    ("keystow-engine", &["keystow-domain", "keystow-vault", "keystow-connect"]),
    ("keystow-portal", &["keystow-domain", "keystow-portal-api"]),
    ("keystow-desktop", &["keystow-domain", "keystow-engine", "keystow-portal"]),
    ("keystow-cli", &["keystow-domain", "keystow-engine"]),
    ("xtask", &[]),
    // It measures the parts from outside, so it may know them all.
    (
        "keystow-bench",
        &["keystow-domain", "keystow-vault", "keystow-engine", "keystow-portal", "keystow-portal-api"],
    ),
];

/// A crate of others, and the only ones of ours that may import it.
const OWNED: &[(&str, &[&str])] = &[
    ("tauri", &["keystow-desktop"]),
    ("keyring", &["keystow-vault"]),
    ("keyring-core", &["keystow-vault"]),
    ("arboard", &["keystow-vault"]),
    ("secrecy", &["keystow-vault"]),
    // The portal seals the replies it may have to repeat; it never sees a secret of the app.
    ("chacha20poly1305", &["keystow-vault", "keystow-portal"]),
    ("reqwest", &["keystow-connect"]),
    ("oauth2", &["keystow-connect"]),
    ("axum", &["keystow-portal", "keystow-bench"]),
    ("tokio-postgres", &["keystow-portal"]),
    ("deadpool-postgres", &["keystow-portal"]),
    ("lettre", &["keystow-portal"]),
    ("plotters", &["keystow-engine"]),
    ("plotters-backend", &["keystow-engine"]),
    ("notify-rust", &["keystow-desktop"]),
];

/// Crates that must not be in the tree of ours at all.
const BARRED: &[&str] = &["sqlx", "openssl", "native-tls", "chrono"];

/// Features that put stand-ins and faults in place of the real thing: for tests alone.
const FOR_TESTS: &[&str] = &["fakes", "faults"];

/// Complains about each import that has no arrow, and about a stand-in in a program.
///
/// What only tests import is free.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Complaint>> {
    let answer = process::output(workspace.cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&answer)?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let mut complaints = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        complaints.extend(stand_ins(name, "by default", &package["features"]["default"]));
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let import = dependency["name"].as_str().unwrap_or_default();
            if dependency["kind"] != "dev" {
                complaints.extend(judge(name, import));
                complaints.extend(stand_ins(name, import, &dependency["features"]));
            }
        }
    }
    Ok(complaints)
}

/// What is wrong with the features a program asks for, if anything.
fn stand_ins(package: &str, import: &str, features: &Value) -> Option<Complaint> {
    let mut names = features.as_array().into_iter().flatten().filter_map(Value::as_str);
    let found = names.find(|name| FOR_TESTS.contains(name))?;
    Some(format!("{package}: {import} has the feature `{found}`, which is for tests alone"))
}

/// What is wrong with this import, if anything.
fn judge(package: &str, import: &str) -> Option<Complaint> {
    if BARRED.contains(&import) {
        return Some(format!("{package}: `{import}` is barred; ARCHITECTURE.md says what is used instead"));
    }
    if let Some((_, owners)) = OWNED.iter().find(|(name, _)| *name == import) {
        let owned = owners.contains(&package);
        return (!owned).then(|| format!("{package}: `{import}` belongs to {}", owners.join(" and ")));
    }
    if !OURS.iter().any(|(name, _)| *name == import) {
        return None;
    }
    match OURS.iter().find(|(name, _)| *name == package) {
        Some((_, allowed)) if allowed.contains(&import) => None,
        Some(_) => Some(format!("{package}: may not import {import}")),
        None => Some(format!("{package}: has no place in the table of arrows")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_may_not_name_a_secret() {
        assert!(judge("keystow-desktop", "keystow-vault").is_some());
        assert!(judge("keystow-desktop", "keystow-engine").is_none());
    }

    #[test]
    fn a_crate_of_others_has_its_owner() {
        assert!(judge("keystow-engine", "reqwest").is_some());
        assert!(judge("keystow-connect", "reqwest").is_none());
        assert!(judge("keystow-engine", "serde").is_none());
    }

    #[test]
    fn a_stand_in_is_in_no_program() {
        assert!(stand_ins("keystow-engine", "keystow-vault", &serde_json::json!(["std", "fakes"])).is_some());
        assert!(stand_ins("keystow-engine", "keystow-vault", &serde_json::json!(["std"])).is_none());
    }

    #[test]
    fn a_new_crate_must_be_given_a_place() {
        assert!(judge("keystow-something", "keystow-domain").is_some());
    }
}
