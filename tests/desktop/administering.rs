//! An administrator suspends what a developer made, in the real window at a real portal, and resumes it.

use keystow_portal::Mode;
use serde_json::json;

use crate::journey;
use crate::support::developer::Developer;
use crate::support::gateway::{Gateway, THERE};
use crate::support::{Desk, Keyring, Window};

const WHY: &str = "Nobody answers to our mails.";

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_suspends_is_refused_until_it_is_resumed() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let browser = desk.browser().await;
    let (portal, address) = journey::portal(&desk, Mode::Extended).await;
    // The first account of a portal is its administrator.
    journey::sign_in_at(&desk, &window, &browser, &address).await;
    window.click("link", "Admin").await;
    window.says("No app fits").await;
    window.picture(&desk, "90-no-report").await;
    let lee = Developer::register(&browser, &address, "lee@example.com").await;
    drop(browser);
    let secret = shop(&lee).await;
    let gateway = Gateway::of(&address);
    assert_eq!(gateway.call(&secret, THERE).await, 200);

    window.click("button", "Show").await;
    window.shows("table", "Report").await;
    window.says("Harbour shop").await;
    suspend(&desk, &window).await;
    assert_eq!(gateway.call(&secret, THERE).await, 401, "what is suspended is refused at once");
    window.click("button", &format!("Resume all of “{WHY}”")).await;
    window.says("1 was resumed").await;
    assert_eq!(gateway.call(&secret, THERE).await, 200);
    look(&desk, &window).await;

    portal.stop().await.expect("the portal stops");
    window.click("radio", "التقارير").await;
    window.click("button", "اعرض").await;
    window.says("البوابة لا تجيب.").await;
    window.says("Harbour shop").await;
    window.picture(&desk, "98-report-without-the-portal-in-arabic").await;
}

/// Makes an app with a key, over the portal's API; tells the key's secret.
async fn shop(developer: &Developer) -> String {
    let wish = json!({"name": "Harbour shop", "products": [{"productId": "catalog"}]});
    let app = developer.call("POST", "/v1/developer/apps", Some(wish)).await["app"]["id"].clone();
    let wish = json!({"name": "harbour-shop-prod", "scopes": ["read"], "appId": app});
    let made = developer.call("POST", "/v1/developer/keys", Some(wish)).await;
    made["secret"].as_str().expect("a new key has a secret").to_owned()
}

/// Names what is to be suspended, looks what is hit, and suspends it.
async fn suspend(desk: &Desk, window: &Window) {
    window.click("radio", "Suspend").await;
    window.says("Nothing was suspended yet").await;
    window.picture(desk, "91-nothing-suspended").await;
    window.fill("textbox", "Name contains", "harbour").await;
    window.click("button", "Look what is hit").await;
    window.says("1 app is hit").await;
    window.says("lee@example.com").await;
    window.fill("textbox", "Reason", WHY).await;
    window.fill("textbox", "Type the number 1", "1").await;
    window.picture(desk, "92-what-is-hit").await;
    window.click("button", "Suspend").await;
    window.says("1 is suspended").await;
    window.picture(desk, "93-suspended").await;
}

/// The screens in both widths, and in Arabic.
async fn look(desk: &Desk, window: &Window) {
    for (width, height) in [(900, 600), (1440, 900)] {
        window.resize(width, height).await;
        for (tab, picture) in [("Suspend", "94-suspensions"), ("Reports", "95-report")] {
            window.click("radio", tab).await;
            assert!(window.fits().await, "nothing is cut off at {width}");
            window.picture(desk, &format!("{picture}-at-{width}")).await;
        }
    }
    window.click("link", "Settings").await;
    window.select("Language", "ar").await;
    window.click("link", "الإدارة").await;
    window.says("Harbour shop").await;
    window.picture(desk, "96-report-in-arabic").await;
    window.click("radio", "تعليق").await;
    window.says(WHY).await;
    window.picture(desk, "97-suspensions-in-arabic").await;
}
