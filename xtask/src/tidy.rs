//! `cargo xtask tidy`: the house rules that no compiler checks.
//!
//! A rule is a function from what it reads to complaints, and each has a test that shows it can
//! complain. A rule that needs an exception states it beside itself, with the reason.

mod arrows;
mod commands;
mod fonts;
mod sizes;
mod sources;
mod words;

use anyhow::{Result, bail};

use crate::say;
use crate::workspace::Workspace;
use sources::Sources;

/// Something a rule found, as `path:line: what is wrong`.
type Complaint = String;

/// Applies every rule.
///
/// # Errors
///
/// Fails if a rule complains, or if the sources cannot be read.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let sources = Sources::read(&workspace.root)?;
    let mut complaints: Vec<Complaint> = Vec::new();
    for source in sources.iter() {
        complaints.extend(sizes::check(source));
        complaints.extend(words::check(source));
    }
    complaints.extend(commands::check(&sources)?);
    complaints.extend(fonts::check(&workspace.root)?);
    complaints.extend(arrows::check(workspace)?);
    complaints.sort();
    for complaint in &complaints {
        say::line(complaint);
    }
    match complaints.len() {
        0 => say::line(&format!("{} files follow the house rules.", sources.iter().count())),
        1 => bail!("one complaint"),
        count => bail!("{count} complaints"),
    }
    Ok(())
}
