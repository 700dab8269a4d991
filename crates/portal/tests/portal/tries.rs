//! How often a password may be tried, and who waits for whom.

use std::time::Duration;

use keystow_portal::Limits;

use crate::desk::{Answer, Desk};

const PASSWORD: &str = "correct horse battery";

async fn attempt(desk: &Desk, email: &str, password: &str) -> Answer {
    let page = desk.browse("/sign-in").await;
    desk.fill_in(&page, "/sign-in", &[("email", email), ("password", password)]).await
}

/// Fails to sign in so often, each time because the password is wrong.
async fn fail(desk: &Desk, email: &str, times: u32) {
    for _ in 0..times {
        attempt(desk, email, "a wrong password").await.expect(422);
    }
}

/// The minutes that a refusal tells to wait.
fn minutes(refused: Answer) -> u64 {
    let page = refused.expect(429).text;
    let told = page.split_once("Wait ").unwrap().1;
    told.split_once(" min").unwrap().0.parse().unwrap()
}

#[tokio::test]
async fn each_lot_of_failures_waits_longer_and_none_longer_than_an_hour() {
    let desk = Desk::open().await;
    desk.register().await;
    let stranger = Desk::at(desk.base());
    let mut waits = Vec::new();
    for lot in [5, 5, 5, 5] {
        fail(&stranger, "ada@example.com", lot).await;
        let wait = minutes(attempt(&stranger, "ada@example.com", PASSWORD).await);
        desk.clock.advance(Duration::from_secs(60 * wait));
        waits.push(wait);
    }
    // A minute, what is left of ten, a minute of the next ten, what is left of the hour.
    assert_eq!(waits, [1, 9, 1, 49]);
    attempt(&stranger, "ada@example.com", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn trying_while_waiting_makes_the_wait_no_longer() {
    let desk = Desk::open().await;
    desk.register().await;
    let stranger = Desk::at(desk.base());
    fail(&stranger, "ada@example.com", 5).await;
    for _ in 0..20 {
        assert_eq!(minutes(attempt(&stranger, "ada@example.com", PASSWORD).await), 1);
    }
    desk.clock.advance(Duration::from_secs(60));
    attempt(&stranger, "ada@example.com", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn a_browser_that_signed_in_before_waits_for_no_stranger_even_on_the_same_network() {
    let desk = Desk::open().await;
    desk.register().await;
    let stranger = Desk::at(desk.base());
    fail(&stranger, "ada@example.com", 5).await;
    attempt(&stranger, "ada@example.com", PASSWORD).await.expect(429);
    // Ada signs out, which makes nobody a stranger, and in again.
    let page = desk.browse("/").await;
    desk.fill_in(&page, "/sign-out", &[]).await.expect(303);
    attempt(&desk, "ada@example.com", PASSWORD).await.expect(303);
    attempt(&stranger, "ada@example.com", PASSWORD).await.expect(429);
}

#[tokio::test]
async fn a_known_browser_is_limited_as_well_and_known_at_its_own_account_alone() {
    let desk = Desk::open().await;
    desk.register().await;
    fail(&desk, "ada@example.com", 5).await;
    attempt(&desk, "ada@example.com", PASSWORD).await.expect(429);
    let mallory = Desk::at(desk.base());
    mallory.register_as("mallory@example.com").await;
    fail(&Desk::at(desk.base()), "ada@example.com", 5).await;
    attempt(&mallory, "ada@example.com", PASSWORD).await.expect(429);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn strangers_keep_nobody_elsewhere_from_an_account() {
    let limits = Limits { sign_ins: 2, ..Limits::default() };
    let desk = Desk::with(|config| config.limits = limits).await;
    desk.register().await;
    for far in 2..=21 {
        fail(&desk.elsewhere([127, 0, 0, far].into()), "ada@example.com", 2).await;
    }
    // So many tried that the account takes no second try from anybody who is not known there, but a first.
    let ada = desk.elsewhere([127, 0, 1, 1].into());
    attempt(&ada, "ada@example.com", PASSWORD).await.expect(303);
    let wrong = desk.elsewhere([127, 0, 1, 2].into());
    fail(&wrong, "ada@example.com", 1).await;
    attempt(&wrong, "ada@example.com", PASSWORD).await.expect(429);
    attempt(&desk, "ada@example.com", PASSWORD).await.expect(303);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_network_that_tries_many_accounts_waits_and_others_do_not() {
    let limits = Limits { sign_ins: 2, ..Limits::default() };
    let desk = Desk::with(|config| config.limits = limits).await;
    desk.register().await;
    let stranger = Desk::at(desk.base());
    for person in 0..20 {
        fail(&stranger, &format!("person{person}@example.com"), 1).await;
    }
    assert_eq!(minutes(attempt(&stranger, "ada@example.com", PASSWORD).await), 10);
    let elsewhere = desk.elsewhere([127, 0, 0, 2].into());
    attempt(&elsewhere, "ada@example.com", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn who_comes_through_a_known_proxy_is_told_from_others_who_do() {
    let limits = Limits { anonymous: 1, ..Limits::default() };
    let desk = Desk::with(|config| {
        config.limits = limits;
        config.proxies = vec![[127, 0, 0, 1].into()];
    })
    .await;
    let call = async |told: &str| {
        let headers = [("x-forwarded-for", told)];
        desk.send(axum::http::Method::GET, "/v1/auth/authorize", &headers, String::new())
            .await
            .status
            .as_u16()
    };
    assert_eq!([call("192.0.2.1").await, call("192.0.2.1").await, call("192.0.2.2").await], [400, 429, 400]);
    // What a caller writes before the proxy does is not believed.
    assert_eq!(call("198.51.100.7, 192.0.2.2").await, 429);
}

#[tokio::test]
async fn a_success_forgives_what_went_wrong_here_and_nothing_of_the_network() {
    let limits = Limits { sign_ins: 1, ..Limits::default() };
    let desk = Desk::with(|config| config.limits = limits).await;
    desk.register_as("mallory@example.com").await;
    // Somebody with an account of their own signs in between guesses about others.
    for person in 0..10 {
        fail(&Desk::at(desk.base()), &format!("person{person}@example.com"), 1).await;
        attempt(&desk, "mallory@example.com", PASSWORD).await.expect(303);
    }
    let guess = attempt(&Desk::at(desk.base()), "person11@example.com", "a wrong password").await;
    assert_eq!(minutes(guess), 10);
}

#[tokio::test]
async fn an_address_that_nobody_registered_waits_as_one_that_somebody_did() {
    let desk = Desk::open().await;
    desk.register().await;
    let stranger = Desk::at(desk.base());
    for _ in 0..7 {
        let [known, unknown] = ["ada@example.com", "bob@example.com"];
        let known = attempt(&stranger, known, "a wrong password").await;
        let unknown = attempt(&stranger, unknown, "a wrong password").await;
        assert_eq!(known.status, unknown.status);
        assert_eq!(known.text.replace("ada@", "bob@"), unknown.text);
    }
}

#[tokio::test]
async fn a_network_registers_so_many_accounts_an_hour_whether_or_not_they_are_taken() {
    let limits = Limits { registrations: 2, ..Limits::default() };
    let desk = Desk::with(|config| config.limits = limits).await;
    desk.register().await;
    let register = async |email: &str| {
        let browser = Desk::at(desk.base());
        let page = browser.browse("/register").await;
        let fields = [("email", email), ("password", PASSWORD), ("repeated", PASSWORD)];
        browser.fill_in(&page, "/register", &fields).await
    };
    assert!(register("ada@example.com").await.expect(422).text.contains("has an account already"));
    assert_eq!(minutes(register("bob@example.com").await), 60);
    assert_eq!(minutes(register("ada@example.com").await), 60, "who is registered is told all the same");
    desk.clock.advance(Duration::from_secs(3600));
    register("bob@example.com").await.expect(303);
}
