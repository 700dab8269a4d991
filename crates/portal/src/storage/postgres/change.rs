//! A change of several statements: all of them or none.

use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::{Params, Result, StorageError, audit, errors};
use crate::audit::current;

/// A transaction that is under way.
///
/// Dropped before its commit, whatever the reason, it takes its connection with it, and so the server undoes it: a
/// connection in the middle of something is never given to another call.
pub(super) struct Change {
    client: Option<Object>,
}

impl Change {
    /// A change on a connection on which one was just begun.
    pub(super) fn new(client: Object) -> Self {
        Self { client: Some(client) }
    }

    fn client(&self) -> Result<&Object> {
        self.client.as_ref().ok_or(StorageError::Stopped)
    }

    /// Reads rows.
    ///
    /// # Errors
    ///
    /// Fails if the server does; the change must be dropped then.
    pub(super) async fn rows(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>> {
        let client = self.client()?;
        Ok(client.query(&client.prepare_cached(sql).await?, params).await?)
    }

    /// Reads one row, if there is one.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`].
    pub(super) async fn row(&self, sql: &str, params: Params<'_>) -> Result<Option<Row>> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// Changes rows; says how many.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`].
    pub(super) async fn run(&self, sql: &str, params: Params<'_>) -> Result<u64> {
        let client = self.client()?;
        Ok(client.execute(&client.prepare_cached(sql).await?, params).await?)
    }

    /// Runs statements that take no values and tell nothing.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`].
    pub(super) async fn batch(&self, sql: &str) -> Result<()> {
        Ok(self.client()?.batch_execute(sql).await?)
    }

    /// Makes the change durable; if it is made as an attempt, together with the attempt's entry in the log.
    ///
    /// # Errors
    ///
    /// Nothing of it happened then, unless the error is [`StorageError::Uncertain`].
    pub(super) async fn commit(self) -> Result<()> {
        let attempt = current();
        let entry = attempt.as_ref().and_then(|attempt| Some((attempt, attempt.done()?)));
        let Some((attempt, entry)) = entry else { return self.commit_unsaid().await };
        audit::append(&self, attempt.chain(), entry).await?;
        self.commit_unsaid().await?;
        attempt.is_written();
        Ok(())
    }

    /// Makes a change durable that is not what was attempted.
    ///
    /// # Errors
    ///
    /// As [`Self::commit`].
    pub(super) async fn commit_unsaid(mut self) -> Result<()> {
        self.client()?.batch_execute("COMMIT").await.map_err(errors::uncommitted)?;
        // Only a connection on which nothing is under way goes back to the others.
        self.client.take();
        Ok(())
    }

    /// Undoes the change.
    ///
    /// # Errors
    ///
    /// Fails if the server does; nothing of the change happens all the same.
    pub(super) async fn undo(mut self) -> Result<()> {
        self.client()?.batch_execute("ROLLBACK").await?;
        self.client.take();
        Ok(())
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}
