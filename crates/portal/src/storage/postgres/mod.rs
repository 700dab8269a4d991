//! The storage on a PostgreSQL server, which several portals may share.
//!
//! Nothing that a portal decides by is kept in its memory: each question goes to the server, and each change
//! locks the rows it is about before it looks at them. So it does not matter through which portal a call came.
//! A change is told as made only when its commit was confirmed; one whose confirmation got lost is
//! [`StorageError::Uncertain`], and none is ever made a second time.
//!
//! Locks are taken in one order everywhere, so that no two changes wait for each other: an app, which stands for
//! what it asks for too, then keys and clients by their number, then accounts by their id, which stand for teams too,
//! then an address that is invited; a client before its grants, a grant before its codes and tokens; who forgets what
//! has ended, one at a time; the end of the log after everything else.

mod accounts;
mod address;
mod admin;
mod apps;
mod audit;
mod change;
mod clients;
mod counts;
mod errors;
mod invitations;
mod keys;
mod schema;
mod sign_in;
mod subscriptions;
mod teams;
#[cfg(test)]
mod tests;
mod tls;
mod usage;

use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use keystow_domain::Timestamp;
use tokio_postgres::{NoTls, Row, Statement, types::ToSql};

pub use address::{Database, DatabaseError};

use self::change::Change;
use super::{Result, StorageError, WORK};
use crate::seal::Digest;

/// How many connections a portal has at most.
const CONNECTIONS: usize = 16;
/// How long a call waits for one of them.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a connection that turns out to be lost is replaced before a call gives up: those that were idle
/// when the server went away are noticed one by one.
const TRIES: usize = CONNECTIONS + 1;

/// What every connection is set to. Whoever set up the server may ask for more than a durable commit here, such as
/// one that a second server has as well; for less than that a portal does not settle.
const SETTINGS: &str = "
    SET lock_timeout = '10s'; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s';
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local');";

/// Values of a statement, in their order.
type Params<'p> = &'p [&'p (dyn ToSql + Sync)];

/// The storage in one database of a PostgreSQL server.
pub(crate) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Opens the database of a portal, making or migrating its tables.
    ///
    /// # Errors
    ///
    /// Fails if the server cannot be reached or lets nobody in, or if the database belongs to a later version.
    pub(crate) async fn open(database: &Database) -> Result<Self> {
        let storage = Self::unopened(database)?;
        schema::migrate(&storage).await?;
        Ok(storage)
    }

    /// The way to a database that nobody has gone yet.
    fn unopened(database: &Database) -> Result<Self> {
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match tls::connector(database)? {
            Some(tls) => Manager::from_config(database.config.clone(), tls, manager),
            None => Manager::from_config(database.config.clone(), NoTls, manager),
        };
        let set_up = Hook::async_fn(|client, _| {
            Box::pin(async move { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) })
        });
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE * 2))
            .post_create(set_up)
            .build()
            .map_err(|error| StorageError::Database(error.to_string()))?;
        Ok(Self { pool })
    }

    /// What the pepper of this database makes of nothing, if it was told; tells `check` if it was not. All portals
    /// of a database must have one pepper.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn pepper_check(&self, check: Option<&Digest>) -> Result<Option<Digest>> {
        if let Some(check) = check {
            self.run("UPDATE portal SET pepper_check = $1 WHERE pepper_check IS NULL", &[&&check[..]])
                .await?;
        }
        let row = self.row("SELECT pepper_check FROM portal WHERE pepper_check IS NOT NULL", &[]).await?;
        row.map(|row| digest(&row, 0)).transpose()
    }

    async fn client(&self) -> Result<Object> {
        tracing::trace!(target: WORK, "client");
        Ok(self.pool.get().await?)
    }

    /// Reads rows. A connection that is lost is replaced: reading twice does no harm.
    async fn rows(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let client = self.client().await?;
            let read = async { client.query(&client.prepare_cached(sql).await?, params).await };
            match read.await {
                Err(error) if is_lost(&client, &error) && tries > 0 => {}
                other => return Ok(other?),
            }
        }
    }

    /// Reads one row, if there is one.
    async fn row(&self, sql: &str, params: Params<'_>) -> Result<Option<Row>> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// A connection on which a statement is prepared: nothing was begun yet, so a lost one is replaced.
    async fn prepared(&self, sql: &str) -> Result<(Object, Statement)> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let client = self.client().await?;
            match client.prepare_cached(sql).await {
                Err(error) if is_lost(&client, &error) && tries > 0 => {}
                other => return Ok((client, other?)),
            }
        }
    }

    /// Makes a change that is one statement; says how many rows it was about.
    async fn run(&self, sql: &str, params: Params<'_>) -> Result<u64> {
        let (client, statement) = self.prepared(sql).await?;
        client.execute(&statement, params).await.map_err(errors::uncommitted)
    }

    /// The same, with an entry in the log if any row was changed; see [`Change::commit`].
    async fn run_told(&self, sql: &str, params: Params<'_>) -> Result<u64> {
        let change = self.begin().await?;
        let changed = change.run(sql, params).await?;
        let ended = if changed > 0 { change.commit().await } else { change.undo().await };
        ended.map(|()| changed)
    }

    /// Makes a change that is one statement and about one row; tells the row.
    async fn changed_row(&self, sql: &str, params: Params<'_>) -> Result<Row> {
        let (client, statement) = self.prepared(sql).await?;
        client.query_one(&statement, params).await.map_err(errors::uncommitted)
    }

    /// Begins a change of several statements.
    async fn begin(&self) -> Result<Change> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let client = self.client().await?;
            match client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await {
                Err(error) if is_lost(&client, &error) && tries > 0 => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return Ok(Change::new(client)),
            }
        }
    }
}

/// Whether a connection is of no use any more. The server's last word on it may be heard before its end.
fn is_lost(client: &Object, error: &tokio_postgres::Error) -> bool {
    client.is_closed() || error.code().is_some_and(|code| ["57P01", "57P02", "57P05"].contains(&code.code()))
}

/// Whether a text from outside can be in the database: PostgreSQL keeps no NUL in a text, so what has one is unknown.
fn can_be_kept(text: &str) -> bool {
    !text.contains('\0')
}

/// Words in one column, separated by spaces; none of them can hold one.
fn words(joined: &str) -> Vec<String> {
    joined.split_whitespace().map(str::to_owned).collect()
}

fn digest(row: &Row, column: usize) -> Result<Digest> {
    row.try_get::<_, &[u8]>(column)?.try_into().map_err(|_| StorageError::Damaged)
}

fn instant(row: &Row, column: usize) -> Result<Timestamp> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}

fn instant_opt(row: &Row, column: usize) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

/// Reads a count; the server keeps it as a signed number.
fn whole(row: &Row, column: usize) -> Result<u64> {
    Ok(row.try_get::<_, i64>(column)?.try_into().unwrap_or_default())
}

fn version(row: &Row, column: usize) -> Result<u32> {
    row.try_get::<_, i64>(column)?.try_into().map_err(|_| StorageError::Damaged)
}

fn signed(count: u64) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millis)
}
