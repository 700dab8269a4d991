//! A trickle of real calls through the gateway, so that graphs move.
//!
//! One call every ten seconds: a month of it stays below the quota of a key.

use std::{sync::Arc, time::Duration};

use axum::{body::Body, http::Request};
use tokio::sync::watch;
use tower::ServiceExt;

use super::{
    dice::Dice,
    keys::{SAMPLES, State},
};
use crate::{
    app::{App, router},
    serve::until,
};

/// How often a call is made.
const PACE: Duration = Duration::from_secs(10);

/// Makes calls with the busy sample keys until the portal stops.
pub(crate) async fn traffic(app: Arc<App>, stopped: watch::Receiver<bool>) {
    let busy = SAMPLES.iter().filter(|sample| sample.state == State::Busy);
    let secrets: Vec<_> = busy.map(|sample| sample.secret(&app)).collect();
    let mut dice = Dice::of("traffic");
    let mut pace = tokio::time::interval(PACE);
    let stop = until(stopped);
    tokio::pin!(stop);
    for secret in secrets.iter().cycle() {
        tokio::select! {
            () = &mut stop => return,
            _ = pace.tick() => {}
        }
        let request =
            Request::get(path(&mut dice)).header("x-api-key", secret.reveal()).header("host", &app.host);
        if let Ok(request) = request.body(Body::empty()) {
            let Ok(_answer) = router(app.clone()).oneshot(request).await;
        }
    }
}

/// Mostly what is there, now and then what is not, seldom what is broken.
fn path(dice: &mut Dice) -> String {
    match dice.below(40) {
        0 => "/v1/catalog/items/out-of-order".into(),
        1 | 2 => "/v1/catalog/items/item_999".into(),
        3..=9 => "/v1/catalog/items?page_size=10".into(),
        _ => format!("/v1/catalog/items/item_{:03}", dice.below(60) + 1),
    }
}
