//! Runs over many keys on disk: a run is written before it acts, so that a crash finds it where it was.

use keystow_domain::{AccountId, KeyId, RunState, Timestamp, TurnState};
use rusqlite::{Connection, Row, Transaction, params};

use super::{Store, StoreError};
use crate::bulk::KeptTrouble;

/// A run over many keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// Its id.
    pub(crate) id: String,
    /// The account whose keys it rotates.
    pub(crate) account: AccountId,
    pub(crate) state: RunState,
    /// Why it stands still, if the person did not stop it.
    pub(crate) why: Option<KeptTrouble>,
    /// How many rotate at the same time.
    pub(crate) at_once: u32,
    pub(crate) stop_on_error: bool,
    /// The grace asked for, in milliseconds.
    pub(crate) grace_millis: Option<i64>,
    pub(crate) planned_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    /// The keys, in the order of their turns.
    pub(crate) turns: Vec<Turn>,
}

impl Run {
    /// How many keys wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.turns.iter().filter(|turn| turn.state == TurnState::Waiting).count()
    }
}

/// One key of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) key: KeyId,
    /// The name of the key when the run was planned.
    pub(crate) name: String,
    pub(crate) state: TurnState,
    /// When that was so.
    pub(crate) at: Option<Timestamp>,
    /// Why it was not rotated, or what is being found out.
    pub(crate) trouble: Option<KeptTrouble>,
}

impl Store {
    /// Every run that is kept; an account has at most one.
    pub(crate) async fn bulk_runs(&self) -> Result<Vec<Run>, StoreError> {
        self.with(|db| {
            let mut all = db.prepare_cached("SELECT * FROM bulk_runs ORDER BY planned_at")?;
            let runs = all.query_map([], read)?.collect::<Result<Vec<_>, _>>()?;
            runs.into_iter().map(|run| Ok(Run { turns: turns(db, &run.id)?, ..run })).collect()
        })
        .await
    }

    /// Keeps a new run in the place of the account's last one, which must not be under way.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] if it is.
    pub(crate) async fn plan_bulk(&self, run: Run) -> Result<(), StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            let unfinished: bool = all.query_row(
                "SELECT EXISTS (SELECT 1 FROM bulk_runs WHERE account = ?1
                     AND state IN ('running', 'paused', 'halted'))",
                [run.account.as_str()],
                |row| row.get(0),
            )?;
            if unfinished {
                return Err(StoreError::Busy);
            }
            all.execute(
                "DELETE FROM bulk_items WHERE run IN (SELECT id FROM bulk_runs WHERE account = ?1)",
                [run.account.as_str()],
            )?;
            all.execute("DELETE FROM bulk_runs WHERE account = ?1", [run.account.as_str()])?;
            write_run(&all, &run)?;
            for (position, turn) in (0_u32..).zip(&run.turns) {
                write_turn(&all, &run.id, position, turn)?;
            }
            all.commit()?;
            Ok(())
        })
        .await
    }

    /// Keeps how a run stands and the turns that changed with it: all or nothing, synced to disk.
    pub(crate) async fn save_bulk(&self, run: Run, changed: Vec<usize>) -> Result<(), StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            write_run(&all, &run)?;
            for position in changed {
                if let (Some(turn), Ok(number)) = (run.turns.get(position), u32::try_from(position)) {
                    write_turn(&all, &run.id, number, turn)?;
                }
            }
            all.commit()?;
            Ok(())
        })
        .await
    }

    /// Forgets a run. What it did is in the journal and in the vault.
    pub(crate) async fn drop_bulk(&self, id: String) -> Result<(), StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            all.execute("DELETE FROM bulk_items WHERE run = ?1", [&id])?;
            all.execute("DELETE FROM bulk_runs WHERE id = ?1", [&id])?;
            all.commit()?;
            Ok(())
        })
        .await
    }
}

fn write_run(all: &Transaction<'_>, run: &Run) -> Result<(), StoreError> {
    all.execute(
        "INSERT OR REPLACE INTO bulk_runs (id, account, state, at_once, stop_on_error, grace_millis, planned_at,
             started_at, ended_at, why)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            run.id,
            run.account.as_str(),
            run_word(run.state),
            run.at_once,
            run.stop_on_error,
            run.grace_millis,
            run.planned_at.as_millis(),
            run.started_at.map(Timestamp::as_millis),
            run.ended_at.map(Timestamp::as_millis),
            json_of(run.why.as_ref())?,
        ],
    )?;
    Ok(())
}

fn write_turn(all: &Transaction<'_>, run: &str, position: u32, turn: &Turn) -> Result<(), StoreError> {
    all.execute(
        "INSERT OR REPLACE INTO bulk_items (run, position, key, name, state, at, trouble)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            run,
            position,
            turn.key.as_str(),
            turn.name,
            turn_word(turn.state),
            turn.at.map(Timestamp::as_millis),
            json_of(turn.trouble.as_ref())?,
        ],
    )?;
    Ok(())
}

fn json_of(trouble: Option<&KeptTrouble>) -> Result<Option<String>, StoreError> {
    trouble.map(serde_json::to_string).transpose().map_err(|_| StoreError::Broken)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Run> {
    let instant = |name: &str| row.get::<_, Option<i64>>(name).map(|at| at.map(Timestamp::from_millis));
    Ok(Run {
        id: row.get("id")?,
        account: AccountId::new(row.get::<_, String>("account")?),
        state: run_state(&row.get::<_, String>("state")?),
        why: row.get::<_, Option<String>>("why")?.and_then(|text| serde_json::from_str(&text).ok()),
        at_once: row.get("at_once")?,
        stop_on_error: row.get("stop_on_error")?,
        grace_millis: row.get("grace_millis")?,
        planned_at: Timestamp::from_millis(row.get("planned_at")?),
        started_at: instant("started_at")?,
        ended_at: instant("ended_at")?,
        turns: Vec::new(),
    })
}

fn turns(db: &Connection, run: &str) -> Result<Vec<Turn>, StoreError> {
    let mut all = db.prepare_cached(
        "SELECT key, name, state, at, trouble FROM bulk_items WHERE run = ?1 ORDER BY position",
    )?;
    let turns = all.query_map([run], |row| {
        let trouble: Option<String> = row.get(4)?;
        Ok(Turn {
            key: KeyId::new(row.get::<_, String>(0)?),
            name: row.get(1)?,
            state: turn_state(&row.get::<_, String>(2)?),
            at: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis),
            trouble: trouble.and_then(|text| serde_json::from_str(&text).ok()),
        })
    })?;
    Ok(turns.collect::<Result<_, _>>()?)
}

const RUNS: [(RunState, &str); 5] = [
    (RunState::Planned, "planned"),
    (RunState::Running, "running"),
    (RunState::Paused, "paused"),
    (RunState::Halted, "halted"),
    (RunState::Done, "done"),
];

const TURNS: [(TurnState, &str); 6] = [
    (TurnState::Waiting, "waiting"),
    (TurnState::Running, "running"),
    (TurnState::Done, "done"),
    (TurnState::Failed, "failed"),
    (TurnState::Unknown, "unknown"),
    (TurnState::Skipped, "skipped"),
];

fn run_word(state: RunState) -> &'static str {
    RUNS.iter().find(|(known, _)| *known == state).map_or("paused", |(_, word)| word)
}

/// A word of no version of the app stands still until a person looks at it.
fn run_state(word: &str) -> RunState {
    RUNS.iter().find(|(_, known)| *known == word).map_or(RunState::Paused, |(state, _)| *state)
}

/// The word of a turn's state, also used in reports.
pub(crate) fn turn_word(state: TurnState) -> &'static str {
    TURNS.iter().find(|(known, _)| *known == state).map_or("unknown", |(_, word)| word)
}

/// A word of no version of the app is looked up in the journal, as an unknown outcome is.
fn turn_state(word: &str) -> TurnState {
    TURNS.iter().find(|(_, known)| *known == word).map_or(TurnState::Unknown, |(state, _)| *state)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn run(id: &str, state: RunState) -> Run {
        let turn = |key: &str, state| Turn {
            key: KeyId::new(key),
            name: key.to_uppercase(),
            state,
            at: Some(NOW),
            trouble: None,
        };
        Run {
            id: id.into(),
            account: AccountId::new("acc_1"),
            state,
            why: None,
            at_once: 3,
            stop_on_error: true,
            grace_millis: Some(60_000),
            planned_at: NOW,
            started_at: Some(NOW),
            ended_at: None,
            turns: TURNS.iter().map(|(state, word)| turn(word, *state)).collect(),
        }
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), NOW).unwrap().store;
        (folder, store)
    }

    #[tokio::test]
    async fn a_run_comes_back_as_it_was_written() {
        let (_folder, store) = store().await;
        let mut planned = run("run_1", RunState::Planned);
        planned.turns[4].trouble = Some(crate::words::key_dead().into());
        store.plan_bulk(planned.clone()).await.unwrap();
        assert_eq!(store.bulk_runs().await.unwrap(), [planned.clone()]);
        for (state, _) in RUNS {
            planned.state = state;
            planned.why = (state == RunState::Paused).then(|| crate::words::not_signed_in().into());
            planned.turns[0].state = TurnState::Running;
            store.save_bulk(planned.clone(), vec![0]).await.unwrap();
            assert_eq!(store.bulk_runs().await.unwrap(), [planned.clone()]);
        }
        store.drop_bulk("run_1".into()).await.unwrap();
        assert!(store.bulk_runs().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_account_has_one_run_and_one_that_was_begun_is_never_replaced() {
        let (_folder, store) = store().await;
        for state in [RunState::Planned, RunState::Done, RunState::Halted] {
            store.plan_bulk(run("run_1", state)).await.unwrap();
        }
        assert!(matches!(store.plan_bulk(run("run_2", RunState::Planned)).await, Err(StoreError::Busy)));
        assert_eq!(store.bulk_runs().await.unwrap(), [run("run_1", RunState::Halted)]);
    }
}
