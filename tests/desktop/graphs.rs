//! Usage as graphs: what is measured, keys beside each other, a closer look, and files of it.

use std::path::PathBuf;

use fantoccini::key::Key;

use crate::journey::{self, copy};
use crate::support::gateway::{Gateway, MISSING, THERE};
use crate::support::{Desk, Keyring, Window, until};

const FIRST: &str = "payments-api-test";
/// A name that a spreadsheet would run.
const SECOND: &str = "=cmd-geo-lookup-test";
const PLOT: &str = "Plot. Arrow keys move through time";

#[tokio::test(flavor = "multi_thread")]
async fn usage_is_measured_compared_looked_at_closely_and_saved() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let gateway = journey::sign_in(&desk, &window, &desk.browser().await).await;
    for (name, well, badly) in [(FIRST, 6, 2), (SECOND, 3, 1)] {
        journey::create(&window, name).await;
        called(&desk, &window, &gateway, name, well, badly).await;
    }
    journey::choose(&window, FIRST, "Usage").await;
    window.shows("region", &format!("Usage of {FIRST}")).await;
    every_metric_says_its_own(&desk, &window).await;
    two_keys_stand_beside_each_other(&desk, &window).await;
    the_keyboard_looks_closer_and_back(&desk, &window).await;
    what_is_shown_is_saved(&desk, &window).await;
    it_looks_right_in_every_size_and_direction(&desk, &window).await;
}

async fn called(desk: &Desk, window: &Window, gateway: &Gateway, name: &str, well: u32, badly: u32) {
    let secret = copy(desk, window, name).await;
    for _ in 0..well {
        assert_eq!(gateway.call(&secret, THERE).await, 200);
    }
    for _ in 0..badly {
        assert_eq!(gateway.call(&secret, MISSING).await, 404);
    }
}

async fn every_metric_says_its_own(desk: &Desk, window: &Window) {
    let sums = window.sums("Usage data").await;
    assert_eq!((sums.get("Requests"), sums.get("4xx")), (Some(&8), Some(&2)), "{sums:?}");
    window.picture(desk, "80-requests").await;
    for (metric, says, picture) in [
        ("Errors", "Error rate, by the hour", "81-errors"),
        ("Latency", "Latency, by the hour", "82-latency"),
        ("Billable", "Billable events, by the hour", "83-billable"),
    ] {
        window.click("radio", metric).await;
        window.shows("heading", says).await;
        window.type_into("slider", PLOT, &Key::End.to_string()).await;
        window.picture(desk, picture).await;
    }
    window.click("radio", "Errors").await;
    window.shows("heading", "Error rate, by the hour").await;
    let text = window.text_of("table", "Usage data").await;
    assert!(text.contains("25%"), "two of eight calls failed: {text}");
}

async fn two_keys_stand_beside_each_other(desk: &Desk, window: &Window) {
    window.click("radio", "Requests").await;
    window.shows("heading", "Requests an hour").await;
    window.fill("combobox", "Compare with…", "lookup").await;
    let choose = format!("{}{}", Key::Down, Key::Enter);
    window.type_into("combobox", "Compare with…", &choose).await;
    window.shows("button", &format!("Take {SECOND} out of the comparison")).await;
    let both = async || {
        let sums = window.sums("Usage data").await;
        (sums.get(FIRST) == Some(&8) && sums.get(SECOND) == Some(&4)).then_some(())
    };
    until("both keys have a column", both).await;
    window.type_into("slider", PLOT, &Key::End.to_string()).await;
    window.picture(desk, "84-two-keys").await;
    window.click("button", FIRST).await;
    until("the first key is hidden", async || {
        let shown = window.client.execute(PRESSED, vec![FIRST.into()]).await.ok()?;
        (shown == "false").then_some(())
    })
    .await;
    window.picture(desk, "85-one-of-two-hidden").await;
    window.click("button", FIRST).await;
}

/// Whether the part of the legend with this name is shown.
const PRESSED: &str = "const [name] = arguments;
    const parts = Array.from(document.querySelectorAll('button[aria-pressed]'));
    return parts.find((one) => one.textContent.trim() === name)?.getAttribute('aria-pressed') ?? null;";

async fn the_keyboard_looks_closer_and_back(desk: &Desk, window: &Window) {
    let rows = async || window.client.execute(ROWS, Vec::new()).await.ok()?.as_u64();
    let before = rows().await.expect("the table has rows");
    assert!(before > 100, "a week of hours: {before}");
    // The last bucket is the one that runs: from there back over five more.
    let shift = Key::Shift.to_string();
    let left = Key::Left.to_string();
    let keys = format!("{}{shift}{}{shift}", Key::End, left.repeat(5));
    window.type_into("slider", PLOT, &keys).await;
    window.picture(desk, "86-a-range").await;
    window.type_into("slider", PLOT, &Key::Enter.to_string()).await;
    window.shows("button", "Back").await;
    until("six hours are shown", async || (rows().await? == 6).then_some(())).await;
    window.picture(desk, "87-zoomed").await;
    window.type_into("slider", PLOT, &Key::Backspace.to_string()).await;
    window.loses("button", "Back").await;
    until("the week is back", async || (rows().await? == before).then_some(())).await;
}

/// How many buckets the table has.
const ROWS: &str = "return document.querySelectorAll('table tbody tr').length";

async fn what_is_shown_is_saved(desk: &Desk, window: &Window) {
    let csv = String::from_utf8(saved(window, "Numbers as CSV", "csv").await).expect("the file is text");
    let calls = |name: &str| -> u64 {
        let lines = csv.lines().filter(|line| line.contains(name));
        lines.filter_map(|line| line.split(',').nth(5)?.parse::<u64>().ok()).sum()
    };
    assert_eq!((calls(FIRST), calls("'=cmd-geo-lookup-test")), (8, 4), "{csv}");
    assert!(!csv.contains(",=cmd"), "no cell is a formula");
    let json: serde_json::Value =
        serde_json::from_slice(&saved(window, "Numbers as JSON", "json").await).expect("the file is JSON");
    let buckets = json["buckets"].as_array().expect("there are buckets");
    let sum: u64 = buckets.iter().filter_map(|bucket| bucket["requests"].as_u64()).sum();
    assert_eq!(sum, 12);
    let svg = String::from_utf8(saved(window, "Picture as SVG", "svg").await).expect("the file is text");
    assert!(svg.contains("Requests an hour") && svg.contains(FIRST), "the picture has its words");
    let png = saved(window, "Picture as PNG", "png").await;
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && side(16) > 800 && side(20) > 600);
    let pictures = crate::support::screen::pictures();
    std::fs::write(pictures.join("88-saved.png"), &png).expect("the picture can be kept");
    std::fs::write(pictures.join("88-saved.svg"), &svg).expect("the picture can be kept");
    window.picture(desk, "89-saved").await;
}

/// Chooses from the export menu and reads the file that the window names.
async fn saved(window: &Window, item: &str, extension: &str) -> Vec<u8> {
    journey::open_menu(window, "Export", item).await;
    let wanted = format!("the {extension} is saved");
    let path = until(&wanted, async || {
        let told = window.client.execute(SAVED, Vec::new()).await.ok()?;
        let path = PathBuf::from(told.as_str()?);
        (path.extension()? == extension).then_some(path)
    });
    std::fs::read(path.await).expect("the file is where the window says")
}

/// The path the window names.
const SAVED: &str = "return document.querySelector('p[role=status] bdi.pick')?.textContent ?? null";

async fn it_looks_right_in_every_size_and_direction(desk: &Desk, window: &Window) {
    for (width, height) in [(900, 600), (1440, 900)] {
        window.resize(width, height).await;
        window.drawn().await;
        assert!(window.fits().await, "nothing is cut off at {width}");
        window.picture(desk, &format!("90-two-keys-at-{width}")).await;
    }
    window.click("button", &format!("Take {SECOND} out of the comparison")).await;
    window.select("Period", "between").await;
    window.shows("group", "Period").await;
    window.picture(desk, "91-a-chosen-time").await;
    window.click("link", "Settings").await;
    window.select("Language", "ar").await;
    window.says("الإعدادات").await;
    window.click("link", "المفاتيح").await;
    journey::open_menu(window, &format!("إجراءات أخرى لـ {FIRST}"), "الاستخدام").await;
    window.click("radio", "الكمون").await;
    window.shows("heading", "الكمون، بالساعة").await;
    window.picture(desk, "92-latency-in-arabic").await;
}
