//! What must be true of a key after the app was killed and started again.

use std::fmt;
use std::io::{BufRead as _, BufReader};

use super::desk::{Desk, MARK, Portal};
use super::plan::{Change, Moment, Wish};

/// What came of all runs.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) kills: u32,
    /// Losses that were told.
    pub(crate) losses_told: u32,
    /// Those that were told with the end of the old secret.
    pub(crate) with_deadline: u32,
    /// Kills after which the portal had done what was asked.
    done: u32,
    /// Kills after which it had not, and never did.
    not_done: u32,
    /// Secrets that were taken out of the vault and tried at the portal.
    secrets_tried: u32,
    pub(crate) problems: Vec<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.kills += other.kills;
        self.losses_told += other.losses_told;
        self.with_deadline += other.with_deadline;
        self.done += other.done;
        self.not_done += other.not_done;
        self.secrets_tried += other.secrets_tried;
        self.problems.extend(other.problems.iter().cloned());
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} kills: {} keys changed, {} left as they were, {} losses told ({} with a deadline); {} secrets tried \
             at the portal; {} problems",
            self.kills,
            self.done,
            self.not_done,
            self.losses_told,
            self.with_deadline,
            self.secrets_tried,
            self.problems.len()
        )
    }
}

/// A key as the app shows it once everything open is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sight {
    /// How many rows have its name.
    rows: u32,
    /// Whether the current secret of each is on this computer.
    here: bool,
    /// Whether a loss was told.
    told: bool,
    /// Whether it was told until when the old secret works.
    until: bool,
}

impl Sight {
    pub(crate) fn parse(line: &str) -> Self {
        let mut words = line.split(' ').map(|word| word.parse::<u32>().unwrap());
        let mut next = || words.next().unwrap();
        Self { rows: next(), here: next() == 1, told: next() == 1, until: next() == 1 }
    }
}

/// How many keys of a name the portal has in its book, and how many secrets the last of them was issued.
fn counted(desk: &Desk, name: &str) -> (u32, u32) {
    let counted = "SELECT count(*), coalesce(max(version), 0) FROM keys WHERE name = ?1";
    desk.book().query_row(counted, [name], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

/// Judges the keys of a wish that was cut short, from what the portal has in its book.
pub(crate) fn judge(tally: &mut Tally, desk: &Desk, wish: &Wish, seen: &[Sight]) {
    let is_begun =
        wish.moment != Moment::Anytime || wish.names().iter().any(|name| counted(desk, name) != wish.least());
    for (name, sight) in wish.names().iter().zip(seen) {
        let counted = counted(desk, name);
        let mut problem = |what: &str| {
            let all =
                format!("{}: {wish:?}: {name}: {what}: {sight:?}, {counted:?} at the portal", desk.name);
            tally.problems.push(all);
        };
        if counted.0 > wish.most().0 || counted.1 > wish.most().1 {
            problem("done twice");
        }
        let changed = counted != wish.least();
        if wish.change == Change::Bulk && is_begun && !changed {
            problem("a run that goes on leaves nobody out");
        }
        if counted.0 > 0 && !sight.here && !sight.told {
            problem("lost in silence");
        }
        if sight.told && (desk.portal == Portal::Repeats || !may_lose(wish.moment)) {
            problem("lost without need");
        }
        // Where the portal does not tell it, no end is invented.
        let is_dated = sight.told && wish.change == Change::Rotate && desk.portal == Portal::Dated;
        if sight.until != is_dated {
            problem("how long the old secret works is told where it is known, and only there");
        }
        tally.with_deadline += u32::from(sight.until);
        // Two keys are one row until the old one is revoked, unless the second is an orphan.
        let rows = if sight.told { counted.0 } else { counted.0.min(1) };
        if sight.rows != rows {
            problem("the list is not the portal's");
        }
        tally.losses_told += u32::from(sight.told);
        tally.done += u32::from(changed);
        tally.not_done += u32::from(!changed);
    }
}

/// Whether the portal may have acted at this moment while its answer was in no vault.
fn may_lose(moment: Moment) -> bool {
    matches!(moment, Moment::Done | Moment::Half | Moment::Told | Moment::Anytime | Moment::Step("answered"))
}

/// A second recovery changes nothing. A loss is told once, and was put away.
pub(crate) fn is_same(tally: &mut Tally, wish: &Wish, first: &[Sight], second: &[Sight]) {
    let lasting = |sights: &[Sight]| sights.iter().map(|sight| (sight.rows, sight.here)).collect::<Vec<_>>();
    if lasting(first) != lasting(second) || second.iter().any(|sight| sight.told) {
        tally.problems.push(format!("{wish:?}: recovery changed something: {first:?}, then {second:?}"));
    }
}

/// The portal never heard of the wish, and nobody asked it again.
pub(crate) fn was_not_done(tally: &mut Tally, desk: &Desk, wish: &Wish) {
    for name in wish.names() {
        let counted = counted(desk, &name);
        if counted != wish.least() {
            tally.problems.push(format!("{wish:?}: {name}: it was given up, and done: {counted:?}"));
        }
    }
}

/// Tries every secret that is kept at the portal's gateway, and reads in the portal's book what is
/// missing, and what became of the session.
pub(crate) fn audit(tally: &mut Tally, desk: &mut Desk) {
    let mut auditor = desk.process("auditor").spawn().unwrap();
    let mut tried = 0;
    for line in BufReader::new(auditor.stdout.take().unwrap()).lines().map(Result::unwrap) {
        let Some(answer) = line.strip_prefix(MARK).and_then(|said| said.strip_prefix("tried ")) else {
            continue;
        };
        tried += 1;
        if !answer.ends_with(" 200") {
            tally.problems.push(format!("{}: a secret that is kept is not accepted: {answer}", desk.name));
        }
    }
    assert!(auditor.wait().unwrap().success());
    let book = desk.book();
    let number = |question: &str| book.query_row(question, [], |row| row.get::<_, u32>(0)).unwrap();
    let issued = number("SELECT coalesce(sum(version), 0) FROM keys");
    if issued != tried + tally.losses_told {
        let losses = tally.losses_told;
        tally
            .problems
            .push(format!("{}: {issued} secrets were issued, {tried} are here, {losses} lost", desk.name));
    }
    let (grants, ended) = (
        number("SELECT count(*) FROM grants"),
        number("SELECT count(*) FROM grants WHERE ended_at IS NOT NULL"),
    );
    let unspent = number("SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL");
    if (grants, ended, unspent) != (1, 0, 1) {
        tally.problems.push(format!(
            "{}: {grants} sign-ins, {ended} of them ended, {unspent} refresh tokens not spent",
            desk.name
        ));
    }
    tally.secrets_tried += tried;
}
