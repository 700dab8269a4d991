//! The claims about developer apps, products and approval. Each gets a portal of its own.

use keystow_connect::{Failure, RefusalKind};
use keystow_domain::{
    App, AppId, AppStatus, AppWish, KeyId, NewKey, ProductId, ProductWish, Reported, SubscriptionId,
    SubscriptionState,
};

use super::claims::{new_key, operation};
use super::subject::Subject;

impl Subject {
    async fn has_apps(&self) -> bool {
        self.portal.abilities(&self.token).await.unwrap().apps
    }

    async fn make(&self, wish: &AppWish) -> Result<App, Failure> {
        self.portal.create_app(&self.token, wish).await
    }

    async fn app(&self, id: &AppId) -> Option<App> {
        self.portal.app(&self.token, id).await.unwrap()
    }

    async fn key_of(&self, app: &AppId, scopes: &[&str]) -> Result<KeyId, Failure> {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let new = NewKey { app: Some(app.clone()), scopes, ..new_key("billing") };
        self.portal.issue(&self.token, &operation("one"), &new).await.map(|issued| issued.key.id)
    }

    async fn reported(&self, key: &KeyId) -> Reported {
        self.portal.key(&self.token, key).await.unwrap().unwrap().reported
    }
}

fn wish(name: &str, products: &[(&str, &[&str], &str)]) -> AppWish {
    let product = |(id, scopes, justification): &(&str, &[&str], &str)| ProductWish {
        product: ProductId::new(*id),
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        justification: (*justification).to_owned(),
    };
    AppWish {
        name: Some(name.into()),
        products: Some(products.iter().map(product).collect()),
        ..AppWish::default()
    }
}

/// What a refusal means, and the fields that it blames.
pub(super) fn kind<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> (RefusalKind, Vec<String>) {
    match outcome {
        Err(Failure::Refused(refusal)) => {
            (refusal.kind, refusal.violations.into_iter().map(|(field, _)| field).collect())
        }
        other => panic!("not refused: {other:?}"),
    }
}

pub(super) async fn a_portal_without_apps_says_so_and_has_none(at: Subject) {
    let apps = at.portal.apps(&at.token, None).await;
    if at.has_apps().await {
        assert_eq!(apps.unwrap().all, []);
        assert!(at.portal.products(&at.token).await.unwrap().len() >= 3);
    } else {
        assert_eq!(kind(apps).0, RefusalKind::NotFound);
        assert_eq!(kind(at.make(&wish("shop", &[])).await).0, RefusalKind::NotFound);
    }
}

pub(super) async fn an_app_comes_back_as_it_was_wished_for(at: Subject) {
    if !at.has_apps().await {
        return;
    }
    let full = AppWish {
        description: Some("Sells things.\nIn a shop.".into()),
        callback_urls: Some(vec!["https://shop.example/back".into()]),
        attributes: Some(vec![("cost centre".into(), "42".into())]),
        ..wish("shop", &[("catalog", &[], "")])
    };
    let made = at.make(&full).await.unwrap();
    assert_eq!((made.name.as_str(), &made.status), ("shop", &AppStatus::Active));
    assert_eq!(made.callback_urls, ["https://shop.example/back"]);
    assert_eq!(made.attributes, [("cost centre".to_owned(), "42".to_owned())]);
    assert_eq!(made.subscriptions[0].scopes, ["read"], "no scope means all of the product's");
    assert_eq!(made.subscriptions[0].decision(), None, "the portal approved it by itself");
    assert_eq!(at.app(&made.id).await, Some(made.clone()));
    assert_eq!(at.portal.apps(&at.token, None).await.unwrap().all, [made]);
}

pub(super) async fn what_needs_approval_waits_and_is_decided_once(at: Subject) {
    if !at.has_apps().await {
        return;
    }
    let made = at.make(&wish("shop", &[("partner", &["read"], "three partners")])).await.unwrap();
    assert_eq!((&made.status, made.waiting()), (&AppStatus::Pending, 1));
    let key = at.key_of(&made.id, &["read"]).await.unwrap();
    assert_eq!(at.reported(&key).await, Reported::Pending);
    let asks = at.portal.approvals(&at.token, None).await.unwrap().all;
    let ask = &asks[0];
    assert_eq!((ask.app_name.as_str(), ask.subscription.justification.as_str()), ("shop", "three partners"));
    assert!(ask.email.is_some(), "who asks");
    at.clock.advance(std::time::Duration::from_secs(60));
    let id = &ask.subscription.id;
    let decided = at.portal.decide(&at.token, id, None).await.unwrap();
    assert!(decided.state == SubscriptionState::Approved && decided.decision().is_some());
    assert_eq!(kind(at.portal.decide(&at.token, id, Some("late")).await).0, RefusalKind::Conflict);
    assert_eq!(at.reported(&key).await, Reported::Active);
    let now = at.app(&made.id).await.unwrap();
    assert_eq!((now.status, now.keys), (AppStatus::Active, vec![key]));
}

pub(super) async fn a_refusal_brings_its_reason_and_can_be_asked_again(at: Subject) {
    if !at.has_apps().await {
        return;
    }
    let made = at.make(&wish("shop", &[("partner", &["read"], "please")])).await.unwrap();
    let first = made.subscriptions[0].id.clone();
    at.portal.decide(&at.token, &first, Some("Too vague.")).await.unwrap();
    let refused = at.app(&made.id).await.unwrap();
    assert_eq!(refused.status, AppStatus::Rejected);
    assert_eq!(refused.subscriptions[0].reason.as_deref(), Some("Too vague."));
    let again = wish("shop", &[("partner", &["read"], "for the three partners of March")]);
    let asked = at.portal.change_app(&at.token, &made.id, &again).await.unwrap();
    assert_eq!(asked.subscriptions[0].state, SubscriptionState::Pending);
    assert_ne!(asked.subscriptions[0].id, first, "a decision about the first cannot meet the second");
}

pub(super) async fn what_was_taken_back_is_told_to_whoever_decides_too_late(at: Subject) {
    if !at.has_apps().await {
        return;
    }
    let made = at.make(&wish("shop", &[("partner", &["read"], "please")])).await.unwrap();
    at.portal.change_app(&at.token, &made.id, &wish("shop", &[])).await.unwrap();
    let late = at.portal.decide(&at.token, &made.subscriptions[0].id, None).await;
    assert_eq!(kind(late).0, RefusalKind::Conflict);
}

pub(super) async fn a_wrong_field_of_an_app_is_named(at: Subject) {
    if !at.has_apps().await {
        return;
    }
    let unsaid = at.make(&wish("shop", &[("catalog", &[], ""), ("partner", &["read"], "")])).await;
    assert_eq!(kind(unsaid), (RefusalKind::Invalid, vec!["products[1].justification".to_owned()]));
    let fragment = AppWish {
        callback_urls: Some(vec!["https://a.example/".into(), "https://b.example/#x".into()]),
        ..wish("shop", &[])
    };
    assert_eq!(kind(at.make(&fragment).await).1, ["callbackUrls[1]"]);
    assert_eq!(kind(at.make(&wish(" ", &[])).await).1, ["name"]);
    at.make(&wish("shop", &[])).await.unwrap();
    assert_eq!(kind(at.make(&wish("shop", &[])).await).0, RefusalKind::Conflict, "a name is used once");
}

pub(super) async fn deleting_an_app_revokes_its_keys(at: Subject) {
    if !at.has_apps().await {
        return;
    }
    let made = at.make(&wish("shop", &[("catalog", &[], "")])).await.unwrap();
    let key = at.key_of(&made.id, &["read"]).await.unwrap();
    assert_eq!(at.portal.delete_app(&at.token, &made.id).await.unwrap(), std::slice::from_ref(&key));
    assert_eq!(at.reported(&key).await, Reported::Revoked);
    assert_eq!(at.app(&made.id).await, None);
    assert_eq!(kind(at.portal.delete_app(&at.token, &made.id).await).0, RefusalKind::NotFound);
    let nobody = SubscriptionId::new("sub_nobody");
    assert_eq!(kind(at.portal.decide(&at.token, &nobody, None).await).0, RefusalKind::NotFound);
}

pub(super) async fn a_key_of_an_app_has_nothing_its_app_did_not_ask_for(at: Subject) {
    if !at.has_apps().await {
        return;
    }
    let made = at.make(&wish("shop", &[("catalog", &[], "")])).await.unwrap();
    let made_key = at.key_of(&made.id, &["write"]).await;
    assert!(matches!(made_key, Err(Failure::Refused(_))), "{made_key:?}");
    let nobody = at.key_of(&AppId::new("app_nobody"), &["read"]).await;
    assert!(matches!(nobody, Err(Failure::Refused(_))), "{nobody:?}");
    assert_eq!(at.portal.keys(&at.token, None, 100).await.unwrap().keys, []);
}
