//! What every storage does with OAuth clients, what they prove and what they are given.

use super::{super::*, *};
use crate::{
    apps::AppRecord,
    clients::{Algorithm, ClientAuth, ClientKeyRecord, OauthClient, PublicKey},
};

claims!(
    a_client_is_told_as_it_was_registered_and_changed_until_it_is_deleted,
    a_client_that_there_is_no_room_or_no_app_for_is_not_registered,
    a_secret_of_a_client_is_replaced_once_by_each_of_many_at_once,
    an_assertion_is_used_once_however_often_it_comes_at_once,
    what_was_acquired_counts_once_until_it_ends,
    a_token_of_a_client_ends_with_what_it_was_got_with,
    a_client_of_a_deleted_app_is_deleted_with_it,
);

fn client(number: u8, app: &str) -> OauthClient {
    let record = KeyRecord { id: format!("client_{number}"), app: app.into(), ..key(number, "ada") };
    OauthClient {
        record,
        auth: ClientAuth::Secret,
        redirect_uris: vec!["https://a.example/cb".into(), "http://127.0.0.1/cb".into()],
        keys: Vec::new(),
    }
}

fn public(version: u32) -> ClientKeyRecord {
    let key = PublicKey { algorithm: Algorithm::EdDsa, bytes: vec![u8::try_from(version).unwrap(); 32] };
    ClientKeyRecord { version, kid: format!("kid_{version}"), key, added_at: NOW, last_used_at: None }
}

async fn add(
    home: &Home,
    turn: usize,
    client: OauthClient,
    most: u32,
) -> std::result::Result<OauthClient, Refusal> {
    let app = client.record.app.clone();
    let new: NewClient = Box::new(move |_: Option<&AppRecord>| (client, None));
    home.door(turn).add_client("ada", &app, most, new).await.unwrap()
}

fn change(how: impl FnOnce(&mut OauthClient) + Send + 'static) -> ClientChange {
    Box::new(move |client| {
        how(client);
        Ok(None)
    })
}

async fn changed(home: &Home, id: &str, how: ClientChange) -> std::result::Result<OauthClient, Refusal> {
    home.other.change_client("ada", id, NOW, how).await.unwrap()
}

fn token(number: u32, version: u32) -> ClientToken {
    let scopes = vec!["read".into(), "stream".into()];
    ClientToken {
        hash: digest(40, number),
        client: "client_10".into(),
        version,
        scopes,
        ends_at: NOW.plus(Duration::from_secs(600)),
    }
}

async fn a_client_is_told_as_it_was_registered_and_changed_until_it_is_deleted(home: Home) {
    let made = add(&home, 0, client(10, ""), 9).await.unwrap();
    let told = home.other.client_of("ada", "client_10", NOW).await.unwrap().unwrap();
    assert_eq!(OauthClient { record: KeyRecord { number: 0, ..told.record.clone() }, ..told.clone() }, made);
    assert!(home.one.client_of("bob", "client_10", NOW).await.unwrap().is_none());
    assert!(home.one.key("ada", "client_10", NOW).await.unwrap().is_none(), "a client is no key");
    assert!(home.one.client_of("ada", "key_1", NOW).await.unwrap().is_none(), "a key is no client");
    assert_eq!(home.one.keys("ada", None, 9, NOW).await.unwrap().len(), 2);
    let edited = changed(
        &home,
        "client_10",
        change(|client| {
            client.record.name = "other".into();
            client.redirect_uris = vec!["https://b.example".into()];
            client.keys = vec![public(1)];
        }),
    );
    let edited = edited.await.unwrap();
    let told = home.one.client_of("ada", "client_10", NOW).await.unwrap().unwrap();
    assert_eq!(told, edited);
    assert_eq!(home.one.clients("ada", None, 9, NOW).await.unwrap(), [told]);
    let met = home.one.client("client_10").await.unwrap().unwrap();
    assert_eq!(
        (met.name.as_str(), met.auth, met.redirect_uris),
        ("other", ClientAuth::Secret, edited.redirect_uris)
    );
    assert!(met.registered.is_some_and(|of| of.in_force));
    changed(&home, "client_10", change(|client| client.record.revoke().unwrap())).await.unwrap();
    assert!(home.one.client("client_10").await.unwrap().is_none());
    assert!(home.one.client_of("ada", "client_10", NOW).await.unwrap().is_none());
    assert!(home.one.client_keys("client_10").await.unwrap().is_empty());
    assert!(home.one.clients("ada", None, 9, NOW).await.unwrap().is_empty());
    assert_eq!(changed(&home, "client_10", change(|_| {})).await, Err(Refusal::NotFound));
}

async fn a_client_that_there_is_no_room_or_no_app_for_is_not_registered(home: Home) {
    add(&home, 0, client(10, ""), 2).await.unwrap();
    assert_eq!(add(&home, 1, client(11, "app_of_nobody"), 2).await, Err(Refusal::NoSuchApp));
    assert_eq!(add(&home, 1, client(11, "a\0b"), 2).await, Err(Refusal::NoSuchApp));
    add(&home, 1, client(11, ""), 2).await.unwrap();
    assert_eq!(add(&home, 0, client(12, ""), 2).await, Err(Refusal::TooManyClients));
    changed(&home, "client_10", change(|client| client.record.revoke().unwrap())).await.unwrap();
    add(&home, 0, client(12, ""), 2).await.unwrap();
}

async fn a_secret_of_a_client_is_replaced_once_by_each_of_many_at_once(home: Home) {
    add(&home, 0, client(10, ""), 9).await.unwrap();
    let mut all = JoinSet::new();
    for turn in 0..6 {
        let door = home.door(turn);
        all.spawn(async move {
            let rotate: ClientChange = Box::new(move |client| {
                let version = client.record.current.version + 1;
                client.rotate(secret(90_000 + version, version), Duration::from_secs(60), NOW)?;
                Ok(None)
            });
            door.change_client("ada", "client_10", NOW, rotate).await.unwrap().unwrap()
        });
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
    let told = home.one.client_of("ada", "client_10", NOW).await.unwrap().unwrap();
    assert_eq!((told.record.current.version, told.record.previous.len()), (7, 6));
}

async fn an_assertion_is_used_once_however_often_it_comes_at_once(home: Home) {
    let ends_at = NOW.plus(Duration::from_secs(60));
    let mut all = JoinSet::new();
    for turn in 0..8 {
        let door = home.door(turn);
        all.spawn(async move { door.use_assertion(digest(41, 1), ends_at, NOW).await.unwrap() });
    }
    let mut used = 0;
    while let Some(was_first) = all.join_next().await {
        used += u32::from(was_first.unwrap());
    }
    assert_eq!(used, 1);
    home.one.sweep(NOW).await.unwrap();
    assert!(!home.other.use_assertion(digest(41, 1), ends_at, NOW).await.unwrap(), "forgotten too early");
    assert!(home.other.use_assertion(digest(41, 2), ends_at, NOW).await.unwrap());
    home.one.sweep(ends_at).await.unwrap();
    assert!(home.other.use_assertion(digest(41, 1), ends_at, ends_at).await.unwrap(), "kept for ever");
}

async fn what_was_acquired_counts_once_until_it_ends(home: Home) {
    add(&home, 0, client(10, ""), 9).await.unwrap();
    let what = |subject: &str| Acquisition {
        client: "client_10".into(),
        subject: subject.into(),
        item: "item_001".into(),
    };
    let ends_at = NOW.plus(Duration::from_secs(60));
    let mut all = JoinSet::new();
    for turn in 0..8 {
        let (door, what) = (home.door(turn), what(""));
        all.spawn(async move { door.acquire(what, NOW, ends_at).await.unwrap() });
    }
    let mut first = 0;
    while let Some(was_first) = all.join_next().await {
        first += u32::from(was_first.unwrap());
    }
    assert_eq!(first, 1);
    assert!(home.other.acquired_until(&what(""), NOW).await.unwrap().is_some());
    assert!(home.other.acquired_until(&what("bob"), NOW).await.unwrap().is_none(), "what somebody else got");
    assert!(home.one.acquire(what("bob"), NOW, ends_at).await.unwrap());
    assert!(home.one.acquired_until(&what(""), ends_at).await.unwrap().is_none());
    assert!(home.one.acquire(what(""), ends_at, ends_at.plus(Duration::from_secs(60))).await.unwrap());
    home.one.sweep(ends_at).await.unwrap();
    assert!(home.other.acquired_until(&what(""), ends_at).await.unwrap().is_some(), "forgotten too early");
}

async fn a_token_of_a_client_ends_with_what_it_was_got_with(home: Home) {
    add(&home, 0, OauthClient { auth: ClientAuth::Assertion, keys: vec![public(1)], ..client(10, "") }, 9)
        .await
        .unwrap();
    let second = change(|client| client.add_key("kid_2", public(2).key, NOW).unwrap());
    changed(&home, "client_10", second).await.unwrap();
    for version in [1, 2] {
        home.one.issue_to_client(token(version, version), NOW).await.unwrap();
    }
    let told = home.one.client_of("ada", "client_10", NOW).await.unwrap().unwrap();
    assert_eq!(
        told.keys.iter().map(|key| (key.version, key.last_used_at)).collect::<Vec<_>>(),
        [(2, Some(NOW)), (1, Some(NOW))]
    );
    let found = home.other.presented_token(&digest(40, 1)).await.unwrap().unwrap();
    assert_eq!((found.of.key.as_str(), found.of.version, found.subject.as_str()), ("client_10", 1, ""));
    assert_eq!(
        (found.of.scopes, found.of.secret_ends_at),
        (vec!["read".to_owned(), "stream".to_owned()], None)
    );
    changed(&home, "client_10", change(|client| client.end_key("kid_1").unwrap())).await.unwrap();
    let ended = home.other.presented_token(&digest(40, 1)).await.unwrap().unwrap();
    assert!(ended.of.secret_ends_at.is_some_and(|end| end <= NOW));
    let kept = home.other.presented_token(&digest(40, 2)).await.unwrap().unwrap();
    assert_eq!(kept.of.secret_ends_at, None);
    home.one.end_client_token(digest(40, 2), Some("client_11".into())).await.unwrap();
    assert!(home.one.presented_token(&digest(40, 2)).await.unwrap().is_some(), "another client ended it");
    home.one.end_client_token(digest(40, 2), Some("client_10".into())).await.unwrap();
    assert!(home.one.presented_token(&digest(40, 2)).await.unwrap().is_none());
    home.one.issue_to_client(token(3, 2), NOW).await.unwrap();
    changed(&home, "client_10", change(|client| client.record.revoke().unwrap())).await.unwrap();
    assert!(home.other.presented_token(&digest(40, 3)).await.unwrap().is_none());
}

async fn a_client_of_a_deleted_app_is_deleted_with_it(home: Home) {
    let wish = crate::apps::AppWish { name: Some("shop".into()), ..crate::apps::AppWish::default() };
    let app = AppRecord { id: "app_shop".into(), ..AppRecord::new("ada", "Ada", wish, NOW) };
    home.one.add_app(app, 9).await.unwrap().unwrap();
    add(&home, 0, client(10, "app_shop"), 9).await.unwrap();
    let scopes = vec!["stream".to_owned()];
    let grant = GrantRecord {
        id: "grant_1".into(),
        account: "bob".into(),
        client: "client_10".into(),
        scopes,
        granted_at: NOW,
        ended_at: None,
    };
    let code = CodeRecord {
        hash: digest(42, 1),
        redirect_uri: String::new(),
        challenge: String::new(),
        ends_at: NOW.plus(Duration::from_secs(60)),
    };
    home.one.add_grant(grant, code).await.unwrap();
    assert_eq!(home.one.redeem(digest(42, 1), tokens(900), NOW).await.unwrap(), Redeemed::Issued);
    let found = home.other.presented_token(&tokens(900).access).await.unwrap().unwrap();
    assert_eq!(
        (found.of.key.as_str(), found.subject.as_str(), found.of.account.as_str()),
        ("client_10", "bob", "ada")
    );
    assert!(found.of.in_force);
    let gone = home.one.delete_app("ada", "app_shop", NOW).await.unwrap();
    assert_eq!(gone, Some(vec!["client_10".to_owned()]));
    assert!(home.other.client("client_10").await.unwrap().is_none());
    assert!(
        home.other.access_grant(&tokens(900).access, NOW).await.unwrap().is_none(),
        "the sign-in goes on"
    );
    let found = home.other.presented_token(&tokens(900).access).await.unwrap().unwrap();
    assert!(!found.of.in_force);
}
