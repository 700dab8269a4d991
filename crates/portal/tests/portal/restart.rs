//! What survives the end of a portal, and what a portal refuses to start with.

use std::sync::Arc;

use keystow_portal::{Config, Origin, PortalError, SystemClock};

use crate::desk::Desk;

#[tokio::test]
async fn sign_ins_keys_and_numbers_survive_on_the_same_address() {
    let keep = |config: &mut Config| config.origin = Origin::Kept;
    let mut desk = Desk::with(keep).await;
    let base = desk.base().to_owned();
    let (access, refresh, id, secret) = {
        let app = desk.app().await;
        let (id, secret) = app.create("billing").await;
        (app.access.clone(), app.refresh.clone(), id, secret)
    };
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    desk.stop().await;
    desk.start(keep).await;
    assert_eq!(desk.base(), base);
    assert!(!desk.portal().origin_changed());
    let bearer = format!("Bearer {access}");
    let get = |path: String| {
        let (desk, bearer) = (&desk, bearer.as_str());
        async move { desk.send(axum::http::Method::GET, &path, &[("authorization", bearer)], String::new()).await }
    };
    get("/v1/developer/keys".into()).await.expect(200);
    let usage = "/v1/developer/usage?from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z";
    assert_eq!(get(usage.into()).await.expect(200).json()["series"][0]["buckets"][0]["requests"], 1);
    assert_eq!(get(format!("/v1/developer/keys/{id}/quota")).await.json()["used"], 1);
    desk.refresh(&refresh).await.expect(200);
    desk.allow().await;
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
}

#[tokio::test]
async fn two_portals_do_not_share_a_folder() {
    let desk = Desk::open().await;
    let second = keystow_portal::start(desk.config(), Arc::new(SystemClock::new())).await;
    assert!(matches!(second, Err(PortalError::Running { .. })));
}

#[tokio::test]
async fn sample_data_stays_on_loopback() {
    let data = tempfile::tempdir().unwrap();
    let config = Config { demo: true, listen: "0.0.0.0:0".parse().unwrap(), ..Config::new(data.path()) };
    let refused = keystow_portal::start(config, Arc::new(SystemClock::new())).await;
    assert!(matches!(refused, Err(PortalError::DemoInPublic { .. })));
}

#[tokio::test]
async fn sample_data_has_keys_in_every_state_usage_and_its_own_client_and_is_made_once() {
    let demo = |config: &mut Config| config.demo = true;
    let mut desk = Desk::with(demo).await;
    for _ in 0..2 {
        let page = desk.browse("/sign-in").await;
        assert!(page.text.contains("demo@keystow.example"), "the page says how to get in");
        let fields = [("email", "demo@keystow.example"), ("password", "keystow-demo")];
        desk.fill_in(&page, "/sign-in", &fields).await.expect(303);
        {
            let app = desk.sign_in().await;
            let keys = app.get("/v1/developer/keys?page_size=100").await.json();
            let keys = keys["apiKeys"].as_array().unwrap().clone();
            assert_eq!(keys.len(), 24);
            for state in ["ACTIVE", "EXPIRED", "REVOKED", "PENDING", "SUSPENDED"] {
                assert!(keys.iter().any(|key| key["status"] == format!("API_KEY_STATUS_{state}")), "{state}");
            }
            assert!(keys.iter().any(|key| key.get("previousSecrets").is_some()));
            let usage =
                "/v1/developer/usage?from=2026-10-20T00:00:00Z&to=2027-01-15T00:00:00Z&resolution=day";
            let said = app.get(usage).await.expect(200).json();
            let buckets = said["series"][0]["buckets"].as_array().unwrap().clone();
            assert!(
                buckets.iter().all(|bucket| bucket["requests"].as_u64().is_some_and(|calls| calls > 1000))
            );
        }
        desk.browse(&crate::desk::authorize(&[
            ("client_id", "demo-client"),
            ("redirect_uri", "http://127.0.0.1:9/callback"),
        ]))
        .await
        .expect(200);
        desk.stop().await;
        desk.start(demo).await;
    }
}

#[tokio::test]
async fn the_sample_account_and_its_client_are_of_no_use_once_the_portal_is_none_of_sample_data() {
    let demo = |config: &mut Config| config.demo = true;
    let mut desk = Desk::with(demo).await;
    let fields = [("email", "demo@keystow.example"), ("password", "keystow-demo")];
    let page = desk.browse("/sign-in").await;
    desk.fill_in(&page, "/sign-in", &fields).await.expect(303);
    let refresh = desk.sign_in().await.refresh;
    desk.stop().await;
    desk.start(|_| {}).await;
    let page = desk.browse("/sign-in").await;
    desk.fill_in(&page, "/sign-in", &fields).await.expect(422);
    desk.refresh(&refresh).await.expect(400);
    let client = [("client_id", "demo-client"), ("redirect_uri", "http://127.0.0.1:9/callback")];
    desk.browse(&crate::desk::authorize(&client)).await.expect(400);
    desk.stop().await;
    desk.start(demo).await;
    let page = desk.browse("/sign-in").await;
    desk.fill_in(&page, "/sign-in", &fields).await.expect(303);
}

#[tokio::test]
async fn a_database_without_its_pepper_is_an_error_and_gets_no_new_one() {
    let mut desk = Desk::open().await;
    desk.register().await;
    desk.stop().await;
    let data = desk.data.path().join("portal");
    std::fs::remove_file(data.join("pepper")).unwrap();
    let refused = keystow_portal::start(desk.config(), Arc::new(SystemClock::new())).await;
    assert!(matches!(refused, Err(PortalError::PepperMissing { .. })));
    assert!(!data.join("pepper").exists());
}

#[tokio::test]
async fn a_portal_that_stopped_has_cut_off_every_connection_and_left_its_folder() {
    let mut desk = Desk::open().await;
    let address = desk.base().strip_prefix("http://").unwrap().to_owned();
    let mut slow = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head = format!("POST /v1/auth/token HTTP/1.1\r\nHost: {address}\r\nContent-Length: 10\r\n\r\n{{");
    tokio::io::AsyncWriteExt::write_all(&mut slow, head.as_bytes()).await.unwrap();
    // Answered after the slow one was accepted.
    desk.browse("/").await.expect(200);
    desk.stop().await;
    let mut said = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut slow, &mut said).await;
    assert!(said.is_empty(), "the call that never arrived was not answered");
    desk.start(|_| {}).await;
}
