//! What administrators look at and decide about many apps and keys at once, as operations.

use async_trait::async_trait;
use keystow_domain::Timestamp;

use super::Result;
use crate::{
    admin::{Item, ItemKind, SuspensionRecord},
    apps::SubscriptionState,
    keys::Standing,
    seal::Digest,
};

/// An app in a survey of everybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppLine {
    /// Where it stands in the order of creation.
    pub(crate) number: i64,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) account: String,
    /// The address of the person whose it is; empty for a team's.
    pub(crate) email: String,
    /// What the team is called whose it is; nothing for a person's.
    pub(crate) team: Option<String>,
    pub(crate) created_at: Timestamp,
    /// When an accepted call last carried one of its secrets.
    pub(crate) last_used_at: Option<Timestamp>,
    /// How many keys and OAuth clients it has that are not revoked.
    pub(crate) credentials: u64,
    /// The products that it subscribes to, and how far that is.
    pub(crate) products: Vec<(String, SubscriptionState)>,
    pub(crate) is_suspended: bool,
}

/// A key or an OAuth client in a survey of everybody's; one that is revoked is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyLine {
    pub(crate) number: i64,
    pub(crate) id: String,
    pub(crate) is_client: bool,
    pub(crate) name: String,
    pub(crate) account: String,
    /// The address of the person whose it is; empty for a team's.
    pub(crate) email: String,
    pub(crate) team: Option<String>,
    /// The developer app it belongs to; empty for none.
    pub(crate) app: String,
    pub(crate) standing: Standing,
    pub(crate) prefix: String,
    pub(crate) suffix: String,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// What was counted of an app.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) calls: u64,
    /// Calls answered with 4xx or 5xx, without 429.
    pub(crate) errors: u64,
    pub(crate) throttled: u64,
    pub(crate) billable: u64,
}

/// A suspension to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewSuspension {
    pub(crate) id: String,
    /// What names the preview of it.
    pub(crate) preview: Digest,
    /// The criteria, in the words of the contract.
    pub(crate) criteria: String,
    pub(crate) reason: String,
    /// The account that begins it.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    /// What it is about: kind, id and name, in the order in which it is suspended.
    pub(crate) items: Vec<(ItemKind, String, String)>,
}

/// Why a suspension does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SuspensionRefusal {
    /// There is none of this id, or it is not about this.
    NotFound,
    /// It is being undone, or was.
    Resumed,
}

/// Surveys of everybody's apps and keys, and suspensions of many of them.
///
/// A suspension is begun with everything that it is about. It is carried out by its batches, each a change of its own
/// that leaves an entry in the log for each thing; what is suspended, revoked or gone by then is left as it is.
#[async_trait]
pub(crate) trait AdminStore: Send + Sync {
    /// Every app, the oldest first.
    async fn survey_apps(&self) -> Result<Vec<AppLine>>;
    /// Every key and OAuth client that is not revoked, the oldest first.
    async fn survey_keys(&self) -> Result<Vec<KeyLine>>;
    /// What was counted of each app from one hour on and before another, by their ids; apps that were not called are
    /// not there, nor is what was counted of keys without an app.
    async fn calls_of_apps(&self, from: i64, to: i64) -> Result<Vec<(String, Counts)>>;
    /// Begins a suspension; tells the one of [`Self::suspension_of`] its preview instead, if there is one.
    async fn begin_suspension(&self, new: NewSuspension) -> Result<SuspensionRecord>;
    /// Suspensions, newest first, `limit` of them beginning after `before`.
    async fn suspensions(&self, before: Option<i64>, limit: u32) -> Result<Vec<SuspensionRecord>>;
    /// The suspension that was begun with a preview, unless nothing of it is or will be suspended any more.
    async fn suspension_of(&self, preview: &Digest) -> Result<Option<SuspensionRecord>>;
    /// One suspension.
    async fn suspension(&self, id: &str) -> Result<Option<SuspensionRecord>>;
    /// What a suspension is about, `limit` of it beginning after the place `after`.
    async fn suspension_items(&self, id: &str, after: Option<i64>, limit: u32) -> Result<Vec<Item>>;
    /// Suspends the next of it, `most` at most.
    async fn suspend_next(
        &self,
        id: &str,
        most: u32,
        at: Timestamp,
    ) -> Result<std::result::Result<SuspensionRecord, SuspensionRefusal>>;
    /// Resumes the next of it, `most` at most; or one thing of it. What waits for its turn is left.
    async fn resume_next(
        &self,
        id: &str,
        target: Option<String>,
        most: u32,
        at: Timestamp,
    ) -> Result<std::result::Result<SuspensionRecord, SuspensionRefusal>>;
}
