//! Mail: written down sealed with the change it tells of, sent afterwards, and tried again when that fails.
//!
//! A mail is plain text in English. Nothing that somebody chose can become a header, a link or markup in it: names are
//! left out where they look like more than names.

mod delivery;
mod folder;
mod letter;
#[cfg(feature = "smtp")]
mod smtp;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use keystow_domain::Timestamp;
use keystow_portal_api::teams::mail_state;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use zeroize::Zeroizing;

pub(crate) use delivery::{deliver, pause};
pub(crate) use folder::MailFolder;
pub(crate) use letter::{Letter, harmless, mailable};
#[cfg(feature = "smtp")]
pub use smtp::{Smtp, SmtpError};

use crate::{
    config::Config,
    random,
    seal::{Digest, Pepper, Purpose},
};

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mail {
    /// An address that [`mailable`] let through.
    pub(crate) to: String,
    pub(crate) subject: String,
    /// Lines of plain text.
    pub(crate) text: String,
}

/// A mail as it waits in the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailRecord {
    pub(crate) id: String,
    /// What it tells of.
    pub(crate) about: String,
    /// The mail, sealed under the pepper: it may hold what is good once, and the storage alone opens nothing.
    pub(crate) sealed: Vec<u8>,
    pub(crate) queued_at: Timestamp,
    /// How often it was tried.
    pub(crate) tries: u32,
}

/// How far a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailState {
    /// It waits, or waits to be tried again.
    Queued,
    /// The outbox took it.
    Sent,
    /// Nobody tries any more.
    Failed,
}

impl MailState {
    /// The word in which it is kept and told.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queued => mail_state::QUEUED,
            Self::Sent => mail_state::SENT,
            Self::Failed => mail_state::FAILED,
        }
    }

    /// Reads a word; what is not known is not on its way.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            mail_state::QUEUED => Self::Queued,
            mail_state::SENT => Self::Sent,
            _ => Self::Failed,
        }
    }
}

impl MailRecord {
    /// Seals a mail about something.
    pub(crate) fn new(pepper: &Pepper, about: &str, mail: &Mail, now: Timestamp) -> Self {
        let id = random::id("mail");
        let (key, place) = seal_of(pepper, &id);
        let text = Zeroizing::new(serde_json::to_vec(mail).expect("texts can be written"));
        let sealed = pepper.seal(&key, &place, &text);
        Self { id, about: about.to_owned(), sealed, queued_at: now, tries: 0 }
    }

    /// The mail itself; nothing if it was sealed by another or is damaged.
    pub(crate) fn open(&self, pepper: &Pepper) -> Option<Mail> {
        let (key, place) = seal_of(pepper, &self.id);
        let text = pepper.unseal(&key, &place, &self.sealed)?;
        serde_json::from_slice(&text).ok()
    }
}

/// What a mail is sealed under, and what binds it to its place.
fn seal_of(pepper: &Pepper, id: &str) -> (Zeroizing<String>, Digest) {
    (random::spell(&pepper.digest(Purpose::Mail, &["key", id])), pepper.digest(Purpose::Mail, &["place", id]))
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboxError {
    /// It may be another time.
    #[error("it was not taken and is tried again ({0})")]
    Later(String),
    /// It never will be.
    #[cfg_attr(not(feature = "smtp"), expect(dead_code, reason = "a folder refuses nothing for good"))]
    #[error("it was refused for good ({0})")]
    Never(String),
}

/// Where mails leave the portal.
#[async_trait]
pub(crate) trait Outbox: Send + Sync {
    /// Hands a letter over; it is out of our hands when this returns.
    async fn send(&self, letter: &Letter) -> Result<(), OutboxError>;
}

/// The outbox of a portal, and what its mails say of where they come from.
pub(crate) struct Post {
    pub(crate) outbox: Arc<dyn Outbox>,
    /// The address mails are from.
    pub(crate) from: String,
    /// Wakes whoever delivers.
    pub(crate) waiting: Notify,
}

impl Post {
    /// The outbox that is configured: a mail server, or a folder of readable files.
    pub(crate) fn new(config: &Config, host: &str) -> Self {
        let from = config.mail_from.clone().unwrap_or_else(|| own_address(host));
        Self { outbox: outbox(config, &config.data.join("mail")), from, waiting: Notify::new() }
    }
}

/// The address of a portal that was given none.
fn own_address(host: &str) -> String {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    // What is known by a number has no name that mail could be from.
    let is_number = name.starts_with('[') || name.parse::<std::net::IpAddr>().is_ok();
    format!("keystow@{}", if is_number { "localhost" } else { name })
}

fn outbox(config: &Config, folder: &Path) -> Arc<dyn Outbox> {
    #[cfg(feature = "smtp")]
    if let Some(server) = &config.smtp {
        return Arc::new(server.clone());
    }
    let _ = config;
    Arc::new(MailFolder::new(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_mail_opens_with_its_pepper_and_in_its_place_alone() {
        let pepper = Pepper::new(&[7; 32]);
        let mail = Mail { to: "a@example.com".into(), subject: "s".into(), text: "t".into() };
        let now = Timestamp::from_secs(1_800_000_000);
        let sealed = MailRecord::new(&pepper, "inv_1", &mail, now);
        assert_eq!(sealed.open(&pepper), Some(mail));
        assert!(!sealed.sealed.windows(13).any(|bytes| bytes == b"a@example.com"));
        assert_eq!(sealed.open(&Pepper::new(&[8; 32])), None);
        assert_eq!(MailRecord { id: "mail_other".into(), ..sealed }.open(&pepper), None);
    }
}
