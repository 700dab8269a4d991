//! The pages in the browser: plain HTML that works without JavaScript.
//!
//! A form changes something only if it comes from a page of this origin and carries the value that was
//! given to this very browser.

mod consent;
mod invitation;
mod layout;
mod sign_in;
mod text;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use maud::{Markup, html};

use self::{layout::Page, text::Text};
use crate::{
    accounts::{self, Browser, Trouble},
    app::App,
    caller,
    limits::Counted,
    reply::ApiError,
};

/// What the log calls the forms of the pages, by their paths.
pub(crate) const ACTIONS: [(&str, &str); 5] = [
    ("/sign-in", "signIn"),
    ("/register", "register"),
    ("/consent", "allowClient"),
    ("/sign-out", "signOut"),
    ("/invitation", "answerInvitation"),
];

/// The paths of the pages.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let counted = Router::new()
        .route("/v1/auth/authorize", get(consent::authorize))
        .route("/sign-in", post(sign_in::sign_in))
        .route("/register", post(sign_in::register))
        .route("/consent", post(consent::decide))
        .route("/invitation", post(invitation::answer))
        .route("/invitation/{token}", get(invitation::ask))
        .route_layer(middleware::from_fn_with_state((app.clone(), Counted::Pages), caller::anyone));
    counted
        .route("/", get(home))
        .route("/sign-in", get(sign_in::sign_in_page))
        .route("/register", get(sign_in::register_page))
        .route("/sign-out", post(sign_in::sign_out))
        .route_layer(middleware::from_fn_with_state(app.clone(), own_forms))
        .route(
            "/assets/portal.css",
            get(|| asset("text/css; charset=utf-8", include_str!("../../assets/portal.css"))),
        )
        .route("/assets/icon.svg", get(|| asset("image/svg+xml", include_str!("../../assets/icon.svg"))))
}

/// Lets forms through that were sent from a page of this portal.
async fn own_forms(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if request.method() == Method::POST && !accounts::is_from_here(&app, headers) {
        let text = Text::of(headers);
        return message(&app, headers, StatusCode::FORBIDDEN, text.failed, &text.trouble(Trouble::Form));
    }
    next.run(request).await
}

async fn asset(kind: &'static str, content: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, content).into_response()
}

/// The first page: who is signed in, and where the keys are.
async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let (text, browser) = (Text::of(&headers), Browser::read(&app, &headers));
    let account = match browser.account(&app).await {
        Ok(account) => account,
        Err(error) => return failed(&app, &headers, error.into()),
    };
    let title = app.name.clone();
    let page = Page { app: &app, text, browser: &browser, status: StatusCode::OK, title, leads_to: None };
    page.show(&match account {
        Some(account) => html! {
            h1 { (text.home) }
            p { (text.home_signed_in) }
            (signed_in_as(&page, &account.email, "/"))
        },
        None => html! {
            h1 { (text.home) }
            p { (text.home_lead) }
            p { a href="/sign-in" { (text.sign_in) } " · " a href="/register" { (text.register) } }
        },
    })
}

/// Who is signed in, with a way to be somebody else.
fn signed_in_as(page: &Page<'_>, email: &str, next: &str) -> Markup {
    let label = if next == "/" { page.text.sign_out } else { page.text.other_account };
    html! {
        div.foot {
            span { (page.text.signed_in_as) " " bdi dir="ltr" { (email) } }
            form method="post" action="/sign-out" {
                (form_token(page))
                input type="hidden" name="next" value=(next);
                button.link type="submit" { (label) }
            }
        }
    }
}

/// The field that proves where a form came from.
fn form_token(page: &Page<'_>) -> Markup {
    html! { input type="hidden" name="form" value=(*page.browser.form_token(page.app)); }
}

/// What is not there: a page for people, the contract's words for programs.
pub(crate) async fn missing(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    if is_api(&uri) {
        return ApiError::not_found().into_response();
    }
    let text = Text::of(&headers);
    message(&app, &headers, StatusCode::NOT_FOUND, text.missing, text.missing_lead)
}

/// Whether programs ask there.
pub(crate) fn is_api(uri: &Uri) -> bool {
    ["/v1/", "/oauth/", "/.well-known/"].iter().any(|root| uri.path().starts_with(root))
}

/// A page for what the framework refused by itself, such as a form that cannot be read.
pub(crate) fn refused(app: &App, headers: &HeaderMap, response: Response) -> Response {
    let text = Text::of(headers);
    let mut page = message(app, headers, response.status(), text.failed, text.unreadable_lead);
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        page.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    page
}

/// A page for a failure of the portal itself; the log has the rest.
fn failed(app: &App, headers: &HeaderMap, error: ApiError) -> Response {
    let text = Text::of(headers);
    message(app, headers, error.into_response().status(), text.failed, text.failed_lead)
}

/// A page that says one thing.
fn message(app: &App, headers: &HeaderMap, status: StatusCode, title: &str, lead: &str) -> Response {
    let browser = Browser::read(app, headers);
    let text = Text::of(headers);
    let page = Page { app, text, browser: &browser, status, title: title.to_owned(), leads_to: None };
    page.show(&html! { h1 { (title) } p { (lead) } })
}

/// Sends the browser on with `GET`.
fn see_other(place: &str) -> Response {
    match HeaderValue::from_str(place) {
        Ok(place) => {
            let headers =
                [(header::LOCATION, place), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
