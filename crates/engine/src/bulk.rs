//! Runs over many keys: planned, started, paused, ended by the person, and told as they move on.
//!
//! A run is on disk before it acts, and each key's turn goes through the journal under a ticket of its
//! own: a crash resumes where it was, and no key is rotated twice.

mod drive;
mod pace;
mod report;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use keystow_domain::{AccountId, KeyId, RunState, State, Timestamp, TurnState, Unfit, unfit};
use tokio::sync::Notify;

use crate::engine::Engine;
use crate::events::Event;
use crate::store::{Run, StoreError, Turn};
use crate::{Trouble, random, words};

pub(crate) use pace::Pacer;
pub use report::KeptTrouble;

/// The most keys of one run.
const MOST_KEYS: usize = 1000;
/// The most keys that rotate at the same time.
const MOST_AT_ONCE: u32 = 8;

/// A run to plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkPlan {
    /// The keys, in the order to rotate them, at most 1000.
    pub keys: Vec<KeyId>,
    /// How many at the same time, 1 to 8.
    pub at_once: u32,
    /// Whether the first failure stops it. A lost secret stops it in any case.
    pub stop_on_error: bool,
    /// The grace to ask for; only where it can be chosen.
    pub grace: Option<Duration>,
}

/// A run as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkSight {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: RunState,
    /// Why it stands still; nothing if the person stopped it, or it does not stand still.
    pub why: Option<KeptTrouble>,
    /// The keys, in the order of their turns.
    pub turns: Vec<BulkTurn>,
    /// How many rotate at the same time.
    pub at_once: u32,
    /// Whether the first failure stops it.
    pub stop_on_error: bool,
    /// The grace that is asked for; the portal's own otherwise.
    pub grace: Option<Duration>,
    /// Until when it waits because the portal said so, in this computer's time.
    pub waits_until: Option<Timestamp>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// One key of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkTurn {
    /// The key.
    pub key: KeyId,
    /// Its name when the run was planned.
    pub name: String,
    /// Where it stands.
    pub state: TurnState,
    /// When that was so.
    pub at: Option<Timestamp>,
    /// When its old secret ends or ended, as far as it is known.
    pub ends_at: Option<Timestamp>,
    /// Why it was not rotated, or what is being found out.
    pub trouble: Option<KeptTrouble>,
}

/// A run in memory.
pub(crate) struct Bulk {
    pub(crate) run: Run,
    /// Until when the portal asked to wait: for a person, and on the clock that never jumps.
    waits: Option<(Timestamp, Duration)>,
    /// Whether a task moves it on.
    driving: bool,
    wake: Arc<Notify>,
}

impl Bulk {
    fn new(run: Run) -> Self {
        Self { run, waits: None, driving: false, wake: Arc::default() }
    }

    fn states(&self) -> Vec<TurnState> {
        self.run.turns.iter().map(|turn| turn.state).collect()
    }

    fn left(&self) -> usize {
        self.run.waiting()
    }
}

impl Engine {
    /// Plans a run over keys of the current account. Keys that cannot be rotated are part of it as
    /// skipped, each with its reason. Nothing is sent.
    ///
    /// # Errors
    ///
    /// Fails if a run was begun and not ended, or the plan asks for what cannot be.
    pub async fn plan_bulk(&self, plan: &BulkPlan) -> Result<BulkSight, Trouble> {
        let account = self.current_account()?;
        self.check_plan(&account, plan).await?;
        let _turn = self.0.bulk_turn.lock().await;
        let run = Run {
            id: random::token(12),
            account: account.clone(),
            state: RunState::Planned,
            why: None,
            at_once: plan.at_once,
            stop_on_error: plan.stop_on_error,
            grace_millis: plan.grace.map(|grace| i64::try_from(grace.as_millis()).unwrap_or(i64::MAX)),
            planned_at: self.now(),
            started_at: None,
            ended_at: None,
            turns: self.planned_turns(&account, &plan.keys).await?,
        };
        self.0.store.plan_bulk(run.clone()).await.map_err(|error| match error {
            StoreError::Busy => words::bulk_open(),
            other => words::store(&other),
        })?;
        self.state().bulk.insert(account.clone(), Bulk::new(run));
        self.take_back_bulk_notice(&account);
        self.tell_bulk(&account);
        self.bulk().ok_or_else(words::bulk_gone)
    }

    async fn check_plan(&self, account: &AccountId, plan: &BulkPlan) -> Result<(), Trouble> {
        if plan.keys.is_empty() || plan.keys.len() > MOST_KEYS {
            return Err(words::bad_input("A run over no key or over more than 1000"));
        }
        if !(1..=MOST_AT_ONCE).contains(&plan.at_once) {
            return Err(words::bad_input("A limit outside 1 to 8"));
        }
        let Some(grace) = plan.grace else { return Ok(()) };
        if self.known(account)?.abilities.is_none() {
            self.read_abilities(account).await;
        }
        let policy = self.known(account)?.abilities.map(|abilities| abilities.grace);
        let policy = policy.filter(|policy| policy.chosen_by_caller).ok_or_else(words::not_offered)?;
        let fits =
            policy.least.is_none_or(|least| grace >= least) && policy.most.is_none_or(|most| grace <= most);
        if fits { Ok(()) } else { Err(words::bad_input("This grace")) }
    }

    async fn planned_turns(&self, account: &AccountId, keys: &[KeyId]) -> Result<Vec<Turn>, Trouble> {
        let broken = |error: StoreError| words::store(&error);
        let entries = self.0.store.unfinished().await.map_err(broken)?;
        let mut turns: Vec<Turn> = Vec::new();
        for key in keys {
            if turns.iter().any(|turn| turn.key == *key) {
                continue;
            }
            let row = self.row(account, key);
            let name = row.as_ref().map_or_else(|_| key.as_str().to_owned(), |row| row.key.name.clone());
            let open = entries.iter().any(|entry| {
                entry.is_open() && entry.issue.account == *account && entry.issue.intent.verb.is_of(key)
            });
            let trouble = match &row {
                Err(trouble) => Some(trouble.clone()),
                Ok(_) if open => Some(words::busy(&name)),
                Ok(row) => {
                    let open = self.is_rotation_open(account, key).then(|| words::course_open(&name));
                    unfit_trouble(&row.state, &name).or(open)
                }
            };
            turns.push(Turn {
                key: key.clone(),
                name,
                state: if trouble.is_some() { TurnState::Skipped } else { TurnState::Waiting },
                at: trouble.is_some().then(|| self.now()),
                trouble: trouble.map(Into::into),
            });
        }
        Ok(turns)
    }

    /// The run of the current account, if one is planned, under way or not put away.
    pub fn bulk(&self) -> Option<BulkSight> {
        let account = self.current()?;
        let now = self.portal_now(&account);
        let state = self.state();
        let bulk = state.bulk.get(&account)?;
        let listing = state.listings.get(&account);
        let ends_at = |turn: &Turn| {
            let listing = listing.filter(|_| turn.state == TurnState::Done)?;
            match listing.row(&turn.key, now)?.state {
                State::Rotating(end) => end.deadline(),
                _ => listing.graces.get(&turn.key)?.end.deadline(),
            }
        };
        let run = &bulk.run;
        let turns = run.turns.iter().map(|turn| BulkTurn {
            key: turn.key.clone(),
            name: turn.name.clone(),
            state: turn.state,
            at: turn.at,
            ends_at: ends_at(turn),
            trouble: turn.trouble.clone(),
        });
        let elapsed = self.0.clock.elapsed();
        let waits = bulk.waits.filter(|(_, over)| *over > elapsed && run.state == RunState::Running);
        Some(BulkSight {
            id: run.id.clone(),
            state: run.state,
            why: run.why.clone().filter(|_| matches!(run.state, RunState::Paused | RunState::Halted)),
            turns: turns.collect(),
            at_once: run.at_once,
            stop_on_error: run.stop_on_error,
            grace: run.grace(),
            waits_until: waits.map(|(until, _)| until),
            started_at: run.started_at,
            ended_at: run.ended_at,
        })
    }

    /// Starts a run, or resumes one that stands still.
    ///
    /// # Errors
    ///
    /// Fails if somebody else is signed in than planned it, or there is no session to rotate with.
    pub async fn start_bulk(&self, id: &str) -> Result<BulkSight, Trouble> {
        let account = self.bulk_account(id)?;
        if self.current().as_ref() != Some(&account) {
            return Err(words::not_yours(self.who(&account), self.current().and_then(|id| self.who(&id))));
        }
        self.session(&account, crate::issue::LIFETIME).await?;
        {
            let _turn = self.0.bulk_turn.lock().await;
            let now = self.now();
            self.change_bulk(&account, |run| {
                if matches!(run.state, RunState::Planned | RunState::Paused | RunState::Halted) {
                    run.state = RunState::Running;
                    run.why = None;
                    run.started_at.get_or_insert(now);
                }
                Vec::new()
            })
            .await?;
            self.take_back_bulk_notice(&account);
            self.drive_bulk(&account);
        }
        self.bulk().ok_or_else(words::bulk_gone)
    }

    /// Lets a run stand still. What was begun is finished.
    ///
    /// # Errors
    ///
    /// Fails if there is no such run.
    pub async fn pause_bulk(&self, id: &str) -> Result<BulkSight, Trouble> {
        let account = self.bulk_account(id)?;
        let _turn = self.0.bulk_turn.lock().await;
        self.change_bulk(&account, |run| {
            if run.state == RunState::Running {
                run.state = RunState::Paused;
                run.why = None;
            }
            Vec::new()
        })
        .await?;
        self.bulk().ok_or_else(words::bulk_gone)
    }

    /// Ends a run: what has not had its turn is skipped, what was begun is finished.
    ///
    /// # Errors
    ///
    /// Fails if there is no such run.
    pub async fn halt_bulk(&self, id: &str) -> Result<BulkSight, Trouble> {
        let account = self.bulk_account(id)?;
        let _turn = self.0.bulk_turn.lock().await;
        let now = self.now();
        self.change_bulk(&account, |run| {
            if run.state == RunState::Done {
                return Vec::new();
            }
            let waiting = |turn: &Turn| turn.state == TurnState::Waiting;
            let skipped: Vec<usize> = (0..run.turns.len()).filter(|at| waiting(&run.turns[*at])).collect();
            for &position in &skipped {
                run.turns[position].state = TurnState::Skipped;
                run.turns[position].at = Some(now);
            }
            if run.turns.iter().any(|turn| turn.state.is_in_flight()) {
                run.state = RunState::Running;
            } else {
                run.state = RunState::Done;
                run.ended_at = Some(now);
            }
            skipped
        })
        .await?;
        self.take_back_bulk_notice(&account);
        self.drive_bulk(&account);
        self.bulk().ok_or_else(words::bulk_gone)
    }

    /// Puts away a run that ended or was never started.
    ///
    /// # Errors
    ///
    /// Fails if it was begun and not ended.
    pub async fn dismiss_bulk(&self, id: &str) -> Result<(), Trouble> {
        let account = self.bulk_account(id)?;
        let _turn = self.0.bulk_turn.lock().await;
        if self.state().bulk.get(&account).is_some_and(|bulk| bulk.run.state.is_unfinished()) {
            return Err(words::bulk_unfinished());
        }
        self.0.store.drop_bulk(id.to_owned()).await.map_err(|error| words::store(&error))?;
        self.state().bulk.remove(&account);
        self.take_back_bulk_notice(&account);
        Ok(())
    }

    /// Whose run it is.
    fn bulk_account(&self, id: &str) -> Result<AccountId, Trouble> {
        let state = self.state();
        let found = state.bulk.values().find(|bulk| bulk.run.id == id);
        found.map(|bulk| bulk.run.account.clone()).ok_or_else(words::bulk_gone)
    }

    /// Changes a run, on disk before in memory. `change` returns the turns it touched. The caller holds
    /// the turn of runs, so nothing changes in between.
    async fn change_bulk(
        &self,
        account: &AccountId,
        change: impl FnOnce(&mut Run) -> Vec<usize>,
    ) -> Result<(), Trouble> {
        let before = self.state().bulk.get(account).map(|bulk| bulk.run.clone());
        let before = before.ok_or_else(words::bulk_gone)?;
        let mut after = before.clone();
        let changed = change(&mut after);
        if after == before {
            return Ok(());
        }
        self.0.store.save_bulk(after.clone(), changed).await.map_err(|error| words::store(&error))?;
        if let Some(bulk) = self.state().bulk.get_mut(account) {
            bulk.run = after;
            bulk.wake.notify_one();
        }
        self.tell_bulk(account);
        Ok(())
    }

    fn take_back_bulk_notice(&self, account: &AccountId) {
        if self.state().notices.take_back(&notice_id(account)) {
            self.tell(Event::App);
        }
    }
}

fn notice_id(account: &AccountId) -> String {
    format!("bulk:{account}")
}

fn unfit_trouble(state: &State, name: &str) -> Option<Trouble> {
    unfit(state).map(|why| match why {
        Unfit::Dead => words::key_dead(),
        Unfit::Rotating => words::bulk_rotating(name),
        Unfit::Inactive => words::key_inactive(name),
        Unfit::Unclear(word) => words::key_unclear(name, &word),
    })
}
