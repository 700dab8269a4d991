//! The frame of every page: no script, no picture of others, no way into a frame.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

use super::text::Text;
use crate::{accounts::Browser, app::App};

/// A page about to be answered.
pub(super) struct Page<'a> {
    pub(super) app: &'a App,
    pub(super) text: &'static Text,
    pub(super) browser: &'a Browser,
    pub(super) status: StatusCode,
    pub(super) title: String,
    /// Where a form of the page may lead besides the portal: the app that gets the answer.
    pub(super) leads_to: Option<String>,
}

impl Page<'_> {
    /// The page with this content.
    pub(super) fn show(&self, content: &Markup) -> Response {
        let text = self.text;
        let document = html! {
            (DOCTYPE)
            html lang=(text.tag) dir=(text.direction) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · " (self.app.name) }
                    link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/assets/portal.css";
                }
                body {
                    main {
                        header { img src="/assets/icon.svg" alt=""; bdi { (self.app.name) } }
                        (content)
                    }
                    footer { @if self.app.demo { (sample(text)) } }
                }
            }
        };
        let mut response = (self.status, Html(document.into_string())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Not no-referrer: browsers would then send forms without an origin.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
        headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
        if let Some(cookie) = self.browser.greeting(self.app) {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }

    /// Browsers apply `form-action` to the redirect that follows a form, so the app's address must be
    /// in it; an IPv6 address cannot be written there, and the directive is left out then.
    fn policy(&self) -> HeaderValue {
        let base =
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        let policy = match self.leads_to.as_deref() {
            Some(origin) if origin.contains('[') => base.to_owned(),
            Some(origin) => format!("{base}; form-action 'self' {origin}"),
            None => format!("{base}; form-action 'self'"),
        };
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
    }
}

fn sample(text: &Text) -> Markup {
    html! {
        p.note { (text.sample) " " bdi dir="ltr" { (crate::demo::EMAIL) } " / " bdi dir="ltr" { (crate::demo::PASSWORD) } }
    }
}
