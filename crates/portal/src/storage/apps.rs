//! Developer apps, products, subscriptions and roles, as operations.

use async_trait::async_trait;
use keystow_domain::Timestamp;

use super::{CallRecord, Result};
use crate::{
    apps::{AppRecord, Ask, ProductRecord, Role},
    keys::KeyRecord,
};

/// Why a change of an app, or a decision about it, is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppRefusal {
    /// Unknown, or another's.
    NotFound,
    /// The owner has an app of this name.
    NameTaken,
    /// The owner has as many apps as there may be.
    TooManyApps,
    /// The app has as many keys as there may be.
    TooManyKeys,
    /// The owner waits for as many decisions as anybody may.
    TooManyAsks,
    /// The app subscribes to nothing that allows what the key shall be able to do.
    NotSubscribed,
    /// Somebody approved it before.
    ApprovedBefore,
    /// Somebody rejected it before.
    RejectedBefore,
    /// The developer took it back.
    Withdrawn,
}

/// How an administrator decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The account that decides.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    /// Why it is rejected; absent for an approval.
    pub(crate) rejected_for: Option<String>,
}

/// What a subscription that is approved lets the keys of its app do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) scopes: Vec<String>,
    /// The quota of the product, in billable calls a month.
    pub(crate) quota: u64,
    /// The rate limit of the product, in calls a minute.
    pub(crate) rate_limit: u32,
    pub(crate) tier: String,
}

impl Terms {
    /// What of all terms goes for calls that need `scope`: the largest quota and rate limit of those that allow it,
    /// and the tier of the quota. Nothing if none does.
    pub(crate) fn for_scope(all: Vec<Self>, scope: &str) -> Option<Self> {
        let allowing = all.into_iter().filter(|terms| terms.scopes.iter().any(|one| one == scope));
        allowing.reduce(|best, next| {
            let rate_limit = best.rate_limit.max(next.rate_limit);
            let larger = if next.quota > best.quota { next } else { best };
            Self { rate_limit, ..larger }
        })
    }
}

/// A change of an app, made while nobody else can change it.
pub(crate) type AppChange = Box<dyn FnOnce(&mut AppRecord) + Send>;

/// A key that is made for an app as it is then. It may leave an answer to be repeated.
pub(crate) type AppKey =
    Box<dyn FnOnce(&AppRecord) -> std::result::Result<(KeyRecord, Option<CallRecord>), AppRefusal> + Send>;

/// Developer apps, the products they subscribe to, and who may decide about it.
#[async_trait]
pub(crate) trait AppStore: Send + Sync {
    /// The role of an account: the one it was given, else developer. A sample account is administrator for as long as
    /// there is no other account.
    async fn role(&self, account: &str) -> Result<Role>;
    /// Gives the account of an address a role; false if there is none.
    async fn set_role(&self, email: &str, role: Role) -> Result<bool>;
    /// Every product, in the order in which they are offered.
    async fn products(&self) -> Result<Vec<ProductRecord>>;
    /// Adds products; one whose id is there becomes what is said now.
    async fn add_products(&self, products: Vec<ProductRecord>) -> Result<()>;
    /// Apps of an account, newest first, `limit` of them beginning after `before`.
    async fn apps(&self, account: &str, before: Option<i64>, limit: u32) -> Result<Vec<AppRecord>>;
    /// One app of an account.
    async fn app(&self, account: &str, id: &str) -> Result<Option<AppRecord>>;
    /// Adds an app, unless its owner has `most` already or one of its name, or waits for too many decisions.
    async fn add_app(&self, app: AppRecord, most: u32) -> Result<std::result::Result<AppRecord, AppRefusal>>;
    /// Changes an app of an account; what its keys may do changes with it. Refused as at [`Self::add_app`].
    async fn change_app(
        &self,
        account: &str,
        id: &str,
        change: AppChange,
    ) -> Result<std::result::Result<AppRecord, AppRefusal>>;
    /// Deletes an app of an account, revokes its keys and withdraws what it asks for; tells the keys that were not
    /// revoked before, and nothing if there was no such app.
    async fn delete_app(&self, account: &str, id: &str, now: Timestamp) -> Result<Option<Vec<String>>>;
    /// Adds a key of an app, unless the app has `most` that are not revoked.
    async fn add_app_key(
        &self,
        account: &str,
        app: &str,
        most: u32,
        key: AppKey,
    ) -> Result<std::result::Result<KeyRecord, AppRefusal>>;
    /// What is approved for an app, subscription by subscription.
    async fn terms(&self, app: &str) -> Result<Vec<Terms>>;
    /// What waits for a decision, the longest waiting first, `limit` of it beginning after `after`.
    async fn asks(&self, after: Option<i64>, limit: u32) -> Result<Vec<Ask>>;
    /// Decides about a subscription; the keys of its app follow. One that is approved takes the place of what was
    /// approved of the product before.
    async fn decide(&self, id: &str, decision: Decision) -> Result<std::result::Result<Ask, AppRefusal>>;
}
