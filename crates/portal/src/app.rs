//! The portal as a whole: what its handlers share, and which path goes where.

use std::{fs::File, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use keystow_domain::{Clock, Timestamp};

use crate::{
    accounts::Passwords,
    admin, apps, audit, billing,
    caller::{count_anonymous, finish, peer},
    clients,
    config::{Limits, Mode, TokenDialect},
    gateway, keys,
    keys::{InFlight, Shelf},
    limits::{Counted, Windows},
    mail::Post,
    meter::Meter,
    oauth, pages,
    quota::Quotas,
    reply::reworded,
    seal::Pepper,
    storage::Storage,
    teams, usage,
};

/// The largest body the portal reads, in bytes.
const BODY: usize = 64 * 1024;

/// How long a request may take to arrive and be answered.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long what another portal counted may be on its way to the database that both use.
const ON_THE_WAY: Duration = Duration::from_secs(2);

/// What the handlers share. Built once, at the start.
pub(crate) struct App {
    /// The origin, which is also the issuer: no slash at its end.
    pub(crate) base: String,
    /// The only `Host` that is answered.
    pub(crate) host: String,
    pub(crate) name: String,
    pub(crate) mode: Mode,
    pub(crate) tokens: TokenDialect,
    pub(crate) grace: Duration,
    pub(crate) demo: bool,
    pub(crate) limits: Limits,
    /// Whether a gateway's connection ends with each answer.
    pub(crate) forget_callers: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pepper: Pepper,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) meter: Meter,
    pub(crate) quotas: Quotas,
    pub(crate) windows: Windows,
    pub(crate) passwords: Passwords,
    pub(crate) in_flight: InFlight,
    pub(crate) shelf: Shelf,
    pub(crate) post: Post,
    pub(crate) log: audit::Log,
    /// Keeps another portal from the folder for as long as anything of this one can write in it.
    pub(crate) _lock: File,
    #[cfg(feature = "faults")]
    pub(crate) faults: crate::Faults,
}

impl App {
    /// Whether the additions to the plain contract are offered.
    pub(crate) fn is_extended(&self) -> bool {
        self.mode == Mode::Extended
    }

    /// Up to when every call that was counted is in the storage: those counted here are asked for before anybody is
    /// told, those of another portal are a moment on their way.
    pub(crate) fn complete_until(&self, now: Timestamp) -> Timestamp {
        if self.windows.are_shared() { now.minus(ON_THE_WAY) } else { now }
    }
}

/// Every path of the portal.
pub(crate) fn router(app: Arc<App>) -> Router {
    let mut router =
        Router::new().merge(keys::routes(&app)).merge(oauth::routes(&app)).merge(gateway::routes(&app));
    if app.is_extended() {
        router = router
            .merge(usage::routes(&app))
            .merge(apps::routes(&app))
            .merge(admin::routes(&app))
            .merge(teams::routes(&app))
            .merge(audit::routes(&app))
            .merge(clients::routes(&app))
            .merge(billing::routes(&app))
            .merge(crate::openapi::routes());
    }
    router
        .merge(pages::routes(&app))
        .fallback(pages::missing)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn_with_state(PATIENCE, in_time))
        .layer(middleware::from_fn_with_state(app.clone(), in_our_words))
        .layer(middleware::from_fn_with_state(app.clone(), audit::watch))
        .layer(middleware::from_fn_with_state(app.clone(), known_host))
        .with_state(app)
}

/// Gives up on a request whose body does not arrive.
async fn in_time(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(patience, next.run(request)).await;
    answered.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

/// Rewords what the framework refuses by itself: in the words of the contract on the paths of the API, where it tells
/// what is left as well, and as a page elsewhere.
async fn in_our_words(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (is_api, peer) = (pages::is_api(request.uri()), peer(&request));
    let asked = if is_api { HeaderMap::new() } else { request.headers().clone() };
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_own = kind.is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    if is_own || !response.status().is_client_error() {
        return response;
    }
    if !is_api {
        return pages::refused(&app, &asked, response);
    }
    let mut response = reworded(response).await;
    if !response.headers().contains_key("x-ratelimit-limit") {
        match count_anonymous(&app, Counted::Strangers, peer).await {
            Ok(allowance) => finish(&allowance, &mut response),
            Err(failed) => return failed.into_response(),
        }
    }
    response
}

/// Answers only under the portal's own name, so that no page elsewhere can make a name of its own
/// point here and read the answers.
async fn known_host(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).map(HeaderValue::as_bytes);
    if host != Some(app.host.as_bytes()) {
        return (StatusCode::MISDIRECTED_REQUEST, "this portal answers under its own address only\n")
            .into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if app.base.starts_with("https:") {
        // A year, for this name alone: what else stands below the domain is not ours to decide about.
        let https_only = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, https_only);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        pin::Pin,
        task::{Context, Poll},
    };

    use axum::{
        body::{Body, Bytes},
        routing::post,
    };
    use hyper::body::Frame;
    use tower::ServiceExt;

    use super::*;

    /// A body that never arrives.
    struct Never;

    impl hyper::body::Body for Never {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_arrive_is_given_up() {
        let patience = middleware::from_fn_with_state(Duration::from_millis(1), in_time);
        let router = Router::new().route("/", post(async |_: Bytes| ())).layer(patience);
        let answer = router.oneshot(Request::post("/").body(Body::new(Never)).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
    }
}
