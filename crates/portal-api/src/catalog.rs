//! The metered sample API: a small public catalogue behind `x-api-key`.

use serde::{Deserialize, Serialize};

use crate::lenient::{number, or_default};

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
