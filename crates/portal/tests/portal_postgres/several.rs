//! Several portals on one database, behind one address: whichever of them a call meets, it is as if there were one.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::http::Method;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    desk::{Answer, App, Desk, REDIRECT, VERIFIER},
    store::Store,
};

/// The name of a call, one for each number.
fn name(number: usize) -> String {
    format!("01927f3e-6d2c-7b1a-9f7e-{number:012}.k3Jx9QpL2mVb8RtY")
}

/// `keystow-portal` twice, each in a process of its own, and one address before them that lets each connection meet
/// the next of them.
struct Several {
    portals: Vec<(Child, SocketAddr)>,
    base: String,
    _data: tempfile::TempDir,
}

impl Several {
    async fn start() -> Self {
        let (data, store) = (tempfile::tempdir().unwrap(), Store::new().await);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut portals = Vec::new();
        for number in 0..2 {
            let folder = data.path().join(number.to_string());
            // Started together, they would each make a pepper: the second is given the first one's.
            portals.push(program(&folder, &data.path().join("0/pepper"), &base, &store).await);
        }
        let addresses: Vec<SocketAddr> = portals.iter().map(|(_, address)| *address).collect();
        tokio::spawn(in_turn(listener, addresses));
        Self { portals, base, _data: data }
    }

    /// What people meet: each connection is with the next portal.
    fn desk(&self) -> Desk {
        Desk::at(&self.base)
    }
}

impl Drop for Several {
    fn drop(&mut self) {
        for (portal, _) in &mut self.portals {
            let _ = portal.kill();
            let _ = portal.wait();
        }
    }
}

/// Starts a portal that is known by `base`; gives where it listens.
async fn program(folder: &Path, pepper: &Path, base: &str, store: &Store) -> (Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_keystow-portal"))
        .args(["--listen", "127.0.0.1:0", "--base-url", base, "--data"])
        .arg(folder)
        .arg("--pepper")
        .arg(pepper)
        .args(store.arguments())
        .env("RUST_LOG", "keystow_portal=info")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = tokio::process::ChildStderr::from_std(child.stderr.take().unwrap()).unwrap();
    let mut lines = BufReader::new(said).lines();
    let address = loop {
        let line = lines.next_line().await.unwrap().expect("the portal says where it listens");
        if let Some((_, address)) = line.split_once("listening on ") {
            break address.trim().parse().unwrap();
        }
    };
    // Read to the end, so that the portal never waits for it.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, address)
}

/// Lets each connection meet the next portal.
async fn in_turn(listener: TcpListener, portals: Vec<SocketAddr>) {
    let next = AtomicUsize::new(0);
    while let Ok((mut caller, _)) = listener.accept().await {
        let portal = portals[next.fetch_add(1, Ordering::Relaxed) % portals.len()];
        tokio::spawn(async move {
            let mut portal = TcpStream::connect(portal).await.unwrap();
            let _ = copy_bidirectional(&mut caller, &mut portal).await;
        });
    }
}

async fn rotate(app: &App<'_>, id: &str, call: &str) -> Answer {
    let body = json!({"id": id, "graceSeconds": 3600}).to_string();
    app.call(Method::POST, &format!("/v1/developer/keys/{id}/rotate"), &[("idempotency-key", call)], &body)
        .await
}

async fn version(app: &App<'_>, id: &str) -> u64 {
    let said = app.get(&format!("/v1/developer/keys/{id}")).await.expect(200).json();
    said["apiKey"]["version"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_portals_rotate_once_for_one_name_and_once_for_each_of_many() {
    let several = Several::start().await;
    let desk = several.desk();
    let app = desk.app().await;
    let (id, _) = app.create("billing").await;
    // One name, eight times at once: some meet one portal, some the other.
    for round in 0..5 {
        let name = name(round);
        let rotate = || rotate(&app, &id, &name);
        let (a, b, c, d, e, f, g, h) =
            tokio::join!(rotate(), rotate(), rotate(), rotate(), rotate(), rotate(), rotate(), rotate());
        let mut said = Vec::new();
        for answer in [a, b, c, d, e, f, g, h] {
            // A portal that is making the call itself says so; nobody is refused for another reason.
            assert!([200, 409].contains(&answer.status.as_u16()), "{answer:?}");
            if answer.status == 200 {
                said.push(answer.text);
            } else {
                assert!(answer.text.contains("being made right now"), "{}", answer.text);
            }
        }
        said.push(rotate().await.expect(200).text);
        said.dedup();
        assert_eq!(said.len(), 1, "everybody got the same secret");
        assert_eq!(version(&app, &id).await, u64::try_from(round).unwrap() + 2);
        app.post(&format!("/v1/developer/keys/{id}/previous/end"), json!({"id": id})).await.expect(200);
    }
    // Many names at once: each rotates once, and no version is missing or given twice.
    let (id, _) = app.create("reports").await;
    let names: Vec<String> = (100..108).map(name).collect();
    let [a, b, c, d, e, f, g, h] = [0, 1, 2, 3, 4, 5, 6, 7].map(|number| rotate(&app, &id, &names[number]));
    let (a, b, c, d, e, f, g, h) = tokio::join!(a, b, c, d, e, f, g, h);
    let mut versions: Vec<u64> = [a, b, c, d, e, f, g, h]
        .into_iter()
        .map(|answer| answer.expect(200).json()["apiKey"]["version"].as_u64().unwrap())
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=9).collect::<Vec<u64>>());
    assert_eq!(version(&app, &id).await, 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_begun_at_one_portal_ends_at_the_other_and_a_revocation_at_one_holds_at_both() {
    let several = Several::start().await;
    let desk = several.desk();
    // Each page, form and call of these meets the next portal.
    let app = desk.app().await;
    let (id, secret) = app.create("billing").await;
    for _ in 0..2 {
        desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    }
    app.post(&format!("/v1/developer/keys/{id}/revoke"), json!({"id": id})).await.expect(200);
    for _ in 0..4 {
        desk.try_key("/v1/catalog/items", &secret).await.expect(401);
        let listed = app.get("/v1/developer/keys").await.expect(200).json();
        assert_eq!(listed["apiKeys"][0]["status"], "API_KEY_STATUS_REVOKED");
    }
    // A code is good at either, once; coming twice, it ends what it was exchanged for.
    let code = desk.code().await;
    let body = json!({"code": code, "redirectUri": REDIRECT, "clientId": "keystow-desktop", "codeVerifier": VERIFIER});
    let exchange = || desk.post("/v1/auth/token", body.clone());
    let (first, second) = tokio::join!(exchange(), exchange());
    let (won, lost) = if first.status == 200 { (first, second) } else { (second, first) };
    lost.expect(401);
    let token = won.expect(200).json()["token"]["accessToken"].as_str().unwrap().to_owned();
    let bearer = [("authorization", &*format!("Bearer {token}"))];
    desk.send(Method::GET, "/v1/developer/keys", &bearer, String::new()).await.expect(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_of_a_key_hold_to_the_call_over_two_portals() {
    let several = Several::start().await;
    let desk = Arc::new(several.desk());
    let (id, secret) = desk.app().await.create("billing").await;
    let mut calls = JoinSet::new();
    for _ in 0..320 {
        let (desk, secret) = (desk.clone(), secret.clone());
        calls.spawn(async move { desk.try_key("/v1/catalog/items", &secret).await.status.as_u16() });
    }
    let answers = calls.join_all().await;
    let count = |status: u16| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((count(200), count(429)), (300, 20), "three hundred a minute, and no more");
    let quota = desk.sign_in().await.get(&format!("/v1/developer/keys/{id}/quota")).await.expect(200).json();
    assert_eq!(quota["used"], 300);
}

#[tokio::test]
async fn two_portals_in_one_process_answer_exactly_as_many_billable_calls_as_the_quota_has() {
    let store = Store::new().await;
    let data = tempfile::tempdir().unwrap();
    let mut desks = Vec::new();
    for number in 0..2 {
        let desk = Desk::on(Store { address: store.address.clone() }, |config| {
            config.pepper = Some(data.path().join("pepper"));
            config.limits = keystow_portal::Limits { quota: 40, gateway: 1000, ..Default::default() };
            config.data = data.path().join(number.to_string());
        });
        desks.push(desk.await);
    }
    let secret = desks[0].app().await.create("billing").await.1;
    let desks: Vec<Arc<Desk>> = desks.into_iter().map(Arc::new).collect();
    let mut calls = JoinSet::new();
    for call in 0..100 {
        // Every third call fails, and is given back.
        let path = if call % 3 == 0 { "/v1/catalog/items/nothing" } else { "/v1/catalog/items" };
        let (desk, secret) = (desks[call % 2].clone(), secret.clone());
        calls.spawn(async move { desk.try_key(path, &secret).await.status.as_u16() });
    }
    let mut billable = calls.join_all().await.into_iter().filter(|status| *status == 200).count();
    // A call that failed may have held the last one while another was refused.
    for call in 0.. {
        let answer = desks[call % 2].try_key("/v1/catalog/items", &secret).await;
        if answer.status != 200 {
            assert_eq!(answer.expect(429).json()["code"], "ERROR_CODE_QUOTA_EXCEEDED");
            break;
        }
        billable += 1;
    }
    assert_eq!(billable, 40);
    desks[1].try_key("/v1/catalog/items", &secret).await.expect(429);
}

#[tokio::test]
async fn a_portal_with_another_pepper_does_not_start_on_the_database() {
    let store = Store::new().await;
    let first = Desk::on(Store { address: store.address.clone() }, |_| {}).await;
    first.register().await;
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("pepper"), [7; 32]).unwrap();
    let mut config = keystow_portal::Config::new(other.path());
    store.set_up(&mut config);
    let clock = Arc::new(keystow_portal::SystemClock::new());
    let refused = keystow_portal::start(config.clone(), clock.clone()).await;
    assert!(matches!(refused, Err(keystow_portal::PortalError::PepperDiffers { .. })));
    std::fs::remove_file(other.path().join("pepper")).unwrap();
    let refused = keystow_portal::start(config, clock).await;
    assert!(matches!(refused, Err(keystow_portal::PortalError::PepperMissing { .. })));
}

#[tokio::test]
async fn portals_that_start_together_on_a_new_database_make_its_tables_once() {
    let store = Store::new().await;
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("pepper"), [7; 32]).unwrap();
    let start = |number: u8| {
        let mut config = keystow_portal::Config::new(data.path().join(number.to_string()));
        config.pepper = Some(data.path().join("pepper"));
        store.set_up(&mut config);
        keystow_portal::start(config, Arc::new(keystow_portal::SystemClock::new()))
    };
    let (a, b, c, d) = tokio::join!(start(0), start(1), start(2), start(3));
    for portal in [a, b, c, d] {
        portal.unwrap().stop().await.unwrap();
    }
}
