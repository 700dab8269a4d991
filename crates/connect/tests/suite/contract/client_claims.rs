//! The claims about OAuth clients: each is a key of another kind. Each gets a portal of its own.

use std::time::Duration;

use keystow_connect::{Failure, RefusalKind, Registered, Revoked, Trial};
use keystow_domain::{
    AppId, AppWish, ClientProof, ClientWish, Clock as _, Key, KeyId, NewClient, ProductId, ProductWish,
};
use keystow_vault::Secret;
use keystow_vault::pair::make_pair;

use super::claims::{new_key, operation};
use super::subject::Subject;

const BACK: &str = "https://shop.example/back";

fn client(proof: ClientProof) -> NewClient {
    NewClient { name: "shop".into(), proof, redirect_uris: vec![BACK.into()], app: None }
}

impl Subject {
    async fn has_clients(&self) -> bool {
        self.portal.abilities(&self.token).await.unwrap().clients
    }

    async fn register(&self, name: &str, new: &NewClient) -> Result<Registered, Failure> {
        self.portal.register(&self.token, &operation(name), new, None).await
    }

    /// Every key and client, page by page.
    async fn everything(&self) -> Vec<Key> {
        let (mut all, mut page) = (Vec::new(), None);
        loop {
            let read = self.portal.keys(&self.token, page.as_ref(), 1).await.unwrap();
            all.extend(read.keys);
            page = read.next;
            if page.is_none() {
                return all;
            }
        }
    }

    /// An app that may stream, because somebody approved it.
    async fn streaming_app(&self) -> AppId {
        let product = ProductWish {
            product: ProductId::new("partner"),
            scopes: vec!["read".into(), "stream".into()],
            justification: "partners listen".into(),
        };
        let wish = AppWish { name: Some("shop".into()), products: Some(vec![product]), ..AppWish::default() };
        let app = self.portal.create_app(&self.token, &wish).await.unwrap();
        self.portal.decide(&self.token, &app.subscriptions[0].id, None).await.unwrap();
        app.id
    }

    /// Whether the portal's clock is the one its answers tell. Where it is set by hand it is not: what is signed is then
    /// of another time than the portal's, and refused for that.
    fn tells_its_time(&self) -> bool {
        self.portal.clock_offset().is_none_or(|offset| offset.millis.abs() < 30_000)
    }

    /// Whether the portal takes what a client proves itself with.
    async fn takes(&self, id: &KeyId, proof: ClientProof, secret: &Secret) -> Option<bool> {
        let stream = self.portal.abilities(&self.token).await.unwrap().stream.unwrap();
        let trial = Trial::of_client(stream, id.clone(), proof);
        self.portal.probe(&trial, secret).await.unwrap().accepted
    }
}

pub(super) async fn a_portal_without_clients_says_so_and_registers_none(at: Subject) {
    let made = at.register("one", &client(ClientProof::Secret)).await;
    match made {
        Ok(_) => assert!(at.has_clients().await),
        Err(Failure::Refused(refusal)) => {
            assert!(!at.has_clients().await);
            assert_eq!(refusal.kind, RefusalKind::NotFound);
        }
        Err(other) => panic!("{other:?}"),
    }
}

pub(super) async fn a_client_comes_with_its_secret_and_is_listed_with_the_keys(at: Subject) {
    if !at.has_clients().await {
        return;
    }
    at.portal.issue(&at.token, &operation("key"), &new_key("billing")).await.unwrap();
    let made = at.register("one", &client(ClientProof::Secret)).await.unwrap();
    let secret = made.secret.unwrap();
    assert!(secret.starts_with(&made.key.prefix) && !made.key.prefix.is_empty());
    let kept = made.key.client.as_deref().unwrap();
    assert_eq!(
        (kept.proof.clone(), kept.redirect_uris.as_slice()),
        (ClientProof::Secret, &[BACK.into()][..])
    );
    let public = at.register("two", &client(ClientProof::Nothing)).await.unwrap();
    assert!(public.secret.is_none());
    let all = at.everything().await;
    assert_eq!(all.iter().filter(|key| key.client.is_some()).count(), 2);
    assert_eq!(all.len(), 3, "keys and clients, each once");
    assert_eq!(at.portal.key(&at.token, &made.key.id).await.unwrap(), Some(made.key));
}

pub(super) async fn registering_again_in_the_same_call_gets_the_same_secret(at: Subject) {
    if !at.has_clients().await {
        return;
    }
    let new = client(ClientProof::Secret);
    let (first, again) = (at.register("one", &new).await.unwrap(), at.register("one", &new).await.unwrap());
    assert_eq!(first.key.id, again.key.id);
    assert!(again.secret.unwrap().starts_with(&first.key.prefix));
    assert_eq!(at.everything().await.len(), 1);
    let other = NewClient { name: "stall".into(), ..new };
    assert!(matches!(at.register("one", &other).await, Err(Failure::Refused(_))));
}

pub(super) async fn both_secrets_of_a_client_are_taken_until_grace_is_ended(at: Subject) {
    if !at.has_clients().await {
        return;
    }
    let new = NewClient { app: Some(at.streaming_app().await), ..client(ClientProof::Secret) };
    let made = at.register("one", &new).await.unwrap();
    let (id, old) = (made.key.id, made.secret.unwrap());
    assert_eq!(at.takes(&id, ClientProof::Secret, &old).await, Some(true));
    let grace = Some(Duration::from_secs(600));
    let rotated = at.portal.rotate(&at.token, &operation("two"), &id, grace).await.unwrap();
    assert_eq!((rotated.key.previous.len(), rotated.key.version), (1, Some(2)));
    for secret in [&old, &rotated.secret] {
        assert_eq!(at.takes(&id, ClientProof::Secret, secret).await, Some(true));
    }
    let ended = at.portal.end_grace(&at.token, &id).await.unwrap();
    assert!(ended.previous.is_empty());
    assert_eq!(at.takes(&id, ClientProof::Secret, &old).await, Some(false));
    assert_eq!(at.takes(&id, ClientProof::Secret, &rotated.secret).await, Some(true));
}

pub(super) async fn a_client_that_signs_is_known_by_each_of_its_keys(at: Subject) {
    if !at.has_clients().await {
        return;
    }
    let ((old, first), (new, second)) = (make_pair(), make_pair());
    let wish = NewClient { app: Some(at.streaming_app().await), ..client(ClientProof::Signature) };
    let made = at.portal.register(&at.token, &operation("one"), &wish, Some(&first)).await.unwrap();
    assert!(made.secret.is_none() && first.kid.starts_with(&made.key.prefix));
    let id = made.key.id;
    let added = at.portal.add_client_key(&at.token, &id, &second).await.unwrap();
    assert_eq!(at.portal.add_client_key(&at.token, &id, &second).await.unwrap(), added, "added is added");
    assert!(second.kid.starts_with(&added.prefix) && first.kid.starts_with(&added.previous[0].prefix));
    let signs = at.tells_its_time();
    for secret in [&old, &new] {
        assert!(!signs || at.takes(&id, ClientProof::Signature, secret).await == Some(true));
    }
    let ended = at.portal.end_grace(&at.token, &id).await.unwrap();
    assert!(ended.previous.is_empty() && second.kid.starts_with(&ended.prefix));
    assert_eq!(at.takes(&id, ClientProof::Signature, &old).await, Some(false));
    assert!(!signs || at.takes(&id, ClientProof::Signature, &new).await == Some(true));
}

pub(super) async fn a_client_is_edited_and_each_wrong_place_is_named(at: Subject) {
    if !at.has_clients().await {
        return;
    }
    let made = at.register("one", &client(ClientProof::Secret)).await.unwrap();
    let to = |uris: &[&str]| ClientWish {
        name: Some("stall".into()),
        redirect_uris: Some(uris.iter().map(|&uri| uri.to_owned()).collect()),
    };
    let bad = to(&[BACK, "https://shop.example/#x"]);
    let Err(Failure::Refused(refusal)) = at.portal.change_client(&at.token, &made.key.id, &bad).await else {
        panic!("a fragment is taken");
    };
    assert!(refusal.violations.iter().any(|(field, _)| field == "redirectUris[1]"), "{refusal:?}");
    let changed = at.portal.change_client(&at.token, &made.key.id, &to(&["https://stall.example/"])).await;
    let changed = changed.unwrap();
    assert_eq!(changed.name, "stall");
    assert_eq!(changed.client.unwrap().redirect_uris, ["https://stall.example/"]);
}

pub(super) async fn a_deleted_client_is_gone(at: Subject) {
    if !at.has_clients().await {
        return;
    }
    let made = at.register("one", &client(ClientProof::Secret)).await.unwrap();
    let ended = at.portal.revoke(&at.token, &made.key.id).await;
    assert!(matches!(ended, Ok(Revoked::Now(_))), "{ended:?}");
    let again = at.portal.revoke(&at.token, &made.key.id).await;
    match again {
        Ok(Revoked::Already) => {}
        Err(Failure::Refused(refusal)) => assert_eq!(refusal.kind, RefusalKind::NotFound),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn the_bill_is_told_where_there_is_one(at: Subject) {
    let (now, day) = (at.clock.now(), Duration::from_secs(86_400));
    let bill = at.portal.bill(&at.token, now.minus(day), now, false).await;
    if at.portal.abilities(&at.token).await.unwrap().bill {
        assert_eq!(bill.unwrap().billable, 0);
    } else {
        assert!(matches!(bill, Err(Failure::Refused(_))));
    }
}
