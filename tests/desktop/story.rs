//! The whole main job, from the first start to the end of a key.

use crate::journey::{self, START};
use crate::support::{Desk, Keyring};

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open_with(&[("KEYSTOW_PORTAL_GRACE_SECONDS", "20")]).await;
    window.shows("button", START).await;
    desk.picture("01-first-run").await;
    let browser = desk.browser().await;
    let portal = journey::sign_in(&desk, &window, &browser).await;
    desk.picture("02-no-keys").await;
    let _ = portal.origin();
}
