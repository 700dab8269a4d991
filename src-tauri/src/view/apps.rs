//! Developer apps, products and approval, as the window sees them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CommandError;
use crate::view::KeyRowView;

/// The apps of the current account.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AppsView {
    /// The apps, the newest first.
    pub apps: Vec<DeveloperAppView>,
    /// What apps can subscribe to.
    pub products: Vec<ProductView>,
    /// What waits for a decision of whoever is signed in, the longest waiting first.
    pub asks: Vec<AskView>,
    /// Whether whoever is signed in decides what others ask for.
    pub decides: bool,
    /// When the portal last told all of it.
    pub read_at: Option<i64>,
    /// Whether it is being asked now.
    pub reading: bool,
    /// Why it could not be asked the last time; what is shown is then older.
    pub error: Option<CommandError>,
    /// Why nothing can be changed; absent if it can.
    pub writes_off: Option<CommandError>,
}

/// An app of a developer.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct DeveloperAppView {
    /// The portal's id.
    pub id: String,
    /// Its name, safe to show.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where a sign-in may come back to.
    pub callback_urls: Vec<String>,
    /// What its owner noted.
    pub attributes: Vec<AttributeView>,
    /// How far it is.
    pub status: AppStatusView,
    /// Why an administrator suspended it, in their words.
    pub suspended_for: Option<String>,
    /// The portal's word for it where it is not known to this app.
    pub word: Option<String>,
    /// What it subscribes to; a product may stand there twice.
    pub subscriptions: Vec<SubscriptionView>,
    /// How many keys it has that were not revoked.
    pub keys: u32,
    /// How many of its subscriptions wait for somebody.
    pub waiting: u32,
    /// What a new key of it can be given.
    pub key_scopes: Vec<String>,
    /// Whose it is; the name of its team if it is a team's.
    pub owner: Option<String>,
    /// The team it belongs to.
    pub team: Option<String>,
    /// Why it and its keys cannot be changed or ended, although other apps can: the role in its team.
    pub manage_off: Option<CommandError>,
    /// When it was made.
    pub created_at: Option<i64>,
    /// When it was last changed.
    pub changed_at: Option<i64>,
}

/// A name and a value that the owner of an app noted.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttributeView {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// How far an app is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum AppStatusView {
    /// Its keys are accepted, for what was approved.
    Active,
    /// Nothing of it is approved yet.
    Pending,
    /// Everything it asked for was refused.
    Rejected,
    /// Somebody switched it off.
    Suspended,
    /// A word this app does not know.
    Unknown,
}

/// An app's subscription to a product.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionView {
    /// The portal's id.
    pub id: String,
    /// The product.
    pub product: String,
    /// What the product is called.
    pub product_name: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// How far it is.
    pub state: SubscriptionStateView,
    /// What it is wanted for.
    pub justification: String,
    /// Why it was refused, in the words of whoever refused it.
    pub reason: Option<String>,
    /// When it was asked for.
    pub asked_at: Option<i64>,
    /// When it was decided.
    pub decided_at: Option<i64>,
}

/// How far a subscription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum SubscriptionStateView {
    /// In force.
    Approved,
    /// Waits for an administrator.
    Pending,
    /// Refused.
    Rejected,
    /// A word this app does not know.
    Unknown,
}

/// Something that an app can subscribe to.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ProductView {
    /// The portal's id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it is good for.
    pub description: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// Which of its scopes somebody must approve, where that depends on the scopes.
    pub elevated: Vec<String>,
    /// Billable calls a month and key.
    pub quota: Option<i64>,
    /// Calls a minute and key.
    pub rate_limit: Option<i64>,
    /// The name of its tier.
    pub tier: Option<String>,
    /// How a subscription to it is approved.
    pub approval: ApprovalRuleView,
}

/// How subscriptions to a product are approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum ApprovalRuleView {
    /// At once.
    Auto,
    /// By an administrator.
    Manual,
    /// By an administrator if an elevated scope is asked for.
    Conditional,
}

/// A subscription that waits for a decision.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AskView {
    /// The subscription.
    pub subscription: SubscriptionView,
    /// The app that asks.
    pub app_name: String,
    /// The name of whoever asks, as they told it.
    pub person: Option<String>,
    /// Their address, as they told it.
    pub email: Option<String>,
}

/// One app with its keys.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AppDetailsView {
    /// The app.
    pub app: DeveloperAppView,
    /// Its keys that were not revoked, the newest first.
    pub keys: Vec<KeyRowView>,
    /// How many keys it has that the list does not know yet.
    pub unlisted: u32,
}

/// What an app shall be.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppInput {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where a sign-in may come back to.
    pub callback_urls: Vec<String>,
    /// What its owner notes.
    pub attributes: Vec<AttributeView>,
    /// All that it subscribes to.
    pub products: Vec<ProductInput>,
    /// The team it shall belong to, for a new one.
    pub team: Option<String>,
}

/// A product that an app shall subscribe to.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductInput {
    /// The product.
    pub product: String,
    /// What is wanted of it.
    pub scopes: Vec<String>,
    /// What it is wanted for; may be empty where nobody has to approve it.
    pub justification: String,
}

/// An app that is gone.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct DeletedAppView {
    /// What it was called.
    pub name: String,
    /// How many keys were revoked with it.
    pub keys: u32,
    /// Whether somebody had deleted it before.
    pub already: bool,
}

/// What an app was used for: all its keys together.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AppFiguresView {
    /// From when they count.
    pub from: i64,
    /// Up to when they are complete.
    pub complete_until: Option<i64>,
    /// All calls.
    pub messages: i64,
    /// Calls answered 4xx or 5xx, without 429.
    pub errors: i64,
    /// Calls answered 429.
    pub throttled: i64,
    /// How long answers took; absent where none was measured.
    pub response: Option<ResponseView>,
    /// Whether there are no numbers for part of the time.
    pub gaps: bool,
}

/// How long answers took, in microseconds.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ResponseView {
    /// The fastest.
    pub least: u32,
    /// The mean.
    pub mean: u32,
    /// The slowest.
    pub most: u32,
}
