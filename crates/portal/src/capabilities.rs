//! What this portal offers beyond the plain contract.

use std::sync::Arc;

use axum::{Extension, Json, extract::State};
use keystow_portal_api::{
    capabilities::{Capabilities, Expiry, GatewayCapability, Grace, Replay, UsageCapabilities, extension},
    errors::ErrorReply,
};

use crate::{
    app::App,
    apps::Role,
    caller::Caller,
    gateway,
    keys::{self, changes::LEAST_GRACE, replay},
    reply::ApiError,
    usage,
};

/// Tells what this portal offers beyond the plain contract. *Extended.*
#[utoipa::path(
    operation_id = "capabilities", get, path = "/v1/developer/capabilities", tag = "DeveloperService",
    responses((status = 200, body = Capabilities), (status = 401, body = ErrorReply), (status = 404, description = "a plain portal"))
)]
pub(crate) async fn capabilities(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Capabilities>, ApiError> {
    let role = app.storage.role(caller.account()).await?;
    use extension::{
        ADMIN, APPS, AUDIT, BILLING, CLIENT_CREDENTIALS, END_GRACE, ENVIRONMENT, EXPIRY, GRACE, ME,
        OAUTH_CLIENTS, PREVIOUS_SECRETS, QUOTA, REPLAY, STREAM, TEAMS, USAGE,
    };
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    Ok(Json(Capabilities {
        portal: app.name.clone(),
        extensions: words(&[
            ENVIRONMENT,
            EXPIRY,
            PREVIOUS_SECRETS,
            GRACE,
            END_GRACE,
            REPLAY,
            USAGE,
            QUOTA,
            ME,
            APPS,
            TEAMS,
            AUDIT,
            OAUTH_CLIENTS,
            CLIENT_CREDENTIALS,
            STREAM,
            BILLING,
            ADMIN,
        ]),
        grace: Grace {
            decided_by: "client".into(),
            min_seconds: LEAST_GRACE.as_secs(),
            max_seconds: app.most_grace().as_secs(),
            default_seconds: app.grace.as_secs(),
            reported: true,
            end_early: true,
            second_rotation: "keeps_all".into(),
        },
        retrievable: false,
        environments: words(&keys::ENVIRONMENTS),
        scopes: words(&keys::SCOPES),
        expiry: Expiry { supported: true, max_days: 0 },
        replay: Replay { header: replay::HEADER.into(), window_seconds: replay::WINDOW.as_secs() },
        usage: UsageCapabilities {
            resolutions: words(&["hour", "day", "month"]),
            group_by: words(&["none", "secret", "key", "status"]),
            retention_days: usage::RETENTION_DAYS,
        },
        quota: true,
        gateway: Some(GatewayCapability {
            url: format!("{}/v1/catalog/items", app.base),
            header: "x-api-key".into(),
            stream: format!("{}/v1/stream/items/{}", app.base, gateway::FIRST),
        }),
        roles: [Role::Admin, Role::Developer, Role::ReadOnly].map(|role| role.word().to_owned()).into(),
        role: role.word().into(),
    }))
}
