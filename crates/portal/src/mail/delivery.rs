//! Sending what waits: each mail by one portal at a time, again and again with longer pauses, and not for ever.
//!
//! A try is written down before it is made, with when the next would be due. So a portal that dies in the middle of one
//! leaves a mail that is tried again, by itself or by another of its database.

use std::{sync::Arc, time::Duration};

use keystow_domain::Timestamp;
use tokio::sync::watch;

use super::{Letter, MailState, OutboxError};
use crate::{app::App, serve::until, storage::StorageError};

/// The pause after the first try; each after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(120);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 3600);
/// How often a mail is tried at most, over a good day.
const MOST_TRIES: u32 = 11;
/// How long until the storage is asked again after it failed, and until mails that another portal left are looked for.
const LOOK: Duration = Duration::from_secs(600);

/// How long after a try, which is counted from 1, the next is due: longer than any try takes.
pub(crate) fn pause(tries: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))).min(LONGEST_PAUSE)
}

/// Sends what waits until the portal stops. Nothing ticks while nothing waits, unless other portals may leave something.
pub(crate) async fn deliver(app: Arc<App>, stopped: watch::Receiver<bool>) {
    let stop = until(stopped);
    tokio::pin!(stop);
    loop {
        let due = tokio::select! {
            () = &mut stop => return,
            due = work_off(&app) => due,
        };
        let wait = match due {
            Ok(Some(due)) => Some(due.since(app.clock.now()).min(LOOK)),
            Ok(None) => app.windows.are_shared().then_some(LOOK),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "mails cannot be looked for");
                Some(LOOK)
            }
        };
        let again = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait.max(Duration::from_secs(1))).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = &mut stop => return,
            () = app.post.waiting.notified() => {}
            () = again => {}
        }
    }
}

/// Tries every mail that is due; tells when the next will be.
async fn work_off(app: &App) -> Result<Option<Timestamp>, StorageError> {
    while try_one(app, app.clock.now()).await? {}
    app.storage.mail_due().await
}

/// Tries the mail that has been due the longest; false if none is.
async fn try_one(app: &App, now: Timestamp) -> Result<bool, StorageError> {
    let storage = &app.storage;
    let Some(waiting) = storage.take_mail(now).await? else { return Ok(false) };
    let Some(mail) = waiting.open(&app.pepper) else {
        tracing::error!(mail = waiting.id, "a mail cannot be opened with this pepper and is not sent");
        storage.end_mail(&waiting.id, MailState::Failed).await?;
        return Ok(true);
    };
    let letter = Letter::new(&waiting.id, &app.name, &app.post.from, &mail, now);
    match app.post.outbox.send(&letter).await {
        Ok(()) => storage.end_mail(&waiting.id, MailState::Sent).await?,
        Err(error) => {
            // The server's words may repeat an address; whose mail it is, the storage knows.
            tracing::warn!(mail = waiting.id, about = waiting.about, tries = waiting.tries, %error, "a mail was not sent");
            if matches!(error, OutboxError::Never(_)) || waiting.tries >= MOST_TRIES {
                storage.end_mail(&waiting.id, MailState::Failed).await?;
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_within_two_days() {
        let pauses: Vec<u64> = (1..MOST_TRIES).map(|tries| pause(tries).as_secs() / 60).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }
}
