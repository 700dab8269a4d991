//! What must be true once nothing goes wrong any more.
//!
//! O1 no secret is lost, or its loss is told; O2 nothing is done twice; O3 a failure is told in
//! whole sentences and truly; O4 no secret is in the clear; O5 everything settles, and settling
//! again changes nothing; O6 the secret before is still there.

use std::path::Path;

use keystow_domain::{OperationId, Reported};

use super::super::account;
use super::life::{Life, Stage, Template, is};
use super::plan::Plan;
use crate::Trouble;
use crate::engine::Engine;

/// What every secret and token of this world has in it.
const CANARY: &str = "s3cr3t";
/// What says that the portal may have acted.
const OPEN: [&str; 2] = ["outcome_unknown", "change_unknown"];

/// What an app knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Each operation, and how far it came.
    journal: Vec<(String, String)>,
    /// The operations whose secrets are in the vault.
    stowed: Vec<String>,
    /// The notices that stand, and their codes.
    notices: Vec<(String, &'static str)>,
}

impl Facts {
    async fn of(engine: &Engine) -> Self {
        let rows = engine.0.store.with(|db| {
            let mut all = db.prepare("SELECT operation, progress FROM journal ORDER BY operation")?;
            let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        });
        let journal = rows.await.unwrap();
        let stowed = engine.0.vault.stowed(&account().id).await.unwrap();
        let mut stowed: Vec<_> = stowed.into_iter().map(|one| one.operation.as_str().to_owned()).collect();
        stowed.sort();
        let notices = engine.notices().into_iter().map(|notice| (notice.id, notice.what.code)).collect();
        Self { journal, stowed, notices }
    }

    /// Whether nothing that lasts differs.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let lasting = |facts: &Self| {
            let lost = facts.notices.iter().filter(|(id, _)| id.starts_with("lost:")).cloned();
            (facts.journal.clone(), facts.stowed.clone(), lost.collect::<Vec<_>>())
        };
        lasting(self) == lasting(other)
    }

    fn progress(&self, operation: &OperationId) -> Option<&str> {
        let found = self.journal.iter().find(|(known, _)| known == operation.as_str());
        found.map(|(_, progress)| progress.as_str())
    }

    fn tells(&self, what: &str, operation: &str) -> bool {
        self.notices.iter().any(|(id, _)| *id == format!("{what}:{operation}"))
    }
}

/// O3: a failure has its sentences, filled in, and no secret.
pub(crate) fn is_told_well(trouble: &Trouble, problems: &mut Vec<String>) {
    let sentences = [&trouble.message, &trouble.meaning, &trouble.remedy];
    let whole = sentences.iter().all(|sentence| !sentence.is_empty() && sentence.ends_with(['.', '?', '!']));
    let text = trouble.to_string();
    if !whole || text.contains(['{', '}']) || text.contains(CANARY) || trouble.code.is_empty() {
        problems.push(format!("is told badly: {trouble:?}"));
    }
}

/// O3: what was left open in words is closed in words, or by the secret being there.
pub(crate) fn ends_as_told(facts: &Facts, told: Option<&Result<(), Trouble>>, problems: &mut Vec<String>) {
    let open = matches!(told, Some(Err(trouble)) if trouble.code == "outcome_unknown");
    for (operation, progress) in &facts.journal {
        let said = match progress.as_str() {
            "aborted" => !open || facts.tells("aborted", operation),
            "lost" => facts.tells("lost", operation),
            _ => true,
        };
        if !said {
            problems.push(format!("{operation} ended as {progress}, and nobody was told: {facts:?}"));
        }
    }
}

/// Judges an app that has come to rest.
pub(crate) async fn judge(
    engine: &Engine,
    life: &Life,
    stage: &Stage,
    template: &Template,
    (plan, told): (Plan, Option<&Result<(), Trouble>>),
    problems: &mut Vec<String>,
) -> Facts {
    if !engine.refresh(&account().id).await {
        problems.push("the list cannot be read".into());
    }
    let facts = Facts::of(engine).await;
    no_loss(engine, stage, plan, &facts, problems).await;
    nothing_twice(stage, template, problems);
    true_words(stage, template, &facts, told, problems);
    old_secrets(engine, template, problems).await;
    copies(engine, life, stage, problems).await;
    for notice in engine.notices() {
        is_told_well(&notice.what, problems);
    }
    facts
}

/// O1.
async fn no_loss(engine: &Engine, stage: &Stage, plan: Plan, facts: &Facts, problems: &mut Vec<String>) {
    let repeats = engine.known(&account().id).ok().and_then(|known| known.abilities);
    let repeats = repeats.is_some_and(|abilities| abilities.replay.is_some()) && !plan.spoils_repeats();
    for (operation, _, text) in stage.portal.issued() {
        let kept = engine.0.vault.reveal_to_request(&operation).await;
        if kept.as_ref().is_ok_and(|secret| is(secret, &text)) {
            continue;
        }
        let told = facts.tells("lost", operation.as_str())
            && matches!(facts.progress(&operation), Some("lost" | "told"));
        if !told || repeats {
            problems.push(format!("the secret of {operation} is lost (told: {told}): {facts:?}"));
        }
    }
    for (operation, progress) in &facts.journal {
        let acted = stage.portal.issued().iter().any(|(known, ..)| known.as_str() == operation);
        if progress == "aborted" && acted {
            problems.push(format!("{operation} was given up, and the portal did it"));
        }
    }
}

/// O2.
fn nothing_twice(stage: &Stage, template: &Template, problems: &mut Vec<String>) {
    let all = stage.portal.issued();
    let new: Vec<_> = all.iter().filter(|issued| !template.issued.contains(issued)).collect();
    let doubled = new.iter().any(|one| new.iter().filter(|other| other.1 == one.1).count() > 1);
    if new.len() > template.wishes || doubled {
        problems.push(format!("{} secrets were issued for {} wishes", new.len(), template.wishes));
    }
    let most = stage.sessions.lock().unwrap().most_redeemed();
    if most > 1 {
        problems.push(format!("a refresh token was redeemed {most} times"));
    }
}

/// O3: who was told that nothing happened was told the truth, and who was told that it is done as well.
fn true_words(
    stage: &Stage,
    template: &Template,
    facts: &Facts,
    told: Option<&Result<(), Trouble>>,
    problems: &mut Vec<String>,
) {
    let new: Vec<_> =
        stage.portal.issued().into_iter().filter(|issued| !template.issued.contains(issued)).collect();
    let revoked = stage.portal.keys().iter().any(|key| key.reported == Reported::Revoked);
    match told {
        Some(Err(trouble)) if !OPEN.contains(&trouble.code) && (revoked || !new.is_empty()) => {
            problems.push(format!("“{trouble}” ({}) was said, and the portal acted", trouble.code));
        }
        Some(Ok(())) if new.iter().any(|(op, ..)| !facts.stowed.iter().any(|one| one == op.as_str())) => {
            problems.push("it was said to be done, and the secret is not here".into());
        }
        _ => {}
    }
}

/// O6.
async fn old_secrets(engine: &Engine, template: &Template, problems: &mut Vec<String>) {
    for (operation, _, text) in &template.issued {
        let kept = engine.0.vault.reveal_to_request(operation).await;
        let lost_before = engine.0.vault.find(operation).await.is_ok_and(|found| found.is_none());
        if !lost_before && !kept.is_ok_and(|secret| is(&secret, text)) {
            problems.push(format!("the earlier secret of {operation} cannot be read any more"));
        }
    }
}

/// What is copied is the secret that the portal accepts, or nothing.
async fn copies(engine: &Engine, life: &Life, stage: &Stage, problems: &mut Vec<String>) {
    for key in stage.portal.keys() {
        life.clipboard.replace("something else");
        match engine.copy(&key.id, false).await {
            Ok(_) if life.clipboard.text() != stage.portal.secret_of(&key.id) => {
                problems.push(format!("an old secret of {} was copied as the current one", key.id));
            }
            Ok(_) => {
                let cleared = engine.clear_clipboard().await;
                if cleared.is_err() || life.clipboard.text().is_some() {
                    problems.push("the clipboard was not cleared".into());
                }
            }
            Err(trouble) if trouble.code == "no_secret" || trouble.code == "key_dead" => {
                let current = stage.portal.secret_of(&key.id);
                let issued = stage.portal.issued();
                let ours = issued.iter().find(|(_, _, text)| Some(text) == current.as_ref());
                let stowed = match ours {
                    Some((op, ..)) => engine.0.vault.find(op).await.is_ok_and(|found| found.is_some()),
                    None => false,
                };
                if stowed && key.reported == Reported::Active {
                    problems.push(format!("a secret that is here is not copied: {}", trouble.code));
                }
            }
            Err(trouble) => problems.push(format!("nothing can be copied: {trouble}")),
        }
    }
}

/// O4.
pub(crate) fn nothing_in_the_clear(folder: &Path, problems: &mut Vec<String>) {
    for file in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        if memchr::memmem::find(&bytes, CANARY.as_bytes()).is_some() {
            problems.push(format!("a secret is in the clear in {}", file.file_name().display()));
        }
    }
}
