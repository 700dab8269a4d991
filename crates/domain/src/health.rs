//! Key health: what is wrong with a key, as far as it can be told, and a score that explains itself.
//!
//! What is not known is never a finding: it is said to be unknown, and costs nothing. The score is 100
//! less the weight of each finding, and not below 0, so that one more finding never raises it.

use std::time::Duration;

use crate::{Environment, Key, State, Timestamp};

const DAY: u64 = 86_400;

/// What counts as too long, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthRules {
    /// A key that was not used for so many days counts as unused.
    pub unused_days: u32,
    /// A key without a schedule is to be rotated every so many days.
    pub rotate_days: u32,
    /// A key that was never used counts as such once it is so many days old.
    pub settling_days: u32,
}

impl Default for HealthRules {
    fn default() -> Self {
        Self { unused_days: 90, rotate_days: crate::OFFERED_DAYS, settling_days: 7 }
    }
}

/// Everything that is known of a key where its health is judged.
#[derive(Debug, Clone, Copy)]
pub struct KeyFacts<'a> {
    /// What the portal tells.
    pub key: &'a Key,
    /// What it is now.
    pub state: &'a State,
    /// When the portal last told; nothing if it never did. Quiet is counted up to here and not up to now.
    pub seen_at: Option<Timestamp>,
    /// When it was last rotated, by the portal or by what this app did.
    pub rotated_at: Option<Timestamp>,
    /// When its schedule wants it rotated, and every how many days; nothing if it has none.
    pub due: Option<(Timestamp, u32)>,
    /// Whether its current secret is on this device; nothing if the vault could not be asked.
    pub stowed: Option<bool>,
    /// Whether its portal lets keys expire; nothing if it does not say.
    pub can_expire: Option<bool>,
    /// Where its secret goes, in the person's words.
    pub places: &'a [String],
}

/// Something wrong with a key, with what tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It was last used so many days before the portal last told.
    Unused {
        /// How many days.
        days: u32,
    },
    /// It was not used once in the so many days since it was made.
    NeverUsed {
        /// How many days.
        days: u32,
    },
    /// Its rotation is due.
    Overdue {
        /// Since when.
        since: Timestamp,
        /// The interval in days.
        every: u32,
        /// Whether a schedule says so; otherwise it is the usual interval.
        scheduled: bool,
    },
    /// Its name or a place of it names another environment than its own.
    Shared {
        /// The other environment.
        other: Environment,
        /// The place that names it; nothing if it is the name of the key.
        place: Option<String>,
    },
    /// It never ends by itself, where it could.
    NeverExpires,
    /// It ends within [`Key::EXPIRES_SOON`].
    ExpiresSoon {
        /// When.
        at: Timestamp,
    },
    /// Its name does not say whose it is, as in owner-app-environment.
    NoOwner,
    /// Its secret is not on this device.
    NoSecret,
}

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingKind {
    /// Not used for long.
    Unused,
    /// Never used.
    NeverUsed,
    /// Its rotation is due.
    Overdue,
    /// Shared across environments.
    Shared,
    /// It never expires.
    NeverExpires,
    /// It expires soon.
    ExpiresSoon,
    /// No owner in its name.
    NoOwner,
    /// No secret on this device.
    NoSecret,
}

/// Something about a key that cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HealthGap {
    /// When it was last used: neither that nor its beginning is known.
    LastUse,
    /// When it was last rotated.
    Rotation,
    /// Whether it could expire.
    Expiry,
    /// Whether its secret is on this device.
    Secret,
    /// Whether it may do more than it does: no portal tells which scopes a key uses.
    Scopes,
}

/// What is wrong with a key and what cannot be told of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// What is wrong, the heaviest first; no kind twice.
    pub findings: Vec<Finding>,
    /// What cannot be told.
    pub untold: Vec<HealthGap>,
}

/// A score in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// 80 and more.
    Good,
    /// 50 to 79.
    Fair,
    /// Less than 50.
    Poor,
}

impl FindingKind {
    /// Every kind, the heaviest first.
    pub const ALL: [Self; 8] = [
        Self::Unused,
        Self::Overdue,
        Self::Shared,
        Self::NeverUsed,
        Self::NeverExpires,
        Self::ExpiresSoon,
        Self::NoOwner,
        Self::NoSecret,
    ];

    /// What a finding of this kind takes off the score.
    ///
    /// What can do harm while nobody looks weighs most: a secret that nobody uses, that is old, or that reaches
    /// further than it should. What only makes work weighs least.
    pub fn weight(self) -> u8 {
        match self {
            Self::Unused => 30,
            Self::Overdue | Self::Shared => 25,
            Self::NeverUsed => 20,
            Self::NeverExpires | Self::ExpiresSoon => 15,
            Self::NoOwner | Self::NoSecret => 5,
        }
    }

    /// Its word on disk and in exports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::NeverUsed => "never_used",
            Self::Overdue => "overdue",
            Self::Shared => "shared",
            Self::NeverExpires => "never_expires",
            Self::ExpiresSoon => "expires_soon",
            Self::NoOwner => "no_owner",
            Self::NoSecret => "no_secret",
        }
    }

    /// The kind of such a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its place among the kinds, as a bit.
    pub fn bit(self) -> u16 {
        Self::ALL.iter().position(|kind| *kind == self).map_or(0, |place| 1 << place)
    }
}

impl Finding {
    /// What kind it is.
    pub fn kind(&self) -> FindingKind {
        match self {
            Self::Unused { .. } => FindingKind::Unused,
            Self::NeverUsed { .. } => FindingKind::NeverUsed,
            Self::Overdue { .. } => FindingKind::Overdue,
            Self::Shared { .. } => FindingKind::Shared,
            Self::NeverExpires => FindingKind::NeverExpires,
            Self::ExpiresSoon { .. } => FindingKind::ExpiresSoon,
            Self::NoOwner => FindingKind::NoOwner,
            Self::NoSecret => FindingKind::NoSecret,
        }
    }
}

impl Health {
    /// 100 less the weight of each finding, and not below 0.
    pub fn score(&self) -> u8 {
        score(self.findings.iter().map(Finding::kind))
    }

    /// The kinds of its findings, as bits.
    pub fn bits(&self) -> u16 {
        self.findings.iter().fold(0, |bits, finding| bits | finding.kind().bit())
    }
}

impl Grade {
    /// The word for a score.
    pub fn of(score: u8) -> Self {
        match score {
            80.. => Self::Good,
            50.. => Self::Fair,
            _ => Self::Poor,
        }
    }

    /// Its word in searches and exports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Poor => "poor",
        }
    }
}

/// What these findings leave of 100.
pub fn score(findings: impl IntoIterator<Item = FindingKind>) -> u8 {
    findings.into_iter().fold(100, |left: u8, kind| left.saturating_sub(kind.weight()))
}

/// Judges a key. Nothing for one that no longer lives or does not live yet: there is nothing to mend.
pub fn judge(facts: &KeyFacts<'_>, rules: &HealthRules, now: Timestamp) -> Option<Health> {
    let lives =
        matches!(facts.state, State::Active | State::ExpiringSoon(_) | State::Rotating(_) | State::Suspended);
    if !lives {
        return None;
    }
    let mut health = Health::default();
    judge_use(facts, rules, &mut health);
    judge_age(facts, rules, now, &mut health);
    judge_name(facts, &mut health);
    match facts.stowed {
        Some(true) => {}
        Some(false) => health.findings.push(Finding::NoSecret),
        None => health.untold.push(HealthGap::Secret),
    }
    if facts.key.scopes.len() > 1 {
        health.untold.push(HealthGap::Scopes);
    }
    health.findings.sort_by_key(|finding| FindingKind::ALL.iter().position(|kind| *kind == finding.kind()));
    Some(health)
}

fn judge_use(facts: &KeyFacts<'_>, rules: &HealthRules, health: &mut Health) {
    let quiet = |since: Timestamp| facts.seen_at.map(|seen| whole_days(seen.since(since)));
    match (facts.key.last_used_at, facts.key.created_at) {
        (Some(used), _) => match quiet(used) {
            Some(days) if days >= rules.unused_days => health.findings.push(Finding::Unused { days }),
            Some(_) => {}
            None => health.untold.push(HealthGap::LastUse),
        },
        (None, Some(made)) => match quiet(made) {
            Some(days) if days >= rules.settling_days => health.findings.push(Finding::NeverUsed { days }),
            Some(_) => {}
            None => health.untold.push(HealthGap::LastUse),
        },
        (None, None) => health.untold.push(HealthGap::LastUse),
    }
}

fn judge_age(facts: &KeyFacts<'_>, rules: &HealthRules, now: Timestamp, health: &mut Health) {
    let key = facts.key;
    match (key.expires_at, facts.can_expire) {
        (Some(at), _) if at.since(now) <= Key::EXPIRES_SOON => {
            health.findings.push(Finding::ExpiresSoon { at });
        }
        (None, Some(true)) => health.findings.push(Finding::NeverExpires),
        (None, None) => health.untold.push(HealthGap::Expiry),
        _ => {}
    }
    // A rotation that is under way is what an overdue one asks for.
    if matches!(facts.state, State::Rotating(_)) {
        return;
    }
    let usual = || {
        let since = facts.rotated_at.or(key.created_at)?;
        let interval = Duration::from_secs(u64::from(rules.rotate_days) * DAY);
        Some((since.plus(interval), rules.rotate_days))
    };
    match facts.due.or_else(usual) {
        Some((since, every)) if since <= now => {
            health.findings.push(Finding::Overdue { since, every, scheduled: facts.due.is_some() });
        }
        Some(_) => {}
        None => health.untold.push(HealthGap::Rotation),
    }
}

fn judge_name(facts: &KeyFacts<'_>, health: &mut Health) {
    let key = facts.key;
    if let Some(own) = &key.environment {
        let by_name = stray(&key.name, own).map(|other| Finding::Shared { other, place: None });
        let by_place = || {
            facts.places.iter().find_map(|place| {
                let other = stray(telling(place), own)?;
                Some(Finding::Shared { other, place: Some(place.clone()) })
            })
        };
        health.findings.extend(by_name.or_else(by_place));
    }
    if !names_owner(&key.name, key.owner.as_deref()) {
        health.findings.push(Finding::NoOwner);
    }
}

/// The environment that a text names although it is not `own`; nothing if it names `own` as well.
fn stray(text: &str, own: &Environment) -> Option<Environment> {
    let mut other = None;
    for named in parts(text).filter_map(environment) {
        if named == *own {
            return None;
        }
        other.get_or_insert(named);
    }
    other
}

/// The part of a place that tells what it is: the file of a path, and the folder of one that is called `.env`.
/// Folders further up are named for other reasons.
fn telling(place: &str) -> &str {
    let cut = |text: &str| text.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let file = cut(place);
    if place[file..].trim() == ".env" && file > 0 {
        &place[cut(&place[..file - 1])..]
    } else {
        &place[file..]
    }
}

/// The words of a name.
pub(crate) fn parts(name: &str) -> impl DoubleEndedIterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty())
}

/// The environment that a word names for sure.
fn environment(word: &str) -> Option<Environment> {
    // `local` and `live` are in too many paths and names that speak of something else.
    let is_sure = !word.eq_ignore_ascii_case("local") && !word.eq_ignore_ascii_case("live");
    match Environment::from_word(word) {
        Environment::Other(_) => None,
        known => is_sure.then_some(known),
    }
}

/// Whether a name says whose key it is: two words before the environment, or a word of the owner.
fn names_owner(name: &str, owner: Option<&str>) -> bool {
    let is_word = |part: &&str| !part.chars().all(char::is_numeric) && environment(part).is_none();
    let is_owner = |part: &str| owner.is_some_and(|owner| parts(owner).any(|word| same(word, part)));
    parts(name).filter(is_word).count() >= 2 || parts(name).any(is_owner)
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

/// The part of a name between owner and environment, as the name builder makes it; what there is of it otherwise.
pub fn app_of(name: &str) -> &str {
    let begin = |part: &str| part.as_ptr() as usize - name.as_ptr() as usize;
    let mut words = parts(name).peekable();
    let mut all = parts(name);
    let last = all.next_back();
    let ends_in_environment = last.is_some_and(|last| environment(last).is_some());
    let end = match (ends_in_environment, all.next_back()) {
        (true, Some(before)) => begin(before) + before.len(),
        _ => last.map_or(name.len(), |last| begin(last) + last.len()),
    };
    let first = words.next().map_or(0, begin);
    // What stands alone is the app.
    let from = words.next().map(begin).filter(|from| *from < end).unwrap_or(first);
    name.get(from..end).unwrap_or(name)
}

fn whole_days(time: Duration) -> u32 {
    u32::try_from(time.as_secs() / DAY).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
