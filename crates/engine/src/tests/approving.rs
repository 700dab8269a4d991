//! Two people at one real portal: a developer who asks, and an administrator who decides.

use std::sync::Arc;

use keystow_connect::oauth::{SignIn, discover};
use keystow_domain::{
    Account, AccountId, AppStatus, AppWish, Clock, NewKey, PortalKind, ProductId, ProductWish, Reported,
    Session, SubscriptionState,
};
use keystow_portal::{Config, Faults, Running};
use tokio::sync::mpsc;
use url::Url;

use super::{MockClock, MockHost, new_key};
use crate::accounts::AccountState;
use crate::engine::{Engine, Parts, Setup};
use crate::host::Host;
use crate::session::Network;

#[path = "../../tests/crash_runs/browser.rs"]
mod browser;

const CLIENT: &str = "keystow-desktop";

/// A portal that runs in this process.
struct Portal {
    clock: Arc<MockClock>,
    origin: Url,
    faults: Faults,
    _running: Running,
    _data: tempfile::TempDir,
}

impl Portal {
    async fn open() -> Self {
        let (clock, data, faults) =
            (Arc::new(MockClock::default()), tempfile::tempdir().unwrap(), Faults::default());
        let config = Config { faults: faults.clone(), ..Config::new(data.path()) };
        let running = keystow_portal::start(config, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        let origin = Url::parse(running.base_url()).unwrap();
        Self { clock, origin, faults, _running: running, _data: data }
    }

    /// Registers somebody and signs them in at an app of their own. The first one is the administrator.
    async fn person(&self, name: &'static str) -> Person {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let issuer = discover(&self.origin, Arc::clone(&clock)).await.unwrap();
        let scopes = ["read".to_owned(), "stream".to_owned()];
        let (sign_in, url) = SignIn::begin(&issuer, CLIENT, &scopes, Arc::clone(&clock)).unwrap();
        let waiting = tokio::spawn(sign_in.wait(mpsc::channel(1).1));
        let asks = url.to_string();
        let allows = move || match name {
            "ada" => browser::allow(&asks),
            _ => browser::allow_as(&asks, &format!("{name}@example.com"), name),
        };
        tokio::task::spawn_blocking(allows).await.unwrap();
        let tokens = waiting.await.unwrap().unwrap();
        let (folder, host) = (tempfile::tempdir().unwrap(), Arc::new(MockHost::default()));
        let keyring = Arc::new(keystow_vault::MemoryKeyring::new());
        let clipboard = keystow_vault::ClipboardSpy::new(Arc::clone(&clock));
        let setup = Setup {
            folder: folder.path().to_owned(),
            guard: "unused".into(),
            keyring_service: "unused".into(),
            host: Arc::clone(&host) as Arc<dyn Host>,
            clock: Arc::clone(&clock),
        };
        let parts = Parts {
            keyring,
            clipboard: clipboard.clipboard(),
            plain_clipboard: clipboard.clipboard(),
            connector: Arc::new(Network::new(clock)),
            disturb: None,
        };
        let engine = Engine::assemble(setup, parts).await.unwrap();
        engine.unlock().await.unwrap();
        let account = Account {
            id: AccountId::new(format!("acc_{name}")),
            portal: PortalKind::Remote,
            issuer: self.origin.to_string(),
            portal_name: "Portal".into(),
            client_id: CLIENT.into(),
            person: None,
            scopes: scopes.into(),
        };
        engine.keep_account(account.clone(), Session::SignedIn).await.unwrap();
        let refresh = tokens.refresh.expect("a session that lasts");
        engine.0.vault.keep_session(&account.id, &AccountState::facts(&account), &refresh).await.unwrap();
        engine.read_abilities(&account.id).await;
        engine.remind().await;
        engine.refresh_apps().await.unwrap();
        Person { engine, host, account: account.id, _folder: folder }
    }
}

/// Somebody with an app of their own.
struct Person {
    engine: Engine,
    host: Arc<MockHost>,
    account: AccountId,
    _folder: tempfile::TempDir,
}

fn asking(name: &str, why: &str) -> AppWish {
    let products = vec![ProductWish {
        product: ProductId::new("partner"),
        scopes: vec!["read".into()],
        justification: why.into(),
    }];
    AppWish { name: Some(name.into()), products: Some(products), ..AppWish::default() }
}

#[tokio::test]
async fn a_developer_asks_an_administrator_approves_and_the_key_is_accepted_from_then_on() {
    let portal = Portal::open().await;
    let (admin, developer) = (portal.person("ada").await, portal.person("lee").await);
    assert!(admin.engine.apps().unwrap().decides && !developer.engine.apps().unwrap().decides);
    let app = developer.engine.create_app(&asking("shop", "three partners")).await.unwrap();
    let new = NewKey { app: Some(app.id.clone()), ..new_key("shop-prod") };
    let key = developer.engine.create("ticket-of-shop", &new).await.unwrap().key;
    assert_eq!((&key.reported, key.app.as_ref()), (&Reported::Pending, Some(&app.id)));
    portal.clock.advance(std::time::Duration::from_secs(60));
    admin.engine.refresh_apps().await.unwrap();
    let ask = admin.engine.apps().unwrap().asks.remove(0);
    assert_eq!((ask.person.as_deref(), ask.email.as_deref()), (Some("lee"), Some("lee@example.com")));
    assert_eq!(ask.subscription.justification, "three partners");
    admin.engine.decide(&ask.subscription.id, None).await.unwrap();
    assert!(admin.engine.apps().unwrap().asks.is_empty());
    developer.engine.refresh(&developer.account).await;
    let notices = developer.engine.notices();
    let told = notices.iter().find(|notice| notice.what.code == "subscription_approved");
    assert_eq!(told.expect("the decision is told").what.facts["product"], "Partner access");
    assert_eq!(developer.engine.app(&app.id).unwrap().app.status, AppStatus::Active);
    developer.engine.refresh(&developer.account).await;
    assert_eq!(developer.engine.key(&key.id).unwrap().key.reported, Reported::Active);
    let call = developer.engine.try_call(&key.id).await.unwrap();
    assert_eq!(call.status, 200, "the gateway accepts it");
    assert!(!developer.host.mute.load(std::sync::atomic::Ordering::SeqCst));
}

#[tokio::test]
async fn two_administrators_who_decide_at_once_are_told_who_was_first() {
    let portal = Portal::open().await;
    let (admin, developer) = (portal.person("ada").await, portal.person("lee").await);
    let app = developer.engine.create_app(&asking("shop", "three partners")).await.unwrap();
    admin.engine.refresh_apps().await.unwrap();
    let asked = app.subscriptions[0].id.clone();
    developer
        .engine
        .change_app(&app.id, &AppWish { products: Some(Vec::new()), ..AppWish::default() })
        .await
        .unwrap();
    let late = admin.engine.decide(&asked, None).await.unwrap_err();
    assert_eq!(late.code, "decided_before");
    assert!(late.facts["said"].contains("took this back"), "{late}");
    assert!(admin.engine.apps().unwrap().asks.is_empty(), "the queue was read again");
    let again = developer.engine.change_app(&app.id, &asking("shop", "four partners")).await.unwrap();
    admin.engine.refresh_apps().await.unwrap();
    let (one, two) = (
        admin.engine.decide(&again.subscriptions[0].id, Some("Not yet.")).await,
        admin.engine.decide(&again.subscriptions[0].id, None).await,
    );
    assert_eq!(one.unwrap().subscription.state, SubscriptionState::Rejected);
    assert!(two.unwrap_err().facts["said"].contains("rejected this before"));
}

#[tokio::test]
async fn an_app_whose_answer_was_lost_is_there_once() {
    let portal = Portal::open().await;
    let developer = portal.person("ada").await;
    portal.faults.lose_answers(1);
    let app = developer.engine.create_app(&asking("shop", "three partners")).await.unwrap();
    developer.engine.refresh_apps().await.unwrap();
    let apps = developer.engine.apps().unwrap().apps;
    assert_eq!((apps.len(), &apps[0].id), (1, &app.id));
}

#[tokio::test]
async fn who_does_not_decide_is_refused_and_told_so() {
    let portal = Portal::open().await;
    let (_admin, developer) = (portal.person("ada").await, portal.person("lee").await);
    let app = developer.engine.create_app(&asking("shop", "three partners")).await.unwrap();
    let refused = developer.engine.decide(&app.subscriptions[0].id, None).await.unwrap_err();
    assert_eq!(refused.code, "role_forbids");
    assert_eq!(developer.engine.app(&app.id).unwrap().app.status, AppStatus::Pending);
}
