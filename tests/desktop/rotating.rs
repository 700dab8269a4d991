//! Rotations that are seen through: planned and closed in between, leaked, still in use near the end, many.

use crate::journey::{self, Road, copy};
use crate::support::gateway::THERE;
use crate::support::{Desk, Keyring, Window};

const KEY: &str = "billing-worker-test";

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_rotation_beside_the_old_key_is_closed_reopened_and_seen_through() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let gateway = journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    let first = copy(&desk, &window, KEY).await;

    // The choices outlive the dialog.
    journey::prepare(&window, KEY, Road::SideBySide).await;
    window.picture(&desk, "31-planned-side-by-side").await;
    window.click("button", "Close").await;
    journey::choose(&window, KEY, "Rotate…").await;
    window.shows("dialog", &format!("Rotate {KEY}")).await;
    assert!(window.is_chosen("radio", "Planned").await, "a closed wizard opens where it was");
    window.click("button", "Rotate now").await;
    window.shows("list", "Deliver").await;
    window.fill("textbox", "Add a place", "deploy/production.env").await;
    window.click("button", "Add").await;
    window.shows("checkbox", "deploy/production.env").await;
    window.click("button", "Copy new secret").await;
    let second = desk.pasted(|text| text.starts_with("kst_") && text != first).await;
    window.click("checkbox", "deploy/production.env").await;
    window.picture(&desk, "32-deliver-and-prove").await;
    assert_eq!(gateway.call(&first, THERE).await, 200, "nothing ends before the old key is revoked");
    assert_eq!(gateway.call(&second, THERE).await, 200);

    // One card with two lanes, over a restart.
    window.click("button", "Close").await;
    assert_eq!(window.count("row", KEY).await, 1, "two keys are one card");
    window.says("until you revoke it").await;
    window.picture(&desk, "33-one-card-two-lanes").await;
    journey::choose(&window, KEY, "Revoke…").await;
    window.click("radio", "The old key").await;
    window.picture(&desk, "33-revoke-which").await;
    window.click("button", "Cancel").await;
    window.close().await;
    let window = desk.open().await;
    window.click("button", "Open rotation").await;
    window.shows("list", "Evidence").await;
    assert!(window.is_chosen("checkbox", "deploy/production.env").await, "what was ticked stays ticked");
    window.click("button", "Try the new secret").await;
    window.says("The portal accepted it at").await;
    window.picture(&desk, "34-tried").await;
    the_old_key_is_revoked(&desk, &window).await;
    assert_eq!(gateway.call(&first, THERE).await, 401, "the old key is refused from then on");
    assert_eq!(gateway.call(&second, THERE).await, 200);
    window.click("button", "Finish").await;
    window.says("Finished, and written to the log of this computer").await;
    window.picture(&desk, "36-receipt").await;
    window.click("button", "Done").await;
    window.loses("button", "Open rotation").await;
}

async fn the_old_key_is_revoked(desk: &Desk, window: &Window) {
    window.click("button", "Revoke the old key").await;
    window.fill("textbox", "Type the key's name", KEY).await;
    window.picture(desk, "35-revoke-the-old-key").await;
    window.press(&fantoccini::key::Key::Enter.to_string()).await;
    window.shows("button", "Finish").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaked_secret_is_replaced_and_cut_off_at_once() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let gateway = journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    let first = copy(&desk, &window, KEY).await;
    journey::prepare(&window, KEY, Road::Leaked).await;
    window.picture(&desk, "37-leaked").await;
    window.click("button", "Rotate now").await;
    window.click("button", "Copy new secret").await;
    let second = desk.pasted(|text| text.starts_with("kst_") && text != first).await;
    assert_eq!(gateway.call(&first, THERE).await, 200, "the service stays up until the new one is there");
    window.click("button", "End grace now").await;
    window.fill("textbox", "Type the key's name", KEY).await;
    window.picture(&desk, "38-end-the-leaked-secret").await;
    window.press(&fantoccini::key::Key::Enter.to_string()).await;
    window.loses("textbox", "Type the key's name").await;
    window.shows("button", "Finish").await;
    assert_eq!(gateway.call(&first, THERE).await, 401, "the leaked secret is cut off");
    assert_eq!(gateway.call(&second, THERE).await, 200);
    window.picture(&desk, "39-leak-cut-off").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_secret_that_is_still_used_near_its_end_is_told() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open_with(&[("KEYSTOW_PORTAL_GRACE_SECONDS", "60")]).await;
    let gateway = journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    let first = copy(&desk, &window, KEY).await;
    journey::rotate(&window, KEY).await;
    window.shows("list", "Evidence").await;
    assert_eq!(gateway.call(&first, THERE).await, 200);
    window.click("button", "Close").await;
    journey::choose(&window, KEY, "Rotate…").await;
    // A minute of grace is near its end from the start: five minutes are the measure.
    window.says("The old secret is still in use").await;
    window.picture(&desk, "40-still-in-use").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_are_rotated_in_one_run_and_none_twice() {
    const KEYS: [&str; 3] = ["bulk-one-test", "bulk-two-test", "bulk-three-test"];
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let gateway = journey::sign_in(&desk, &window, &desk.browser().await).await;
    let mut before = Vec::new();
    for name in KEYS {
        journey::create(&window, name).await;
        before.push(copy(&desk, &window, name).await);
    }
    for name in KEYS {
        window.click("checkbox", &format!("Choose {name}")).await;
    }
    window.says("3 keys chosen").await;
    window.picture(&desk, "41-chosen").await;
    window.click("button", "Rotate 3 keys…").await;
    window.picture(&desk, "42-the-plan").await;
    window.click("button", "Check the keys").await;
    window.says("3 keys are ready").await;
    window.click("button", "Rotate 3 keys").await;
    window.says("All 3 keys are rotated").await;
    window.picture(&desk, "43-the-report").await;
    window.click("button", "Close").await;
    for (name, old) in KEYS.into_iter().zip(&before) {
        let new = copy(&desk, &window, name).await;
        assert_ne!(&new, old, "{name} has a new secret");
        assert_eq!(gateway.call(old, THERE).await, 200, "the first old secret of {name} is in its grace");
        assert_eq!(gateway.call(&new, THERE).await, 200);
        assert_eq!(
            window.count("timer", &format!("Old secret of {name}")).await,
            1,
            "{name} was rotated once"
        );
    }
}
