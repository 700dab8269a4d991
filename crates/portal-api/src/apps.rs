//! Developer apps, the products they subscribe to, and the approval of subscriptions (*extended*).
//!
//! Products: `GET /v1/developer/products`. Apps: `/v1/developer/apps` and `/v1/developer/apps/{id}`. Approval, for
//! administrators: `GET /v1/developer/approvals` and `POST /v1/developer/approvals/{id}/approve` or `/reject`.

use serde::{Deserialize, Serialize};

use crate::lenient::{is_default, number, or_default};

/// Something that an app can subscribe to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Product {
    /// The product's id.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What it is called.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is good for.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it allows.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Which of its scopes somebody must approve where `approval` is `conditional`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub elevated_scopes: Vec<String>,
    /// Billable calls a month and key.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub quota: u64,
    /// Calls a minute and key.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub rate_limit: u64,
    /// The name of its tier.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub tier: String,
    /// `auto`, `manual` or `conditional`; an open set, see [`approval`].
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub approval: String,
}

/// The words of [`Product::approval`].
pub mod approval {
    /// Every subscription is approved at once.
    pub const AUTO: &str = "auto";
    /// Every subscription waits for an administrator.
    pub const MANUAL: &str = "manual";
    /// A subscription waits for an administrator if it asks for one of the elevated scopes.
    pub const CONDITIONAL: &str = "conditional";
}

/// Every product: `GET /v1/developer/products`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListProductsReply {
    /// The products in the order in which the portal offers them.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Product>,
}

/// A developer app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct DeveloperApp {
    /// The app's id.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its name, unique among the apps of its owner.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where a sign-in may come back to.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub callback_urls: Vec<String>,
    /// What else was noted about it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// One of the words of [`app_status`]; an open set.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// Why an administrator suspended it, in their words; absent if none did.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub suspended_for: String,
    /// What it subscribes to. A product may stand there twice: first what is asked for, then what is approved until
    /// that is decided.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Subscription>,
    /// The ids of its keys that were not revoked, newest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub key_ids: Vec<String>,
    /// The ids of its OAuth clients, newest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub client_ids: Vec<String>,
    /// Whose it is.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The team it belongs to, which `owner` names then; absent for a person's.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub team_id: String,
    /// When it was made, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub created_at: String,
    /// When it was last changed, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub updated_at: String,
}

/// The words of [`DeveloperApp::status`].
pub mod app_status {
    /// Its keys are accepted, for what was approved.
    pub const ACTIVE: &str = "active";
    /// Nothing of it is approved yet: something waits, or it asks for nothing.
    pub const PENDING: &str = "pending";
    /// Everything it asked for was refused.
    pub const REJECTED: &str = "rejected";
    /// An administrator switched it off.
    pub const SUSPENDED: &str = "suspended";
}

/// A name and a value that the owner of an app noted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Attribute {
    /// The name, unique within the app.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The value.
    #[serde(deserialize_with = "or_default")]
    pub value: String,
}

/// An app's subscription to a product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Subscription {
    /// The subscription's id; one that is asked for again has another.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The product.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub product_id: String,
    /// What is asked for of what the product allows.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// One of the words of [`subscription_state`]; an open set.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// What it is wanted for, in the words of the developer.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub justification: String,
    /// Why it was rejected, in the words of the administrator.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When it was asked for, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub asked_at: String,
    /// When it was decided, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub decided_at: String,
}

/// The words of [`Subscription::state`].
pub mod subscription_state {
    /// It is in force.
    pub const APPROVED: &str = "approved";
    /// It waits for an administrator.
    pub const PENDING: &str = "pending";
    /// An administrator refused it.
    pub const REJECTED: &str = "rejected";
}

/// A page of apps: `GET /v1/developer/apps?page_size&page_token`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListAppsReply {
    /// The apps of the page, newest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<DeveloperApp>,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}

/// The answer of the calls about one app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct AppReply {
    /// The app as it is now.
    #[serde(deserialize_with = "or_default")]
    pub app: DeveloperApp,
}

/// The answer of `DELETE /v1/developer/apps/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct AppDeletedReply {
    /// The ids of the keys that were revoked with it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub revoked_key_ids: Vec<String>,
    /// The ids of the OAuth clients that were deleted with it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub deleted_client_ids: Vec<String>,
}

/// What an app shall be: `POST /v1/developer/apps`, and `PATCH /v1/developer/apps/{id}`, where an absent field stays
/// as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct AppRequest {
    /// Its name, 1 to 100 characters, unique among the apps of its owner; required for a new one.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is, at most 1,000 characters.
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where a sign-in may come back to: https anywhere or http on a loopback address, exact, at most ten.
    #[cfg_attr(feature = "openapi", schema(max_items = 10))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_urls: Option<Vec<String>>,
    /// What else is to be noted, at most 18.
    #[cfg_attr(feature = "openapi", schema(max_items = 18))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<AttributeWish>>,
    /// The team it shall belong to, of which the caller is an owner or an admin; absent for the caller's own. For a new
    /// one only: an app stays whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<String>,
    /// Everything it shall subscribe to. What it subscribes to already and is asked for as before stays as it is;
    /// what is left out is withdrawn, also of the scopes of a product. What is approved stays in force while what is
    /// asked for beyond it waits, and if that is rejected; the product then has two subscriptions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products: Option<Vec<SubscriptionWish>>,
}

/// An attribute that an app shall have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct AttributeWish {
    /// The name, 1 to 64 characters.
    #[cfg_attr(feature = "openapi", schema(required, min_length = 1, max_length = 64))]
    pub name: String,
    /// The value, at most 256 characters.
    #[cfg_attr(feature = "openapi", schema(max_length = 256))]
    pub value: String,
}

/// A product that an app shall subscribe to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct SubscriptionWish {
    /// The product.
    #[cfg_attr(feature = "openapi", schema(required, min_length = 1))]
    pub product_id: String,
    /// What is wanted of what it allows; everything if left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What it is wanted for; required where somebody must approve it. With one, what was rejected is asked for again.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub justification: String,
}

/// A subscription that waits for an administrator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Approval {
    /// The subscription.
    #[serde(deserialize_with = "or_default")]
    pub subscription: Subscription,
    /// What the product is called.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub product_name: String,
    /// The app that asks.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub app_id: String,
    /// What the app is called.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub app_name: String,
    /// The team the app belongs to; absent for a person's. Then its first owner is told as who asks.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub team_id: String,
    /// What the team is called.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub team_name: String,
    /// Who asks, for people to read: a name and an address as they were given. Neither is proven; a name may hold what
    /// looks like an address, so compare `developerEmail`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub developer: String,
    /// The name they registered with, if any; anybody can take any.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub developer_name: String,
    /// The address they sign in with. It is not proven when an account is registered.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub developer_email: String,
}

/// A page of the queue: `GET /v1/developer/approvals?page_size&page_token`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListApprovalsReply {
    /// What waits, the longest waiting first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}

/// An approval, which needs no words: `POST /v1/developer/approvals/{id}/approve`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ApproveRequest {}

/// A refusal: `POST /v1/developer/approvals/{id}/reject`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RejectRequest {
    /// Why, told to the developer: 1 to 500 characters.
    #[cfg_attr(feature = "openapi", schema(required, min_length = 1, max_length = 500))]
    pub reason: String,
}

/// The answer to a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct DecisionReply {
    /// The subscription as it is now.
    #[serde(deserialize_with = "or_default")]
    pub subscription: Subscription,
}
