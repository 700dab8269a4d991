//! The metered sample API: a small public catalogue behind `x-api-key` or an access token, and its stream behind an
//! access token alone.

use serde::{Deserialize, Serialize};

use crate::lenient::{is_default, number, or_default};

/// One thing of the catalogue: `GET /v1/catalog/items/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Item {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// What it is called.
    #[serde(deserialize_with = "or_default")]
    pub title: String,
    /// What kind of thing it is.
    #[serde(deserialize_with = "or_default")]
    pub kind: String,
    /// The year it was made.
    #[serde(deserialize_with = "number")]
    pub year: u32,
}

/// A page of the catalogue: `GET /v1/catalog/items?page_size&page_token`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListItemsReply {
    /// The things of the page.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}

/// One thing of the catalogue, acquired for listening: `GET /v1/stream/items/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct StreamReply {
    /// What was acquired.
    #[serde(deserialize_with = "or_default")]
    pub item: Item,
    /// Until when it is; whoever comes again before pays nothing. RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub expires_at: String,
    /// Whether it was acquired before, so that this call is not billable.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    pub repeated: bool,
}
