//! The page that asks whether an app may use the account, and what follows the answer.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use keystow_portal_api::errors::code;
use maud::{Markup, html};
use serde::Deserialize;
use url::Url;

use super::{
    failed, form_token, layout::Page, message, see_other, sign_in::with_cookies, signed_in_as, text::Text,
};
use crate::{
    accounts::Browser,
    app::App,
    audit,
    oauth::{self, Asked, Authorization, AuthorizeParams},
    storage::AccountRecord,
};

/// The form of the page: the request as it was, and the answer.
#[derive(Deserialize)]
pub(super) struct Decision {
    #[serde(default)]
    form: String,
    #[serde(default)]
    decision: String,
    #[serde(flatten)]
    params: AuthorizeParams,
}

/// Where an app sends the browser (RFC 6749 §4.1.1).
pub(super) async fn authorize(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Result<Query<AuthorizeParams>, QueryRejection>,
) -> Response {
    // A parameter that comes twice is refused with the rest (RFC 6749 §3.1).
    let Ok(Query(params)) = params else { return unknown(&app, &headers) };
    let browser = Browser::read(&app, &headers);
    let account = match browser.account(&app).await {
        Ok(account) => account,
        Err(error) => return failed(&app, &headers, error.into()),
    };
    match oauth::asked(&app, &params).await {
        Ok(Asked::Unknown) => unknown(&app, &headers),
        Ok(Asked::GoBack(place)) => see_other(&place),
        Ok(Asked::Consent(asked)) => match account {
            Some(account) => show(&app, &headers, &browser, &account, &asked, &params),
            None => see_other(&format!("/sign-in?{}", query(&[("next", &request(&params))]))),
        },
        Err(error) => failed(&app, &headers, error),
    }
}

/// Does what the person decided.
pub(super) async fn decide(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(decision): Form<Decision>,
) -> Response {
    let browser = Browser::read(&app, &headers);
    let params = decision.params;
    let account = match browser.account(&app).await {
        Ok(Some(account)) if browser.gave(&app, &decision.form) => account,
        // Asks once more rather than guessing.
        Ok(_) => {
            audit::refused(code::PERMISSION_DENIED);
            return see_other(&request(&params));
        }
        Err(error) => return failed(&app, &headers, error.into()),
    };
    let asked = match oauth::asked(&app, &params).await {
        Ok(Asked::Consent(asked)) => asked,
        Ok(Asked::GoBack(place)) => {
            audit::refused(code::INVALID_REQUEST);
            return see_other(&place);
        }
        Ok(Asked::Unknown) => return unknown(&app, &headers),
        Err(error) => return failed(&app, &headers, error),
    };
    audit::by(&account.id, &asked.client.id);
    audit::about_client(&asked.client.id, &asked.client.name, &account.id);
    if decision.decision != "allow" {
        audit::refused("access_denied");
        return see_other(&oauth::deny(&app, &params));
    }
    let place = match oauth::allow(&app, &account.id, *asked, &params).await {
        Ok(place) => place,
        Err(error) => return failed(&app, &headers, error),
    };
    // What was allowed stands, so the app gets its code even if the session cannot be ended.
    let cookie = browser.leave_after(&app, &request(&params)).await.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a session could not be ended");
        None
    });
    with_cookies(see_other(&place), cookie)
}

fn show(
    app: &App,
    headers: &HeaderMap,
    browser: &Browser,
    account: &AccountRecord,
    asked: &Authorization,
    params: &AuthorizeParams,
) -> Response {
    let text = Text::of(headers);
    let leads_to = Url::parse(&asked.redirect_uri).ok().map(|url| url.origin().ascii_serialization());
    let title = text.allow_title.replace("{app}", &asked.client.name);
    let heading = title.clone();
    let page = Page { app, text, browser, status: StatusCode::OK, title, leads_to };
    page.show(&html! {
        h1 { (heading) }
        @if let Some(of) = &asked.client.registered { p { (text.registered_by) " " bdi { (of.owner) } } }
        p { (text.allow_lead.replace("{app}", &asked.client.name)) }
        ul.scopes { @for scope in &asked.scopes { li { span { b dir="auto" { (text.scope(scope)) } bdi dir="ltr" { (scope) } } } } }
        @if let Some(place) = &page.leads_to { p.hint { (text.goes_to) " " bdi dir="ltr" { (place) } } }
        form method="post" action="/consent" {
            (form_token(&page))
            (hidden(params))
            div.choice {
                button type="submit" name="decision" value="deny" { (text.deny) }
                button.primary type="submit" name="decision" value="allow" { (text.allow) }
            }
        }
        (signed_in_as(&page, &account.email, &request(params)))
    })
}

/// The request once more, as fields of a form.
fn hidden(params: &AuthorizeParams) -> Markup {
    html! { @for (name, value) in pairs(params) { input type="hidden" name=(name) value=(value); } }
}

/// The request once more, as an address of the portal.
fn request(params: &AuthorizeParams) -> String {
    format!("/v1/auth/authorize?{}", query(&pairs(params)))
}

fn pairs(params: &AuthorizeParams) -> [(&'static str, &str); 7] {
    [
        ("client_id", &params.client_id),
        ("redirect_uri", &params.redirect_uri),
        ("response_type", &params.response_type),
        ("scope", &params.scope),
        ("state", &params.state),
        ("code_challenge", &params.code_challenge),
        ("code_challenge_method", &params.code_challenge_method),
    ]
}

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn unknown(app: &App, headers: &HeaderMap) -> Response {
    let text = Text::of(headers);
    message(app, headers, StatusCode::BAD_REQUEST, text.unknown_app, text.unknown_app_lead)
}
