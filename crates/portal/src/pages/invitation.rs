//! The page behind the link of an invitation: it asks, and only the answer changes something.
//!
//! To whoever is not signed in with the address that was invited, an invitation that is good looks like one that is
//! not.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use keystow_portal_api::errors::code;
use maud::html;
use serde::Deserialize;

use super::{
    failed, form_token, layout::Page, message, see_other, sign_in::with_cookies, signed_in_as, text::Text,
};
use crate::{
    accounts::Browser,
    app::App,
    audit,
    private::Private,
    storage::{AccountRecord, TeamRefusal},
    teams::{INVITATION_LIMITS, Invited, TeamRole, invitation_hash, is_invitation_token},
};

/// The form of the page.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    form: String,
    token: Private,
    answer: String,
}

/// Asks who is signed in whether they want to join.
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    if !is_invitation_token(&token) {
        return useless(&app, &headers, None);
    }
    let browser = Browser::read(&app, &headers);
    let account = match browser.account(&app).await {
        Ok(Some(account)) => account,
        Ok(None) => return see_other(&format!("/sign-in?next={}", place(&token))),
        Err(error) => return failed(&app, &headers, error.into()),
    };
    let hash = invitation_hash(&app.pepper, &token);
    match app.storage.invited(&hash, &account.email, app.clock.now()).await {
        Ok(Some(invited)) => show(&app, &headers, &browser, &account, &invited, &token),
        Ok(None) => useless(&app, &headers, Some((&account, &token))),
        Err(error) => failed(&app, &headers, error.into()),
    }
}

/// Does what the person answered.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(fields): Form<Answer>,
) -> Response {
    let browser = Browser::read(&app, &headers);
    if !is_invitation_token(&fields.token) {
        return useless(&app, &headers, None);
    }
    let account = match browser.account(&app).await {
        Ok(Some(account)) if browser.gave(&app, &fields.form) => account,
        // Asks once more rather than guessing.
        Ok(_) => {
            audit::refused(code::PERMISSION_DENIED);
            return see_other(&place(&fields.token));
        }
        Err(error) => return failed(&app, &headers, error.into()),
    };
    let accepts = match fields.answer.as_str() {
        "accept" => true,
        "decline" => false,
        _ => {
            audit::refused(code::INVALID_REQUEST);
            return see_other(&place(&fields.token));
        }
    };
    audit::by(&account.id, "");
    let hash = invitation_hash(&app.pepper, &fields.token);
    let now = app.clock.now();
    let team = match app.storage.answer(&hash, &account.id, accepts, INVITATION_LIMITS, now).await {
        Ok(Ok(team)) => team,
        Ok(Err(TeamRefusal::TeamFull | TeamRefusal::TooManyTeams)) => {
            let text = Text::of(&headers);
            return message(&app, &headers, StatusCode::CONFLICT, text.failed, text.no_room_lead);
        }
        Ok(Err(_)) => return useless(&app, &headers, Some((&account, &fields.token))),
        Err(error) => return failed(&app, &headers, error.into()),
    };
    let text = Text::of(&headers);
    let said = if accepts {
        message(&app, &headers, StatusCode::OK, &text.joined.replace("{team}", &team), text.joined_lead)
    } else {
        message(&app, &headers, StatusCode::OK, text.declined, text.declined_lead)
    };
    // What was answered stands, even if the session that was begun for it cannot be ended.
    let cookie = browser.leave_after(&app, &place(&fields.token)).await.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a session could not be ended");
        None
    });
    with_cookies(said, cookie)
}

/// Whether a place is the page of an invitation.
pub(super) fn is_place(place: &str) -> bool {
    place.strip_prefix("/invitation/").is_some_and(is_invitation_token)
}

fn place(token: &str) -> String {
    format!("/invitation/{token}")
}

fn show(
    app: &App,
    headers: &HeaderMap,
    browser: &Browser,
    account: &AccountRecord,
    invited: &Invited,
    token: &str,
) -> Response {
    let text = Text::of(headers);
    let title = text.join_title.replace("{team}", &invited.team_name);
    let heading = title.clone();
    let page = Page { app, text, browser, status: StatusCode::OK, title, leads_to: None };
    let rights = if invited.role == TeamRole::Admin { text.admin_rights } else { text.member_rights };
    page.show(&html! {
        h1 { (heading) }
        p { (text.invited_by) " " @if !invited.by_name.is_empty() { bdi { (invited.by_name) } " · " } bdi dir="ltr" { (invited.by_email) } }
        p { (text.join_lead) }
        ul.scopes { li { span { b dir="auto" { (rights) } bdi dir="ltr" { (invited.role.word()) } } } }
        p.hint { (text.unchecked) }
        form method="post" action="/invitation" {
            (form_token(&page))
            input type="hidden" name="token" value=(token);
            div.choice {
                button type="submit" name="answer" value="decline" { (text.decline) }
                button.primary type="submit" name="answer" value="accept" { (text.join) }
            }
        }
        (signed_in_as(&page, &account.email, &place(token)))
    })
}

/// What everybody sees of an invitation that is not good for them, whatever the reason.
fn useless(app: &App, headers: &HeaderMap, who: Option<(&AccountRecord, &str)>) -> Response {
    let (text, browser) = (Text::of(headers), Browser::read(app, headers));
    let title = text.no_invitation.to_owned();
    let page = Page { app, text, browser: &browser, status: StatusCode::NOT_FOUND, title, leads_to: None };
    page.show(&html! {
        h1 { (text.no_invitation) }
        p { (text.no_invitation_lead) }
        @if let Some((account, token)) = who { (signed_in_as(&page, &account.email, &place(token))) }
    })
}
