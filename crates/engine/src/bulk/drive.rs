//! Moving a run on: turns begin as others end, the portal's wish to wait is respected, and what is not
//! known is looked up until it is.

use std::sync::{Arc, Weak};
use std::time::Duration;

use keystow_domain::{AccountId, Next, RunState, Timestamp, TurnState, next_turn};
use tokio::sync::Notify;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::task::JoinSet;

use super::turn::{Outcome, Task, Trace};
use super::{Bulk, notice_id};
use crate::engine::{Engine, Inner};
use crate::events::Event;
use crate::notices::{Action, Tone};
use crate::store::Run;
use crate::{Trouble, words};

/// How often the journal is asked about an outcome that is not known, if nothing tells of it before.
const LOOK: Duration = Duration::from_secs(5);
/// The longest wait in one go: a computer that slept meanwhile is noticed within it.
const LONGEST: Duration = Duration::from_secs(30);
/// How long a portal is left alone that asks to wait and does not say how long.
const UNSAID_WAIT: Duration = Duration::from_secs(60);

type Turns = JoinSet<(usize, Outcome)>;

impl Engine {
    /// Takes over the runs that the last app left behind. A run that was under way stands still now, and
    /// what it had begun is as the journal knows it.
    pub(crate) async fn recall_bulk(&self) -> Result<(), Trouble> {
        let runs = self.0.store.bulk_runs().await.map_err(|error| words::store(&error))?;
        for run in runs {
            let account = run.account.clone();
            let was_running = run.state == RunState::Running;
            self.state().bulk.insert(account.clone(), Bulk::new(run));
            self.look_up(&account, TurnState::Running).await;
            if was_running {
                self.note(&account, |run| {
                    // A secret that was lost has halted it meanwhile.
                    if run.state == RunState::Running {
                        run.state = RunState::Paused;
                        run.why = Some(words::bulk_interrupted(run.waiting()).into());
                    }
                    Vec::new()
                })
                .await;
                self.tell_about(&account, |bulk| words::bulk_interrupted(bulk.left()), None);
            }
        }
        Ok(())
    }

    /// Moves on every run with something in flight, after the vault was opened.
    pub(crate) fn drive_all_bulk(&self) {
        let accounts: Vec<AccountId> = self.state().bulk.keys().cloned().collect();
        for account in accounts {
            self.drive_bulk(&account);
        }
    }

    /// Lets a task move a run on, unless one does.
    pub(super) fn drive_bulk(&self, account: &AccountId) {
        let wake = {
            let mut state = self.state();
            let Some(bulk) = state.bulk.get_mut(account) else { return };
            bulk.wake.notify_one();
            if std::mem::replace(&mut bulk.driving, true) {
                return;
            }
            Arc::clone(&bulk.wake)
        };
        // An engine that is gone moves nothing on: its task must not keep it.
        tokio::spawn(drive(Arc::downgrade(&self.0), account.clone(), wake, self.watch()));
    }

    /// Lets a run stand still for something that concerns every key.
    pub(crate) async fn pause_bulk_of(&self, account: &AccountId, cause: &Trouble) {
        let _turn = self.0.bulk_turn.lock().await;
        self.stand_still(account, cause).await;
    }

    async fn stand_still(&self, account: &AccountId, cause: &Trouble) {
        let is_running = |bulk: &Bulk| bulk.run.state == RunState::Running;
        if !self.state().bulk.get(account).is_some_and(is_running) {
            return;
        }
        self.note(account, |run| {
            run.state = RunState::Paused;
            run.why = Some(cause.clone().into());
            Vec::new()
        })
        .await;
        let action = match cause.code {
            "signed_out" | "not_signed_in" => Some(Action::SignIn),
            "vault_locked" => Some(Action::Unlock),
            _ => None,
        };
        self.tell_about(account, |bulk| words::bulk_paused(bulk.left(), cause), action);
    }

    /// Begins what may begin. Returns how long nothing happens by itself, or nothing if the run rests.
    async fn step(&self, account: &AccountId, turns: &mut Turns) -> Option<Duration> {
        let _turn = self.0.bulk_turn.lock().await;
        self.look_up(account, TurnState::Unknown).await;
        if turns.is_empty() {
            // Nobody is at these any more: their task died.
            self.look_up(account, TurnState::Running).await;
        }
        loop {
            let elapsed = self.0.clock.elapsed();
            let (next, pause) = {
                let mut state = self.state();
                let bulk = state.bulk.get_mut(account)?;
                let held =
                    bulk.waits.map(|(_, over)| over.saturating_sub(elapsed)).filter(|left| !left.is_zero());
                let (states, at_once) = (bulk.states(), bulk.run.at_once as usize);
                let next = next_turn(bulk.run.state, &states, at_once, held.is_some());
                bulk.driving = next != Next::Rest;
                let look = states.contains(&TurnState::Unknown).then_some(LOOK);
                (next, [held, look].into_iter().flatten().fold(LONGEST, Duration::min))
            };
            match next {
                Next::Rest => return None,
                Next::Wait => return Some(pause),
                Next::Begin(position) => self.begin(account, position, turns).await,
                Next::End => self.end(account).await,
            }
        }
    }

    /// Begins a turn, unless the portal's limit is used up.
    async fn begin(&self, account: &AccountId, position: usize, turns: &mut Turns) {
        if let Some(until) = self.limit_resets_at(account) {
            self.hold_until(account, until);
            return;
        }
        let now = self.now();
        let begun = self.change_bulk(account, |run| {
            set(run, position, TurnState::Running, now, None);
            vec![position]
        });
        if let Err(trouble) = begun.await {
            return self.stand_still(account, &trouble).await;
        }
        let task = self.state().bulk.get(account).and_then(|bulk| Task::of(&bulk.run, position));
        if let Some(task) = task {
            let engine = self.clone();
            turns.spawn(async move { (task.position, engine.take_turn(&task).await) });
        }
    }

    /// When the portal's limit starts again, if there is no room in it for one more turn: a read and a
    /// change.
    fn limit_resets_at(&self, account: &AccountId) -> Option<Timestamp> {
        let limits = self.portal(account).ok()?.limits()?;
        let spent = limits.remaining.is_some_and(|left| left < 2) && limits.limit.is_none_or(|all| all >= 2);
        limits.resets_at.filter(|at| spent && *at > self.now())
    }

    fn hold_until(&self, account: &AccountId, until: Timestamp) {
        let over = self.0.clock.elapsed() + until.since(self.now());
        if let Some(bulk) = self.state().bulk.get_mut(account) {
            // The longest of several wishes counts.
            bulk.waits = bulk.waits.filter(|(_, known)| *known >= over).or(Some((until, over)));
        }
        self.tell_bulk(account);
    }

    /// Takes over what became of a turn.
    async fn conclude(&self, account: &AccountId, position: usize, outcome: Outcome) {
        let _turn = self.0.bulk_turn.lock().await;
        match outcome {
            Outcome::Rotated => self.settle_turn(account, position, TurnState::Done, None).await,
            Outcome::Unknown(what) => {
                self.settle_turn(account, position, TurnState::Unknown, Some(what)).await;
            }
            Outcome::Failed(why) => self.fail(account, position, why, false).await,
            Outcome::Lost(why) => self.fail(account, position, why, true).await,
            Outcome::Later(why) => {
                let until = why.retry_at.unwrap_or_else(|| self.now().plus(UNSAID_WAIT));
                self.hold_until(account, until);
                self.settle_turn(account, position, TurnState::Waiting, Some(why)).await;
            }
            Outcome::Stopped(why) => {
                self.settle_turn(account, position, TurnState::Waiting, Some(why.clone())).await;
                self.stand_still(account, &why).await;
            }
        }
    }

    /// A key was not rotated, or nobody has its new secret. The second stops every run: what swallowed
    /// one answer may swallow the next.
    async fn fail(&self, account: &AccountId, position: usize, why: Trouble, lost: bool) {
        let now = self.now();
        let mut halted = None;
        self.note(account, |run| {
            set(run, position, TurnState::Failed, now, Some(why));
            if run.state == RunState::Running && (lost || run.stop_on_error) {
                run.state = RunState::Halted;
                halted = run.turns.get(position).map(|turn| turn.name.clone());
                run.why = halted.as_ref().map(|name| words::bulk_halted(run.waiting(), name).into());
            }
            vec![position]
        })
        .await;
        if let Some(name) = halted {
            self.tell_about(account, |bulk| words::bulk_halted(bulk.left(), &name), None);
        }
    }

    async fn settle_turn(&self, account: &AccountId, position: usize, to: TurnState, why: Option<Trouble>) {
        let now = self.now();
        self.note(account, |run| {
            set(run, position, to, now, why);
            vec![position]
        })
        .await;
    }

    /// Looks up the turns in `state` in the journal: those whose outcome is not known, or those that a
    /// crash left behind.
    async fn look_up(&self, account: &AccountId, state: TurnState) {
        let tasks: Vec<Task> = {
            let all = self.state();
            let Some(bulk) = all.bulk.get(account) else { return };
            let turns = bulk.run.turns.iter().enumerate().filter(|(_, turn)| turn.state == state);
            turns.filter_map(|(position, _)| Task::of(&bulk.run, position)).collect()
        };
        for task in tasks {
            let position = task.position;
            match (self.trace(&task).await, state) {
                (Ok(Trace::Rotated), _) => self.settle_turn(account, position, TurnState::Done, None).await,
                (Ok(Trace::Lost), _) => {
                    self.fail(account, position, words::secret_lost(&task.name, true), true).await;
                }
                // A crash came before anything was sent, or after a refusal: it is its turn again.
                (Ok(Trace::Free(_)), TurnState::Running) => {
                    self.settle_turn(account, position, TurnState::Waiting, None).await;
                }
                (Ok(Trace::Free(_)), _) => {
                    self.fail(account, position, words::not_done(&task.name), false).await;
                }
                (Ok(Trace::Open) | Err(_), TurnState::Running) => {
                    let what = Some(words::outcome_unknown(&task.name));
                    self.settle_turn(account, position, TurnState::Unknown, what).await;
                }
                (Ok(Trace::Open) | Err(_), _) => {}
            }
        }
    }

    async fn end(&self, account: &AccountId) {
        let now = self.now();
        self.note(account, |run| {
            run.state = RunState::Done;
            run.ended_at = Some(now);
            Vec::new()
        })
        .await;
        let told = |bulk: &Bulk| {
            let done = bulk.run.turns.iter().filter(|turn| turn.state == TurnState::Done).count();
            words::bulk_done(done, bulk.run.turns.len() - done)
        };
        self.tell_about(account, told, None);
    }

    /// Notes what happened. It is true whether or not the disk takes it: the journal knows it as well.
    async fn note(&self, account: &AccountId, change: impl FnOnce(&mut Run) -> Vec<usize>) {
        let Some(mut run) = self.state().bulk.get(account).map(|bulk| bulk.run.clone()) else { return };
        let changed = change(&mut run);
        if let Err(error) = self.0.store.save_bulk(run.clone(), changed).await {
            tracing::warn!(%error, "the run could not be kept");
        }
        // Nothing is awaited from here on, so that whoever sees the change sees what is said of it.
        if let Some(bulk) = self.state().bulk.get_mut(account) {
            bulk.run = run;
        }
        self.tell_bulk(account);
    }

    fn tell_about(&self, account: &AccountId, what: impl FnOnce(&Bulk) -> Trouble, action: Option<Action>) {
        {
            let mut state = self.state();
            let Some(what) = state.bulk.get(account).map(what) else { return };
            let tone = if what.code == "bulk_done" { Tone::Info } else { Tone::Warning };
            state.notices.tell(&notice_id(account), what, tone, None, action);
        }
        self.tell(Event::App);
    }
}

fn set(run: &mut Run, position: usize, to: TurnState, now: Timestamp, why: Option<Trouble>) {
    if let Some(turn) = run.turns.get_mut(position) {
        turn.state = to;
        turn.at = Some(now);
        turn.trouble = why.map(Into::into);
    }
}

/// Moves a run on until it rests or the engine is gone.
async fn drive(
    engine: Weak<Inner>,
    account: AccountId,
    wake: Arc<Notify>,
    mut events: broadcast::Receiver<Event>,
) {
    let mut turns = Turns::new();
    loop {
        let Some(here) = engine.upgrade().map(Engine) else { return };
        let host = Arc::clone(&here.0.host);
        let Some(pause) = here.step(&account, &mut turns).await else { return };
        drop(here);
        let ended = tokio::select! {
            Some(ended) = turns.join_next() => ended.ok(),
            () = wake.notified() => None,
            event = events.recv() => match event {
                Err(RecvError::Closed) => return,
                _ => None,
            },
            () = host.rest(pause) => None,
        };
        if let (Some((position, outcome)), Some(here)) = (ended, engine.upgrade().map(Engine)) {
            here.conclude(&account, position, outcome).await;
        }
    }
}
