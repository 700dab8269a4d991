//! The claims of the suite. Each gets a portal of its own.

use std::collections::HashSet;
use std::time::Duration;

use keystow_connect::{Cause, Failure, Issued, RefusalKind, Revoked, Trial};
use keystow_domain::{
    Abilities, Clock as _, Grouping, Key, KeyId, NewKey, OperationId, Reported, Resolution, SecondRotation,
    UsageQuery,
};
use keystow_vault::Secret;

use super::subject::Subject;

impl Subject {
    async fn issue(&self, op: &str, name: &str) -> Result<Issued, Failure> {
        self.portal.issue(&self.token, &operation(op), &new_key(name)).await
    }

    async fn rotate(&self, op: &str, id: &KeyId, grace: Option<Duration>) -> Result<Issued, Failure> {
        self.portal.rotate(&self.token, &operation(op), id, grace).await
    }

    async fn key(&self, id: &KeyId) -> Option<Key> {
        self.portal.key(&self.token, id).await.unwrap()
    }

    async fn all_keys(&self) -> Vec<Key> {
        let (mut keys, mut page) = (Vec::new(), None);
        loop {
            let read = self.portal.keys(&self.token, page.as_ref(), 100).await.unwrap();
            assert_eq!(read.skipped, 0);
            keys.extend(read.keys);
            page = read.next;
            if page.is_none() {
                return keys;
            }
        }
    }

    async fn abilities(&self) -> Abilities {
        self.portal.abilities(&self.token).await.unwrap()
    }

    /// The status that the portal's gateway answers a secret with.
    async fn tried(&self, secret: &Secret) -> u16 {
        let gateway = self.abilities().await.gateway.expect("a portal with a gateway");
        self.portal.probe(&Trial::own(gateway), secret).await.unwrap().status
    }
}

/// Idempotency keys are long, because a portal may derive the seal of a stored answer from them.
pub(super) fn operation(name: &str) -> OperationId {
    OperationId::new(format!("{name}-0123456789abcdefghijklmnop"))
}

pub(super) fn new_key(name: &str) -> NewKey {
    NewKey { name: name.into(), scopes: vec!["read".into()], environment: None, expires_at: None, app: None }
}

fn refusal(outcome: Result<Issued, Failure>) -> RefusalKind {
    match outcome {
        Err(Failure::Refused(refusal)) => refusal.kind,
        other => panic!("not refused: {other:?}"),
    }
}

pub(super) async fn a_new_key_comes_with_its_secret_and_is_listed(at: Subject) {
    assert!(at.all_keys().await.is_empty());
    let issued = at.issue("one", "billing").await.unwrap();
    assert_eq!((issued.key.name.as_str(), &issued.key.reported), ("billing", &Reported::Active));
    assert_eq!(issued.key.scopes, ["read"]);
    assert!(!issued.key.prefix.is_empty() && issued.secret.starts_with(&issued.key.prefix));
    assert!(issued.answered_at_server.is_some());
    assert_eq!(at.all_keys().await, std::slice::from_ref(&issued.key));
    assert_eq!(at.key(&issued.key.id).await, Some(issued.key));
}

pub(super) async fn a_rotation_keeps_the_id_and_changes_the_secret(at: Subject) {
    let first = at.issue("one", "billing").await.unwrap();
    at.clock.advance(Duration::from_secs(1));
    let second = at.rotate("two", &first.key.id, None).await.unwrap();
    assert_eq!((&second.key.id, &second.key.name), (&first.key.id, &first.key.name));
    assert_ne!(second.key.prefix, first.key.prefix, "a prefix must tell two secrets apart");
    assert!(second.secret.starts_with(&second.key.prefix));
    assert_eq!(at.all_keys().await.len(), 1);
    if at.abilities().await.grace.reported {
        assert_eq!(second.key.version, first.key.version.map(|version| version + 1));
        assert_eq!(second.key.previous.len(), 1);
        assert_eq!(second.key.previous[0].prefix, first.key.prefix);
    } else {
        assert!(second.key.previous.is_empty() && second.key.version.is_none());
    }
}

pub(super) async fn a_repeated_call_gets_the_first_answer_where_the_portal_replays(at: Subject) {
    let replays = at.abilities().await.replay.is_some();
    let one = at.issue("one", "billing").await.unwrap();
    let again = at.issue("one", "billing").await.unwrap();
    assert_eq!(one.key.id == again.key.id, replays);
    assert_eq!(again.secret.starts_with(&one.key.prefix), replays);
    let turned = at.rotate("two", &one.key.id, None).await.unwrap();
    let again = at.rotate("two", &one.key.id, None).await.unwrap();
    assert_eq!(again.secret.starts_with(&turned.key.prefix), replays);
    assert_eq!(at.all_keys().await.len(), if replays { 1 } else { 2 });
}

pub(super) async fn a_name_of_a_call_is_not_used_for_another_call(at: Subject) {
    let first = at.issue("one", "billing").await.unwrap();
    let outcome = at.issue("one", "something else").await;
    if at.abilities().await.replay.is_some() {
        assert_eq!(refusal(outcome), RefusalKind::Unprocessable);
        assert_eq!(at.all_keys().await, [first.key]);
    } else {
        assert_ne!(outcome.unwrap().key.id, first.key.id);
    }
}

pub(super) async fn a_revoked_key_is_dead_and_revoking_it_again_is_done(at: Subject) {
    let issued = at.issue("one", "billing").await.unwrap();
    let Revoked::Now(key) = at.portal.revoke(&at.token, &issued.key.id).await.unwrap() else {
        panic!("the first revocation is the one that counts");
    };
    assert_eq!((&key.id, &key.reported), (&issued.key.id, &Reported::Revoked));
    assert_eq!(at.portal.revoke(&at.token, &issued.key.id).await, Ok(Revoked::Already));
    assert_eq!(refusal(at.rotate("two", &issued.key.id, None).await), RefusalKind::Conflict);
    if at.abilities().await.gateway.is_some() {
        assert_eq!(at.tried(&issued.secret).await, 401);
    }
}

pub(super) async fn a_rename_changes_the_name_alone(at: Subject) {
    let issued = at.issue("one", "billing").await.unwrap();
    let renamed = at.portal.rename(&at.token, &issued.key.id, "مفتاح الدفع").await.unwrap();
    assert_eq!(renamed, Key { name: "مفتاح الدفع".into(), ..issued.key });
    assert_eq!(at.key(&renamed.id).await, Some(renamed));
}

pub(super) async fn pages_hold_every_key_once(at: Subject) {
    for number in 0..5 {
        at.issue(&format!("op {number}"), &format!("key {number}")).await.unwrap();
        at.clock.advance(Duration::from_millis(1));
    }
    let (mut seen, mut sizes, mut next) = (HashSet::new(), Vec::new(), None);
    loop {
        let page = at.portal.keys(&at.token, next.as_ref(), 2).await.unwrap();
        sizes.push(page.keys.len());
        seen.extend(page.keys.into_iter().map(|key| key.name));
        next = page.next;
        if next.is_none() || sizes.len() > 5 {
            break;
        }
    }
    // A portal with clients lists them after the keys, on pages of their own.
    sizes.retain(|size| *size > 0);
    assert_eq!((sizes, seen.len()), (vec![2, 2, 1], 5));
}

pub(super) async fn an_unknown_key_is_nothing(at: Subject) {
    let id = KeyId::new("key_nobody_made");
    assert_eq!(at.key(&id).await, None);
    assert_eq!(refusal(at.rotate("one", &id, None).await), RefusalKind::NotFound);
    for failure in [
        at.portal.revoke(&at.token, &id).await.map(drop).unwrap_err(),
        at.portal.rename(&at.token, &id, "x").await.map(drop).unwrap_err(),
    ] {
        assert!(matches!(failure, Failure::Refused(refusal) if refusal.kind == RefusalKind::NotFound));
    }
}

pub(super) async fn what_is_out_of_bounds_is_refused_and_nothing_is_made(at: Subject) {
    let long = "x".repeat(101);
    let wrong = [
        (NewKey { scopes: vec![], ..new_key("a") }, "scopes"),
        (new_key(""), "name"),
        (new_key(&long), "name"),
    ];
    for (index, (new, field)) in wrong.iter().enumerate() {
        let outcome = at.portal.issue(&at.token, &operation(&format!("op {index}")), new).await;
        let Err(Failure::Refused(refusal)) = outcome else { panic!("not refused: {outcome:?}") };
        assert_eq!(refusal.kind, RefusalKind::Invalid);
        assert!(refusal.blames(field), "{field}: {refusal:?}");
    }
    assert!(at.all_keys().await.is_empty());
}

pub(super) async fn an_old_secret_works_until_its_deadline_and_not_after(at: Subject) {
    let abilities = at.abilities().await;
    if abilities.gateway.is_none() {
        // Nothing to try a secret at: the plain contract has no such place.
        assert_eq!(abilities, Abilities::plain());
        return;
    }
    assert_eq!(abilities.grace.second_rotation, SecondRotation::KeepsAll);
    let first = at.issue("one", "billing").await.unwrap();
    assert_eq!(at.tried(&first.secret).await, 200);
    let second = at.rotate("two", &first.key.id, Some(Duration::from_secs(600))).await.unwrap();
    let end = second.key.previous[0].expires_at.unwrap();
    assert_eq!(end.since(at.clock.now()), Duration::from_secs(600), "the grace that was asked for");
    at.clock.advance(Duration::from_secs(599));
    assert_eq!((at.tried(&first.secret).await, at.tried(&second.secret).await), (200, 200));
    at.clock.advance(Duration::from_secs(2));
    assert_eq!((at.tried(&first.secret).await, at.tried(&second.secret).await), (401, 200));
    assert!(at.key(&first.key.id).await.unwrap().previous.is_empty());
}

pub(super) async fn grace_ends_early_where_the_portal_can(at: Subject) {
    let first = at.issue("one", "billing").await.unwrap();
    let second = at.rotate("two", &first.key.id, None).await.unwrap();
    let ended = at.portal.end_grace(&at.token, &first.key.id).await;
    if at.abilities().await.grace.can_end_early {
        assert!(ended.unwrap().previous.is_empty());
        assert_eq!((at.tried(&first.secret).await, at.tried(&second.secret).await), (401, 200));
    } else {
        assert!(
            matches!(ended, Err(Failure::Refused(_) | Failure::Unknown(Cause::Server(405)))),
            "{ended:?}"
        );
    }
}

pub(super) async fn a_plain_portal_has_neither_usage_nor_quota(at: Subject) {
    let key = at.issue("one", "billing").await.unwrap().key.id;
    let now = at.clock.now();
    let query = UsageQuery {
        from: now.minus(Duration::from_secs(7200)),
        to: now.plus(Duration::from_secs(1)),
        resolution: Resolution::Hour,
        key: Some(key.clone()),
        app: None,
        team: None,
        grouping: Grouping::None,
    };
    let abilities = at.abilities().await;
    let usage = at.portal.usage(&at.token, &query).await;
    assert_eq!(usage.is_ok(), abilities.usage.contains(&Resolution::Hour), "{usage:?}");
    let quota = at.portal.quota(&at.token, Some(&key)).await.unwrap();
    assert!(quota.is_none() || abilities.quota);
    assert_eq!(at.portal.quota(&at.token, None).await, Ok(None));
}
