//! A portal in memory, for tests: it keeps the contract, and fails when it is told to.
//!
//! It passes the same suite as the real connectors, so that what is proven with it holds with them.

mod admin;
mod apps;
mod clients;
mod extended;
mod kept;
mod log;
mod said;
mod teams;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use keystow_domain::{
    Abilities, Clock, Environment, Key, KeyId, LogEntry, NewKey, OperationId, PreviousSecret, Quota,
    Reported, Timestamp, Usage, UsageQuery,
};
use keystow_vault::Secret;

use self::kept::Kept;
use crate::{
    Cause, Clients as _, Failure, Issued, KeyPage, LogPage, Offset, PageToken, Portal, Probe, RateLimit,
    Refusal, RefusalKind, Revoked, Trial,
};

/// The address that the fake takes for its gateway.
pub const GATEWAY: &str = "https://portal.example/v1/catalog/items";
/// The grace given when none is asked for.
const GRACE: Duration = Duration::from_secs(3600);
const MOST_GRACE: Duration = Duration::from_secs(24 * 3600);
/// How many characters of a secret its prefix shows.
const PREFIX: usize = 8;
/// How long answers are repeated.
const REPLAY: Duration = Duration::from_secs(24 * 3600);

/// Whether a scripted failure strikes after the portal did what it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterCommit {
    /// The portal acted, and its answer was lost.
    Yes,
    /// The portal never acted.
    No,
}

/// A portal in memory. Every token is good; names are its own, times are the clock's.
pub struct MemoryPortal {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

#[derive(Clone)]
struct Inner {
    abilities: Abilities,
    keys: Vec<Kept>,
    /// What was asked, answered, and when.
    answers: HashMap<OperationId, (String, Key, String, Timestamp)>,
    write_faults: VecDeque<(Failure, AfterCommit)>,
    read_faults: VecDeque<Failure>,
    made: u32,
    changes: u32,
    person: Option<String>,
    usage: Usage,
    quota: Option<Quota>,
    offset: Option<Offset>,
    limits: Option<RateLimit>,
    probes_answered: Option<u16>,
    apps: apps::Apps,
    teams: teams::Teams,
    bill: clients::Told,
    suspensions: Vec<admin::Begun>,
    /// What its log tells, the newest first.
    log: Vec<LogEntry>,
}

impl MemoryPortal {
    /// A portal with every ability of the contract's extended form, and no keys.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_abilities(clock, extended::extended())
    }

    /// A portal that has nothing beyond the plain contract.
    pub fn plain(clock: Arc<dyn Clock>) -> Self {
        Self::with_abilities(clock, Abilities::plain())
    }

    /// A portal that can do what `abilities` say.
    pub fn with_abilities(clock: Arc<dyn Clock>, abilities: Abilities) -> Self {
        let inner = Inner {
            abilities,
            keys: Vec::new(),
            answers: HashMap::new(),
            write_faults: VecDeque::new(),
            read_faults: VecDeque::new(),
            made: 0,
            changes: 0,
            person: Some("dev@portal.example".into()),
            usage: Usage { complete_until: None, series: Vec::new() },
            quota: None,
            offset: Some(Offset { millis: 0, learned_at: clock.now(), learned_elapsed: clock.elapsed() }),
            limits: None,
            probes_answered: None,
            apps: apps::Apps::default(),
            teams: teams::Teams::default(),
            bill: clients::Told::default(),
            suspensions: Vec::new(),
            log: Vec::new(),
        };
        Self { clock, inner: Mutex::new(inner) }
    }

    /// Another portal that has come as far as this one.
    #[must_use]
    pub fn duplicate(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, inner: Mutex::new(self.inner().clone()) }
    }

    /// Every secret it issued: for which operation and which key.
    pub fn issued(&self) -> Vec<(OperationId, KeyId, String)> {
        let all = self.inner();
        all.answers
            .iter()
            .map(|(op, (_, key, secret, _))| (op.clone(), key.id.clone(), secret.clone()))
            .collect()
    }

    /// Makes the next call that changes something end in `failure`; may be called again for the call
    /// after it.
    pub fn fail_next(&self, failure: Failure, after: AfterCommit) {
        self.inner().write_faults.push_back((failure, after));
    }

    /// Makes the next call that reads end in `failure`.
    pub fn fail_next_read(&self, failure: Failure) {
        self.inner().read_faults.push_back(failure);
    }

    /// Turns the replay of answers on or off.
    pub fn set_replay(&self, replay: bool) {
        self.inner().abilities.replay = replay.then_some(REPLAY);
    }

    /// The keys as the portal holds them, whatever it tells.
    pub fn keys(&self) -> Vec<Key> {
        self.inner().keys.iter().map(|kept| kept.key.clone()).collect()
    }

    /// How often a key was rotated.
    pub fn rotations(&self, id: &KeyId) -> u32 {
        self.inner().keys.iter().find(|kept| kept.key.id == *id).map_or(0, |kept| kept.rotations)
    }

    /// How many calls came that change something, whatever became of them.
    pub fn changes(&self) -> u32 {
        self.inner().changes
    }

    /// Rotates a key as somebody else does.
    ///
    /// # Errors
    ///
    /// When there is no such living key.
    pub fn rotate_elsewhere(&self, id: &KeyId) -> Result<(), Failure> {
        let now = self.clock.now();
        self.inner().rotate(id, None, now).map(|_| ())
    }

    /// Revokes a key as somebody else does.
    pub fn revoke_elsewhere(&self, id: &KeyId) {
        self.report(id, Reported::Revoked);
    }

    /// Says this of a key from now on.
    pub fn report(&self, id: &KeyId, word: Reported) {
        if let Ok(kept) = self.inner().find(id) {
            kept.key.reported = word;
            kept.old.clear();
        }
    }

    /// The current secret of a key, for a test to compare with.
    pub fn secret_of(&self, id: &KeyId) -> Option<String> {
        self.inner().keys.iter().find(|kept| kept.key.id == *id).map(|kept| kept.secret.clone())
    }

    /// Adds a key made elsewhere, whose secret this app never had.
    pub fn add(&self, key: Key) {
        let secret = format!("{}elsewhere", key.prefix);
        self.inner().keys.push(Kept::new(key, secret));
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The portal, unless the next read was told to fail.
    fn read(&self) -> Result<MutexGuard<'_, Inner>, Failure> {
        let mut inner = self.inner();
        let fault = inner.read_faults.pop_front();
        fault.map_or(Ok(inner), Err)
    }

    /// Changes something, unless or until the next change was told to fail.
    fn write<T>(
        &self,
        change: impl FnOnce(&mut Inner, Timestamp) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (mut inner, now) = (self.inner(), self.clock.now());
        inner.changes += 1;
        match inner.write_faults.pop_front() {
            None => change(&mut inner, now),
            Some((failure, AfterCommit::No)) => Err(failure),
            Some((failure, AfterCommit::Yes)) => change(&mut inner, now).and(Err(failure)),
        }
    }

    /// Changes something that issues a secret, or repeats the answer of the first time.
    fn issue_once(
        &self,
        op: &OperationId,
        asked: String,
        change: impl FnOnce(&mut Inner, Timestamp) -> Result<(Key, String), Failure>,
    ) -> Result<Issued, Failure> {
        let (key, secret, at) = self.write(|inner, now| {
            let window = inner.abilities.replay;
            let remembers = |at: Timestamp| window.is_some_and(|window| now.since(at) < window);
            if let Some((before, key, secret, _)) = inner.answers.get(op).filter(|answer| remembers(answer.3))
            {
                let same = *before == asked;
                let answer = (key.clone(), secret.clone(), now);
                return if same { Ok(answer) } else { Err(refused(422, RefusalKind::Unprocessable)) };
            }
            let (key, secret) = change(inner, now)?;
            inner.answers.insert(op.clone(), (asked, key.clone(), secret.clone(), now));
            Ok((key, secret, now))
        })?;
        Ok(Issued { key, secret: Secret::from_text(secret), answered_at_server: Some(at) })
    }
}

impl Inner {
    fn find(&mut self, id: &KeyId) -> Result<&mut Kept, Failure> {
        let found = self.keys.iter_mut().find(|kept| kept.key.id == *id);
        found.ok_or_else(|| refused(404, RefusalKind::NotFound))
    }

    /// A key that can still be changed.
    fn find_living(&mut self, id: &KeyId) -> Result<&mut Kept, Failure> {
        let kept = self.find(id)?;
        if kept.key.reported == Reported::Active {
            Ok(kept)
        } else {
            Err(refused(409, RefusalKind::Conflict))
        }
    }

    /// A secret that no other key has, with a prefix of its own.
    fn next_secret(&mut self) -> String {
        self.made += 1;
        format!("kst_{:04}{}", self.made, "s3cr3t".repeat(5))
    }

    fn create(&mut self, new: &NewKey, now: Timestamp) -> Result<(Key, String), Failure> {
        let field = if new.scopes.is_empty() { "scopes" } else { "name" };
        if new.scopes.is_empty() || keystow_domain::key_name(&new.name).is_err() {
            let mut refusal = Refusal::bare(400, RefusalKind::Invalid);
            refusal.violations = vec![(field.into(), "out of bounds".into())];
            return Err(Failure::Refused(refusal));
        }
        let (secret, told) = (self.next_secret(), self.abilities.grace.reported);
        let key = Key {
            id: KeyId::new(format!("key_{}", self.made)),
            name: new.name.clone(),
            prefix: secret.chars().take(PREFIX).collect(),
            suffix: None,
            reported: self.apps.standing(new)?,
            scopes: new.scopes.clone(),
            environment: new.environment.as_deref().map(Environment::from_word),
            owner: None,
            created_at: Some(now),
            last_used_at: None,
            expires_at: new.expires_at,
            rotated_at: None,
            version: told.then_some(1),
            app: new.app.clone(),
            client: None,
            previous: Vec::new(),
        };
        self.apps.took(&key);
        self.keys.push(Kept::new(key.clone(), secret.clone()));
        Ok((key, secret))
    }

    fn rotate(
        &mut self,
        id: &KeyId,
        grace: Option<Duration>,
        now: Timestamp,
    ) -> Result<(Key, String), Failure> {
        let policy = self.abilities.grace.clone();
        let secret = self.next_secret();
        let kept = self.find_living(id)?;
        let grace = grace.filter(|_| policy.chosen_by_caller).unwrap_or(GRACE).min(MOST_GRACE);
        let end = kept.key.expires_at.map_or(now.plus(grace), |expiry| now.plus(grace).min(expiry));
        kept.rotations += 1;
        kept.old_used_at = None;
        kept.old.insert(0, (std::mem::replace(&mut kept.secret, secret.clone()), end));
        kept.key.prefix = secret.chars().take(PREFIX).collect();
        if policy.reported {
            kept.key.rotated_at = Some(now);
            kept.key.version = kept.key.version.map(|version| version + 1);
        }
        Ok((shown(kept, policy.reported, now), secret))
    }
}

/// A key as the portal tells it: its old secrets only where it reports them.
fn shown(kept: &mut Kept, reported: bool, now: Timestamp) -> Key {
    if kept.key.signs() {
        return kept.key.clone();
    }
    kept.old.retain(|(_, end)| *end > now);
    let previous = kept.old.iter().filter(|_| reported).map(|(secret, end)| PreviousSecret {
        prefix: secret.chars().take(PREFIX).collect(),
        suffix: None,
        expires_at: Some(*end),
        last_used_at: kept.old_used_at,
    });
    kept.key.previous = previous.collect();
    kept.key.clone()
}

#[async_trait]
impl Portal for MemoryPortal {
    async fn abilities(&self, _: &Secret) -> Result<Abilities, Failure> {
        Ok(self.read()?.abilities.clone())
    }

    async fn person(&self, _: &Secret) -> Result<Option<String>, Failure> {
        Ok(self.read()?.person.clone())
    }

    async fn keys(&self, _: &Secret, page: Option<&PageToken>, size: u32) -> Result<KeyPage, Failure> {
        let (mut inner, now) = (self.read()?, self.clock.now());
        let start = match page {
            None => 0,
            Some(page) => page.as_str().parse().map_err(|_| refused(400, RefusalKind::Invalid))?,
        };
        let (size, reported, total) =
            (size.clamp(1, 100) as usize, inner.abilities.grace.reported, inner.keys.len());
        // Newest first, as the reference portal lists them.
        let keys = inner
            .keys
            .iter_mut()
            .rev()
            .skip(start)
            .take(size)
            .map(|kept| shown(kept, reported, now))
            .collect();
        let next = (start + size < total).then(|| PageToken::new((start + size).to_string()));
        Ok(KeyPage { keys, next, skipped: 0 })
    }

    async fn key(&self, _: &Secret, id: &KeyId) -> Result<Option<Key>, Failure> {
        let (mut inner, now) = (self.read()?, self.clock.now());
        let reported = inner.abilities.grace.reported;
        Ok(inner.find(id).ok().map(|kept| shown(kept, reported, now)))
    }

    async fn issue(&self, _: &Secret, op: &OperationId, new: &NewKey) -> Result<Issued, Failure> {
        self.issue_once(op, format!("create {new:?}"), |inner, now| inner.create(new, now))
    }

    async fn rotate(
        &self,
        _: &Secret,
        op: &OperationId,
        id: &KeyId,
        grace: Option<Duration>,
    ) -> Result<Issued, Failure> {
        self.issue_once(op, format!("rotate {id} {grace:?}"), |inner, now| inner.rotate(id, grace, now))
    }

    async fn rename(&self, _: &Secret, id: &KeyId, name: &str) -> Result<Key, Failure> {
        self.write(|inner, now| {
            inner.must_manage_key(id)?;
            let reported = inner.abilities.grace.reported;
            let kept = inner.find(id)?;
            kept.key.name = name.to_owned();
            Ok(shown(kept, reported, now))
        })
    }

    async fn revoke(&self, _: &Secret, id: &KeyId) -> Result<Revoked, Failure> {
        self.write(|inner, now| {
            inner.must_manage_key(id)?;
            let reported = inner.abilities.grace.reported;
            let kept = inner.find(id)?;
            if kept.key.reported == Reported::Revoked {
                return Ok(Revoked::Already);
            }
            kept.key.reported = Reported::Revoked;
            kept.old.clear();
            Ok(Revoked::Now(shown(kept, reported, now)))
        })
    }

    async fn end_grace(&self, _: &Secret, id: &KeyId) -> Result<Key, Failure> {
        self.write(|inner, now| {
            let policy = inner.abilities.grace.clone();
            if !policy.can_end_early {
                return Err(refused(404, RefusalKind::NotFound));
            }
            let kept = inner.find_living(id)?;
            if kept.key.signs() {
                return Ok(clients::end_old(&mut kept.key));
            }
            let ended = std::mem::take(&mut kept.old);
            ended.first().ok_or_else(|| refused(409, RefusalKind::Conflict))?;
            Ok(shown(kept, policy.reported, now))
        })
    }

    async fn usage(&self, _: &Secret, query: &UsageQuery) -> Result<Usage, Failure> {
        let inner = self.read()?;
        let foreign = query.team.as_ref().is_some_and(|team| inner.teams.seen(team).is_none());
        if inner.abilities.usage.is_empty() || foreign {
            return Err(refused(404, RefusalKind::NotFound));
        }
        Ok(inner.usage.clone())
    }

    async fn quota(&self, _: &Secret, key: Option<&KeyId>) -> Result<Option<Quota>, Failure> {
        let inner = self.read()?;
        Ok(inner.quota.clone().filter(|_| key.is_some() && inner.abilities.quota))
    }

    async fn log(
        &self,
        _: &Secret,
        target: Option<&str>,
        page: Option<&PageToken>,
        size: u32,
    ) -> Result<Option<LogPage>, Failure> {
        let inner = self.read()?;
        Ok(inner.abilities.log.then(|| log::page(&inner.log, target, page, size)))
    }

    async fn probe(&self, trial: &Trial, secret: &Secret) -> Result<Probe, Failure> {
        if let Some((id, proof)) = trial.client() {
            return self.try_client(id, proof, trial.url(), secret).await;
        }
        let (mut inner, now) = (self.read()?, self.clock.now());
        if let Some(status) = inner.probes_answered {
            return Ok(answered(status, inner.limits));
        }
        // All secrets of the fake are of one length, so "starts with" is "is".
        let used = inner.keys.iter_mut().find(|kept| {
            let alive =
                kept.key.reported == Reported::Active && kept.key.expires_at.is_none_or(|end| end > now);
            let old = kept.old.iter().any(|(old, end)| *end > now && secret.starts_with(old));
            alive && (old || secret.starts_with(&kept.secret))
        });
        let Some(kept) = used else { return Ok(answered(401, inner.limits)) };
        kept.key.last_used_at = Some(now);
        Ok(answered(200, inner.limits))
    }

    fn clock_offset(&self) -> Option<Offset> {
        self.inner().offset
    }

    fn limits(&self) -> Option<RateLimit> {
        self.inner().limits
    }
}

fn answered(status: u16, limits: Option<RateLimit>) -> Probe {
    Probe { status, accepted: Probe::says(status), took: Duration::from_millis(1), limits }
}

fn refused(status: u16, kind: RefusalKind) -> Failure {
    Failure::Refused(Refusal::bare(status, kind))
}

/// A failure that leaves open whether the portal acted.
pub fn lost() -> Failure {
    Failure::Unknown(Cause::Interrupted)
}
