//! The one thread that writes. Changes that wait at the same time share one commit.
//!
//! A commit costs a write to the disk, whatever is in it, so a full queue is worked off in few of
//! them. Each change runs in its own savepoint: one that fails takes nobody else's with it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::oneshot;

use super::super::{StorageError, WORK};

/// How many changes share a commit at most.
const GROUP: usize = 128;

type Result<T> = std::result::Result<T, StorageError>;
/// Tells the caller how its change went, once the commit is known.
type Answer = Box<dyn FnOnce(Result<()>) + Send>;
/// Makes a change, or tells its caller why nothing could be begun.
type Change = Box<dyn FnOnce(Result<&Connection>) -> Answer + Send>;

/// The way to the writing thread. When the last one is dropped the thread ends.
pub(super) struct Writer {
    changes: Option<mpsc::Sender<Change>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread that owns `connection`, and counts in `commits`.
    ///
    /// # Errors
    ///
    /// Fails if the system gives no thread.
    pub(super) fn start(connection: Connection, commits: Arc<AtomicU64>) -> std::io::Result<Self> {
        let (changes, queue) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("portal-writer".into())
            .spawn(move || work(connection, &queue, &commits))?;
        Ok(Self { changes: Some(changes), thread: Some(thread) })
    }

    /// Makes a change and returns when it is durable.
    ///
    /// # Errors
    ///
    /// Fails if the change does or if it cannot be committed; then nothing of it happened, unless the
    /// error is [`StorageError::Uncertain`].
    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        tracing::trace!(target: WORK, "change");
        let (tell, told) = oneshot::channel();
        let change: Change = Box::new(move |begun| {
            let outcome = begun.and_then(|connection| Ok(in_savepoint(connection, change)?));
            Box::new(move |committed| {
                // A caller that went away does not want to know.
                let _ = tell.send(outcome.and_then(|done| committed.map(|()| done)));
            })
        });
        let changes = self.changes.as_ref().ok_or(StorageError::Stopped)?;
        changes.send(change).map_err(|_| StorageError::Stopped)?;
        told.await.map_err(|_| StorageError::Stopped)?
    }
}

impl Drop for Writer {
    /// Waits until everything in the queue is durable.
    fn drop(&mut self) {
        self.changes.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(mut connection: Connection, queue: &mpsc::Receiver<Change>, commits: &AtomicU64) {
    while let Ok(first) = queue.recv() {
        commit(&mut connection, first, queue, commits);
    }
    // Leaves one tidy file behind; if it does not work, the next start does it.
    let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
}

fn commit(connection: &mut Connection, first: Change, queue: &mpsc::Receiver<Change>, commits: &AtomicU64) {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => return first(Err(error.into()))(Ok(())),
    };
    let mut answers = vec![first(Ok(&transaction))];
    // SQLite may undo the whole transaction when one change fails, as on a full disk.
    while !transaction.is_autocommit()
        && answers.len() < GROUP
        && let Ok(next) = queue.try_recv()
    {
        answers.push(next(Ok(&transaction)));
    }
    let outcome = if transaction.is_autocommit() {
        Err(StorageError::Undone)
    } else {
        transaction.commit().map_err(uncommitted)
    };
    // Before anybody hears of the change, so that whoever does finds nothing older.
    commits.fetch_add(1, Ordering::Release);
    let failed = outcome.err();
    for answer in answers {
        answer(failed.as_ref().map_or(Ok(()), |error| Err(error.again())));
    }
}

/// What a failed commit means: after a failure of the disk it may have been written all the same.
fn uncommitted(error: rusqlite::Error) -> StorageError {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => StorageError::Uncertain,
        _ => error.into(),
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.prepare_cached("SAVEPOINT change")?.execute([])?;
    let outcome = change(connection);
    if connection.is_autocommit() {
        // The savepoint went with the transaction.
        return outcome;
    }
    if outcome.is_err() {
        connection.prepare_cached("ROLLBACK TO change")?.execute([])?;
    }
    connection.prepare_cached("RELEASE change")?.execute([])?;
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> (Writer, Arc<AtomicU64>) {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER UNIQUE)").unwrap();
        let commits = Arc::new(AtomicU64::new(0));
        (Writer::start(connection, commits.clone()).unwrap(), commits)
    }

    fn insert(number: i64) -> impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send {
        move |connection| connection.execute("INSERT INTO t VALUES (?1)", [number])
    }

    async fn count(writer: &Writer) -> i64 {
        writer
            .write(|connection| connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn changes_that_wait_together_share_a_commit() {
        let (writer, commits) = writer();
        let (open, gate) = mpsc::channel::<()>();
        let held = writer.write(move |_| {
            // Holds the thread until everybody is in the queue.
            let _ = gate.recv();
            Ok(())
        });
        let others = async {
            let writes = [1, 2, 3, 4].map(|number| writer.write(insert(number)));
            let [a, b, c, d] = writes;
            let open = async move { open.send(()).unwrap() };
            tokio::join!(a, b, c, d, open)
        };
        let (held, (a, b, c, d, ())) = tokio::join!(held, others);
        assert!(held.is_ok() && [a, b, c, d].into_iter().all(|written| written.is_ok()));
        assert_eq!(commits.load(Ordering::Acquire), 1);
        assert_eq!(count(&writer).await, 4);
    }

    #[tokio::test]
    async fn a_change_that_fails_takes_no_other_with_it() {
        let (writer, _) = writer();
        let twice = |connection: &Connection| {
            connection.execute("INSERT INTO t VALUES (2)", [])?;
            connection.execute("INSERT INTO t VALUES (1)", [])
        };
        let (one, two, three) =
            tokio::join!(writer.write(insert(1)), writer.write(twice), writer.write(insert(3)));
        assert!(one.is_ok() && two.is_err() && three.is_ok());
        assert_eq!(count(&writer).await, 2, "nothing of the failed change is left");
    }

    #[tokio::test]
    async fn a_transaction_that_was_undone_is_told_to_all_whose_changes_went_with_it() {
        let (writer, _) = writer();
        let (open, gate) = mpsc::channel::<()>();
        let held = writer.write(move |connection| {
            let _ = gate.recv();
            connection.execute("INSERT INTO t VALUES (1)", [])
        });
        // What SQLite does by itself when a disk is full.
        let undone = |connection: &Connection| {
            connection.execute_batch("ROLLBACK")?;
            connection.execute("INSERT INTO nowhere VALUES (1)", [])
        };
        let open = async move { open.send(()).unwrap() };
        let (held, undone, after, ()) =
            tokio::join!(held, writer.write(undone), writer.write(insert(3)), open);
        assert!(matches!(held, Err(StorageError::Undone)), "{held:?}");
        assert!(matches!(undone, Err(StorageError::Sqlite(_))), "{undone:?}");
        assert!(after.is_ok(), "what came after it is stored");
        assert_eq!(count(&writer).await, 1);
    }

    #[tokio::test]
    async fn a_change_that_cannot_begin_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.db");
        let holder = Connection::open(&file).unwrap();
        holder.execute_batch("CREATE TABLE t (n INTEGER UNIQUE); BEGIN IMMEDIATE").unwrap();
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch("PRAGMA busy_timeout = 0").unwrap();
        let writer = Writer::start(connection, Arc::default()).unwrap();
        let refused = writer.write(insert(1)).await;
        assert!(matches!(refused, Err(StorageError::Sqlite(_))), "{refused:?}");
        holder.execute_batch("ROLLBACK").unwrap();
        assert!(writer.write(insert(1)).await.is_ok(), "the writer goes on");
    }

    #[test]
    fn a_commit_that_the_disk_failed_is_uncertain_and_one_without_room_is_not() {
        let failed =
            |code| uncommitted(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
        assert!(matches!(failed(rusqlite::ffi::SQLITE_IOERR_FSYNC), StorageError::Uncertain));
        assert!(matches!(failed(rusqlite::ffi::SQLITE_FULL), StorageError::Full));
    }
}
