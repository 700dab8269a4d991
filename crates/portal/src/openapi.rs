//! The contract as an OpenAPI 3.1 document, made from the handlers.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use axum::{
    Router,
    http::{Method, header},
    routing::get,
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type,
        path::{Operation, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    admin, app::App, apps, audit, billing, capabilities, clients, gateway, keys, oauth, quota, teams, usage,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Keystow reference portal",
        description = "DeveloperService and AuthService v1, and what the reference portal adds to them. Additions are marked *extended*; a plain portal answers 404 on their paths and leaves their fields out. Fields that are empty or zero are absent. Every answer carries X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset (Unix seconds), and in X-Request-Id the name under which the log knows the call.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        keys::calls::list, keys::changes::create, keys::calls::get, keys::calls::update, keys::changes::rotate,
        keys::calls::revoke, keys::calls::end_grace, keys::calls::me, capabilities::capabilities,
        apps::calls::products, apps::calls::list, apps::calls::create, apps::calls::get, apps::calls::update,
        apps::calls::delete, apps::approvals::list, apps::approvals::approve, apps::approvals::reject,
        teams::calls::create, teams::calls::list, teams::calls::get, teams::calls::update, teams::calls::delete,
        teams::members::update_member, teams::members::remove_member, teams::members::leave_team,
        teams::members::hand_over_team, teams::invitations::invite, teams::invitations::list_invitations,
        teams::invitations::withdraw_invitation, audit::calls::list, audit::calls::export,
        admin::suspensions::preview, admin::suspensions::suspend, admin::suspensions::list, admin::suspensions::get,
        admin::suspensions::go_on, admin::suspensions::resume, admin::reports::report,
        admin::reports::export_report, admin::reports::app_data, admin::reports::export_app_data,
        clients::calls::list, clients::changes::create, clients::calls::get, clients::calls::update,
        clients::calls::delete, clients::changes::rotate, clients::calls::end_grace, clients::calls::add_key,
        clients::calls::end_key,
        usage::usage, quota::quota, billing::billing, gateway::items, gateway::item, gateway::stream::acquire,
        oauth::wire::exchange, oauth::wire::refresh, oauth::wire::revoke,
        oauth::token::token_form, oauth::token::revoke_form, oauth::metadata::metadata,
    ),
    modifiers(&Credentials, &Everywhere),
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

/// What every call may be refused for, besides what it says itself, and what every answer tells.
struct Everywhere;

/// Refusals of every call, each with the reason it is told for.
const ALWAYS: [(&str, &str); 3] = [
    ("429", "too many calls; wait until X-RateLimit-Reset"),
    ("500", "the portal failed"),
    ("503", "the portal cannot do this just now"),
];
/// Refusals of every call of DeveloperService.
const OF_DEVELOPERS: [(&str, &str); 2] = [
    ("400", "the request cannot be understood, or carries no or two credentials"),
    ("401", "the access token is unknown or has ended"),
];
/// Refusals of every call of DeveloperService that changes something.
const OF_CHANGES: [(&str, &str); 1] = [("403", "the caller may only look")];
/// Refusals of every call that has a body.
const OF_BODIES: [(&str, &str); 2] =
    [("408", "the body took too long to arrive"), ("413", "the body is too large")];
/// What every answer tells in its headers, unless the portal failed.
const COUNTS: [(&str, &str); 3] = [
    ("X-RateLimit-Limit", "calls that may be made in the window"),
    ("X-RateLimit-Remaining", "calls that are left of them"),
    ("X-RateLimit-Reset", "when the window ends, in Unix seconds"),
];

impl Modify for Everywhere {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let PathItem { get, post, patch, delete, put, .. } = item;
            let is_developers = path.starts_with("/v1/developer/");
            for operation in [&mut *post, &mut *patch, &mut *delete, &mut *put].into_iter().flatten() {
                if is_developers {
                    refuse(operation, &OF_CHANGES);
                }
                refuse(operation, &OF_BODIES);
            }
            for operation in [get, post, patch, delete, put].into_iter().flatten() {
                if is_developers {
                    refuse(operation, &OF_DEVELOPERS);
                }
                refuse(operation, &ALWAYS);
                count(operation);
            }
        }
    }
}

/// Adds refusals that the call does not describe by itself.
fn refuse(operation: &mut Operation, refusals: &[(&str, &str)]) {
    let told: &mut BTreeMap<String, RefOr<Response>> = &mut operation.responses.responses;
    for (status, why) in refusals {
        told.entry((*status).to_owned()).or_insert_with(|| {
            let words = Content::new(Some(Ref::from_schema_name("ErrorReply")));
            ResponseBuilder::new().description(*why).content("application/json", words).build().into()
        });
    }
}

/// Adds the headers that tell what is left.
fn count(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if status.starts_with('5') {
            continue;
        }
        for (name, meaning) in COUNTS {
            let whole = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
            let header = HeaderBuilder::new().schema(Some(whole)).description(Some(meaning)).build();
            response.headers.insert(name.to_owned(), RefOr::T(header));
        }
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

/// The name of every call that changes something, by its method and path.
pub(crate) fn operations() -> HashMap<(Method, String), String> {
    let mut names = HashMap::new();
    for (path, item) in Contract::openapi().paths.paths {
        let PathItem { post, put, patch, delete, .. } = item;
        let methods =
            [(Method::POST, post), (Method::PUT, put), (Method::PATCH, patch), (Method::DELETE, delete)];
        for (method, operation) in methods {
            if let Some(name) = operation.and_then(|operation| operation.operation_id) {
                names.insert((method, path.clone()), name);
            }
        }
    }
    names
}

/// The path under which a portal tells its contract.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/openapi.json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], document()) }))
}
