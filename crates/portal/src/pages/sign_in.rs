//! Signing in, registering, signing out.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Extension, Form,
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use keystow_portal_api::errors::code;
use maud::{Markup, html};
use serde::Deserialize;

use super::{failed, form_token, invitation, layout::Page, see_other, text::Text};
use crate::{
    accounts::{self, Browser, LONGEST_PASSWORD, Registration, SHORTEST_PASSWORD, Trouble},
    app::App,
    audit,
    private::Private,
    storage::AccountRecord,
};

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    #[serde(default)]
    next: String,
}

/// The fields of the forms of this file.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    form: String,
    next: String,
    email: String,
    name: String,
    password: Private,
    repeated: Private,
}

/// What a form shows again after something was wrong.
#[derive(Default)]
struct Shown<'a> {
    next: &'a str,
    email: &'a str,
    name: &'a str,
    trouble: Option<Trouble>,
}

/// The page to sign in.
pub(super) async fn sign_in_page(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(onward): Query<Onward>,
) -> Response {
    show_sign_in(&app, &headers, &Shown { next: safe(&onward.next), ..Shown::default() })
}

/// Signs in.
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let browser = Browser::read(&app, &headers);
    let next = safe(&fields.next);
    let again = |trouble| {
        show_sign_in(&app, &headers, &Shown { next, email: &fields.email, trouble: Some(trouble), name: "" })
    };
    if !browser.gave(&app, &fields.form) {
        return again(Trouble::Form);
    }
    match accounts::sign_in(&app, &browser, Some(peer.ip()), &fields.email, &fields.password).await {
        Ok(Ok(account)) => go_on(&app, &headers, &browser, &account, next).await,
        Ok(Err(trouble)) => {
            if trouble == Trouble::Wrong {
                audit::refused(code::UNAUTHENTICATED);
            }
            again(trouble)
        }
        Err(error) => failed(&app, &headers, error),
    }
}

/// The page to register.
pub(super) async fn register_page(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(onward): Query<Onward>,
) -> Response {
    show_register(&app, &headers, &Shown { next: safe(&onward.next), ..Shown::default() })
}

/// Registers and signs in.
pub(super) async fn register(
    State(app): State<Arc<App>>,
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let browser = Browser::read(&app, &headers);
    let next = safe(&fields.next);
    let again = |trouble| {
        let shown = Shown { next, email: &fields.email, name: &fields.name, trouble: Some(trouble) };
        show_register(&app, &headers, &shown)
    };
    if !browser.gave(&app, &fields.form) {
        return again(Trouble::Form);
    }
    let new = Registration {
        email: &fields.email,
        name: &fields.name,
        password: &fields.password,
        repeated: &fields.repeated,
    };
    match accounts::register(&app, new, Some(peer.ip())).await {
        Ok(Ok(account)) => go_on(&app, &headers, &browser, &account, next).await,
        Ok(Err(trouble)) => again(trouble),
        Err(error) => failed(&app, &headers, error),
    }
}

/// Signs out.
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let browser = Browser::read(&app, &headers);
    let next = safe(&fields.next);
    if !browser.gave(&app, &fields.form) {
        audit::refused(code::PERMISSION_DENIED);
        return see_other(next);
    }
    match browser.sign_out(&app).await {
        Ok(cookie) => with_cookies(see_other(next), [cookie]),
        Err(error) => failed(&app, &headers, error.into()),
    }
}

/// Where a form may lead: back to a request for a sign-in or to an invitation, or to the first page.
fn safe(next: &str) -> &str {
    if next.starts_with("/v1/auth/authorize?") || invitation::is_place(next) { next } else { "/" }
}

async fn go_on(
    app: &App,
    headers: &HeaderMap,
    browser: &Browser,
    account: &AccountRecord,
    next: &str,
) -> Response {
    let asked_by = Some(next).filter(|next| *next != "/");
    match browser.sign_in(app, account, asked_by).await {
        Ok(cookies) => with_cookies(see_other(next), cookies),
        Err(error) => failed(app, headers, error.into()),
    }
}

/// An answer that leaves cookies in the browser.
pub(super) fn with_cookies(
    mut response: Response,
    cookies: impl IntoIterator<Item = HeaderValue>,
) -> Response {
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn show_sign_in(app: &App, headers: &HeaderMap, shown: &Shown<'_>) -> Response {
    let (text, browser) = (Text::of(headers), Browser::read(app, headers));
    let title = text.sign_in.to_owned();
    let page = Page { app, text, browser: &browser, status: status(shown.trouble), title, leads_to: None };
    page.show(&html! {
        h1 { (text.sign_in) }
        @if invitation::is_place(shown.next) { p { (text.sign_in_to_answer) } }
        @else if shown.next != "/" { p { (text.sign_in_to_go_on) } }
        (trouble(text, shown.trouble))
        form method="post" action="/sign-in" {
            (form_token(&page))
            input type="hidden" name="next" value=(shown.next);
            label for="email" { (text.email) }
            input id="email" name="email" type="email" dir="ltr" autocomplete="username" required value=(shown.email) autofocus[shown.email.is_empty()];
            label for="password" { (text.password) }
            input id="password" name="password" type="password" dir="ltr" autocomplete="current-password" required autofocus[!shown.email.is_empty()];
            button.primary.wide type="submit" { (text.sign_in) }
        }
        p.foot { (text.no_account) " " a href=(onward("/register", shown.next)) { (text.register) } }
    })
}

fn show_register(app: &App, headers: &HeaderMap, shown: &Shown<'_>) -> Response {
    let (text, browser) = (Text::of(headers), Browser::read(app, headers));
    let title = text.register.to_owned();
    let page = Page { app, text, browser: &browser, status: status(shown.trouble), title, leads_to: None };
    let hint = text.password_hint.replace("{n}", &SHORTEST_PASSWORD.to_string());
    page.show(&html! {
        h1 { (text.register) }
        p { (text.register_lead) }
        (trouble(text, shown.trouble))
        form method="post" action="/register" {
            (form_token(&page))
            input type="hidden" name="next" value=(shown.next);
            label for="email" { (text.email) }
            input id="email" name="email" type="email" dir="ltr" autocomplete="username" required value=(shown.email) autofocus;
            label for="name" { (text.name) " " small { (text.optional) } }
            input id="name" name="name" autocomplete="name" maxlength="100" value=(shown.name);
            label for="password" { (text.password) }
            input id="password" name="password" type="password" dir="ltr" autocomplete="new-password" required minlength=(SHORTEST_PASSWORD) maxlength=(LONGEST_PASSWORD) aria-describedby="hint";
            p.hint id="hint" { (hint) }
            label for="repeated" { (text.repeat_password) }
            input id="repeated" name="repeated" type="password" dir="ltr" autocomplete="new-password" required;
            button.primary.wide type="submit" { (text.create_account) }
        }
        p.foot { (text.have_account) " " a href=(onward("/sign-in", shown.next)) { (text.sign_in) } }
    })
}

fn trouble(text: &Text, trouble: Option<Trouble>) -> Markup {
    html! { @if let Some(trouble) = trouble { p.trouble role="alert" { (text.trouble(trouble)) } } }
}

fn status(trouble: Option<Trouble>) -> StatusCode {
    match trouble {
        None => StatusCode::OK,
        Some(Trouble::Wait(_) | Trouble::Crowded(_)) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// A link that keeps where to go afterwards.
fn onward(page: &str, next: &str) -> String {
    let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    if next == "/" { page.to_owned() } else { format!("{page}?next={query}") }
}
