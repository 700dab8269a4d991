//! The contract as an OpenAPI 3.1 document, made from the handlers.

use std::sync::Arc;

use axum::{Router, http::header, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{app::App, capabilities, gateway, keys, oauth, quota, usage};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Keystow reference portal",
        description = "DeveloperService and AuthService v1, and what the reference portal adds to them. Additions are marked *extended*; a plain portal answers 404 on their paths and leaves their fields out. Fields that are empty or zero are absent. Every answer carries X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset (Unix seconds).",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        keys::calls::list, keys::changes::create, keys::calls::get, keys::calls::update, keys::changes::rotate,
        keys::calls::revoke, keys::calls::end_grace, keys::calls::me, capabilities::capabilities,
        usage::usage, quota::quota, gateway::items, gateway::item,
        oauth::wire::exchange, oauth::wire::refresh, oauth::wire::revoke,
        oauth::token::token_form, oauth::token::revoke_form, oauth::metadata::metadata,
    ),
    modifiers(&Credentials),
    security(("accessToken" = []))
)]
struct Contract;

/// What a call identifies itself with.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("accessToken", SecurityScheme::Http(token));
        let key = ApiKey::Header(ApiKeyValue::new("x-api-key"));
        components.add_security_scheme("apiKey", SecurityScheme::ApiKey(key));
    }
}

/// The document as pretty JSON with a line break at its end, as it is committed.
///
/// # Panics
///
/// Never: the document holds texts and numbers only.
pub fn document() -> String {
    let mut text = Contract::openapi().to_pretty_json().expect("texts and numbers can be written");
    text.push('\n');
    text
}

/// The path under which a portal tells its contract.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/openapi.json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], document()) }))
}
