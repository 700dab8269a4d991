//! What every storage does with apps, products, subscriptions and roles.

use super::{super::*, *};
use crate::apps::{
    AppRecord, ApprovalRule, Ask, MOST_ASKS, ProductRecord, Role, SubscriptionRecord, SubscriptionState,
};
use SubscriptionState::{Approved, Pending, Rejected};

claims!(
    an_app_is_told_as_it_was_made_and_changed_until_it_is_deleted,
    a_foreign_app_is_as_unknown_as_one_that_never_was,
    a_name_of_an_app_is_had_once_and_no_more_are_made_than_there_may_be,
    apps_that_want_each_others_names_at_once_are_refused_and_fail_nobody,
    of_many_decisions_at_once_one_is_made_and_the_others_are_told_which,
    what_was_taken_back_is_not_decided_about_any_more,
    keys_of_an_app_wait_until_something_is_approved_and_end_with_the_app,
    a_key_that_an_app_has_no_room_for_is_not_made_and_neither_is_its_call,
    the_terms_of_an_app_are_those_of_what_is_approved_of_it,
    what_is_approved_stays_so_until_more_of_it_is,
    nobody_waits_for_more_decisions_than_anybody_may,
    apps_and_what_waits_are_told_page_by_page,
    the_first_account_is_administrator_until_roles_are_given,
    a_product_is_as_it_was_last_offered,
    everything_about_an_app_happens_at_once_and_nobody_waits_for_ever,
);

pub(super) fn app(name: &str, subscriptions: Vec<SubscriptionRecord>) -> AppRecord {
    AppRecord {
        number: 0,
        id: format!("app_{name}"),
        account: "ada".into(),
        name: name.into(),
        description: "two\nlines".into(),
        callbacks: vec!["https://a.example/cb".into()],
        attributes: vec![("team".into(), "shop".into())],
        owner: "Ada".into(),
        created_at: NOW,
        changed_at: NOW,
        subscriptions,
        keys: Vec::new(),
        suspended_for: None,
    }
}

pub(super) fn asks(id: &str, product: &str, state: SubscriptionState) -> SubscriptionRecord {
    SubscriptionRecord {
        id: id.into(),
        product: product.into(),
        scopes: vec!["read".into(), product.into()],
        state,
        justification: "the shop shows it".into(),
        reason: String::new(),
        asked_at: NOW,
        decided_at: (state == Approved).then_some(NOW),
    }
}

fn product(id: &str, quota: u64, rate_limit: u32) -> ProductRecord {
    ProductRecord {
        id: id.into(),
        name: format!("The {id}"),
        description: String::new(),
        scopes: vec!["read".into(), id.into()],
        elevated: vec![id.into()],
        quota,
        rate_limit,
        tier: format!("{id} tier"),
        approval: ApprovalRule::Conditional,
    }
}

fn change(how: impl FnOnce(&mut AppRecord) + Send + 'static) -> AppChange {
    Box::new(how)
}

fn never() -> AppChange {
    change(|_| panic!("nobody's app is changed"))
}

fn decision(rejected_for: Option<&str>) -> Decision {
    Decision { by: "ada".into(), at: NOW, rejected_for: rejected_for.map(str::to_owned) }
}

/// A key of an app; it waits, and leaves a call to be repeated.
pub(super) fn key_of(app: &str, number: u8) -> AppKey {
    let key = KeyRecord { app: app.into(), standing: Standing::Pending, ..key(number, "ada") };
    Box::new(move |_| Ok((key, Some(call(number.into())))))
}

pub(super) async fn standing(home: &Home, number: u8) -> Standing {
    let found = home.other.key("ada", &format!("key_{number}"), NOW).await.unwrap().unwrap();
    let presented = home.one.secret(&found.current.hash).await.unwrap().unwrap();
    assert_eq!(presented.in_force, found.standing == Standing::InForce);
    let told = if found.app.is_empty() { Vec::new() } else { found.scopes };
    assert_eq!((presented.app, presented.scopes), (found.app, told));
    found.standing
}

/// The keys of an app, revoked ones too.
async fn keys_of(home: &Home, app: &str) -> Vec<String> {
    let mut lines = home.other.secrets("ada", &Whose::App(app.into())).await.unwrap();
    lines.dedup_by(|one, before| one.key == before.key);
    lines.into_iter().map(|line| line.key).collect()
}

async fn an_app_is_told_as_it_was_made_and_changed_until_it_is_deleted(home: Home) {
    let mut made = app("shop", vec![asks("sub_1", "catalog", Approved), asks("sub_2", "partner", Pending)]);
    assert_eq!(home.one.add_app(made.clone(), 10).await.unwrap().unwrap().name, "shop");
    let found = home.other.app("ada", "app_shop").await.unwrap().unwrap();
    made.number = found.number;
    assert_eq!(found, made);
    // Told in the order in which it is asked for, whatever was there before.
    let third = asks("sub_3", "editing", Pending);
    let reorder = change(move |app| {
        app.name = "store".into();
        app.callbacks.clear();
        app.subscriptions = vec![third, app.subscriptions.remove(0)];
    });
    let changed = home.other.change_app("ada", "app_shop", reorder).await.unwrap().unwrap();
    let found = home.one.app("ada", "app_shop").await.unwrap().unwrap();
    assert_eq!(found, changed);
    let ids: Vec<_> = found.subscriptions.iter().map(|one| one.id.as_str()).collect();
    assert_eq!((ids, found.name.as_str()), (vec!["sub_3", "sub_1"], "store"));
    // What was withdrawn can be asked for again.
    let again = asks("sub_4", "partner", Pending);
    let again = change(move |app| app.subscriptions.push(again));
    home.one.change_app("ada", "app_shop", again).await.unwrap().unwrap();
    assert_eq!(home.other.app("ada", "app_shop").await.unwrap().unwrap().subscriptions.len(), 3);
    assert_eq!(home.other.delete_app("ada", "app_shop", NOW).await.unwrap(), Some(Vec::new()));
    assert_eq!(home.one.app("ada", "app_shop").await.unwrap(), None);
    assert_eq!(home.one.delete_app("ada", "app_shop", NOW).await.unwrap(), None);
    home.one
        .add_app(AppRecord { id: "app_new".into(), ..app("store", Vec::new()) }, 1)
        .await
        .unwrap()
        .unwrap();
}

async fn a_foreign_app_is_as_unknown_as_one_that_never_was(home: Home) {
    home.one.add_app(app("shop", Vec::new()), 10).await.unwrap().unwrap();
    for (account, id) in [("bob", "app_shop"), ("ada", "app_none"), ("ada", "app_shop\0")] {
        let storage = &*home.other;
        assert_eq!(storage.app(account, id).await.unwrap(), None);
        assert_eq!(storage.change_app(account, id, never()).await.unwrap(), Err(AppRefusal::NotFound));
        assert_eq!(storage.delete_app(account, id, NOW).await.unwrap(), None);
        let key: AppKey = Box::new(|_| panic!("nobody's app has a key"));
        assert_eq!(storage.add_app_key(account, id, 9, key).await.unwrap(), Err(AppRefusal::NotFound));
        assert!(storage.secrets(account, &Whose::App(id.into())).await.unwrap().is_empty());
    }
    assert!(home.one.app("ada", "app_shop").await.unwrap().is_some());
    assert_eq!(home.one.decide("sub\0", decision(None)).await.unwrap(), Err(AppRefusal::NotFound));
}

async fn a_name_of_an_app_is_had_once_and_no_more_are_made_than_there_may_be(home: Home) {
    let mut tries = JoinSet::new();
    for turn in 0..8 {
        let (storage, id) = (home.door(turn), format!("app_{turn}"));
        tries.spawn(async move {
            storage.add_app(AppRecord { id, ..app("shop", Vec::new()) }, 10).await.unwrap()
        });
    }
    let made = tries.join_all().await;
    assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 1, "{made:?}");
    assert!(made.iter().all(|one| one.is_ok() || *one == Err(AppRefusal::NameTaken)));
    let mut tries = JoinSet::new();
    for turn in 0..8 {
        let storage = home.door(turn);
        tries.spawn(
            async move { storage.add_app(app(&format!("shop {turn}"), Vec::new()), 4).await.unwrap() },
        );
    }
    let made = tries.join_all().await;
    assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 3, "{made:?}");
    assert!(made.iter().all(|one| one.is_ok() || *one == Err(AppRefusal::TooManyApps)));
    assert_eq!(home.other.apps("ada", None, 100).await.unwrap().len(), 4);
    let of_bob = AppRecord { account: "bob".into(), id: "app_bob".into(), ..app("shop", Vec::new()) };
    home.one.add_app(of_bob, 1).await.unwrap().unwrap();
}

async fn apps_that_want_each_others_names_at_once_are_refused_and_fail_nobody(home: Home) {
    for name in ["a", "b"] {
        home.one.add_app(app(name, Vec::new()), 10).await.unwrap().unwrap();
    }
    for _ in 0..10 {
        let a = home.one.change_app("ada", "app_a", change(|app| app.name = "b".into()));
        let b = home.other.change_app("ada", "app_b", change(|app| app.name = "a".into()));
        let (a, b) = tokio::join!(a, b);
        assert_eq!((a.unwrap(), b.unwrap()), (Err(AppRefusal::NameTaken), Err(AppRefusal::NameTaken)));
    }
    assert_eq!(home.one.app("ada", "app_a").await.unwrap().unwrap().name, "a");
}

async fn of_many_decisions_at_once_one_is_made_and_the_others_are_told_which(home: Home) {
    for round in 0..4 {
        let id = format!("sub_{round}");
        let name = format!("shop {round}");
        home.one.add_app(app(&name, vec![asks(&id, "partner", Pending)]), 10).await.unwrap().unwrap();
        let mut tries = JoinSet::new();
        for turn in 0..8_usize {
            let (storage, id) = (home.door(turn), id.clone());
            let reason = (turn % 4 < 2).then_some("no contract");
            tries.spawn(async move { storage.decide(&id, decision(reason)).await.unwrap() });
        }
        let outcomes = tries.join_all().await;
        let made: Vec<&Ask> = outcomes.iter().filter_map(|one| one.as_ref().ok()).collect();
        assert_eq!(made.len(), 1, "{outcomes:?}");
        let (state, told) = match made[0].subscription.state {
            Rejected => (Rejected, AppRefusal::RejectedBefore),
            _ => (Approved, AppRefusal::ApprovedBefore),
        };
        assert_eq!(outcomes.iter().filter(|one| **one == Err(told)).count(), 7, "{outcomes:?}");
        let found = home.other.app("ada", &format!("app_{name}")).await.unwrap().unwrap().subscriptions;
        assert_eq!((found[0].state, found[0].decided_at), (state, Some(NOW)));
        assert_eq!(found[0].reason, if state == Rejected { "no contract" } else { "" });
        assert_eq!(made[0].subscription, found[0]);
    }
}

async fn what_was_taken_back_is_not_decided_about_any_more(home: Home) {
    let all = ["sub_1", "sub_2"].map(|id| asks(id, id, Pending));
    home.one.add_app(app("shop", all.to_vec()), 10).await.unwrap().unwrap();
    let less = change(|app| drop(app.subscriptions.remove(0)));
    home.one.change_app("ada", "app_shop", less).await.unwrap().unwrap();
    assert_eq!(home.other.decide("sub_1", decision(None)).await.unwrap(), Err(AppRefusal::Withdrawn));
    home.one.delete_app("ada", "app_shop", NOW).await.unwrap().unwrap();
    assert_eq!(home.other.decide("sub_2", decision(Some("no"))).await.unwrap(), Err(AppRefusal::Withdrawn));
    assert_eq!(home.other.decide("sub_3", decision(None)).await.unwrap(), Err(AppRefusal::NotFound));
    assert!(home.other.asks(None, 9).await.unwrap().is_empty());
}

async fn keys_of_an_app_wait_until_something_is_approved_and_end_with_the_app(home: Home) {
    let asked = Arc::default();
    home.one.add_app(app("shop", vec![asks("sub_1", "partner", Pending)]), 10).await.unwrap().unwrap();
    for number in [11, 12, 13] {
        home.one.add_app_key("ada", "app_shop", 9, key_of("app_shop", number)).await.unwrap().unwrap();
    }
    assert_eq!(standing(&home, 11).await, Standing::Pending);
    home.other.decide("sub_1", decision(None)).await.unwrap().unwrap();
    assert_eq!(standing(&home, 11).await, Standing::InForce);
    assert_eq!(standing(&home, 1).await, Standing::InForce);
    let grace: KeyChange =
        Box::new(|key| key.rotate(secret(77, 2), Duration::from_secs(60), NOW).map(|()| None));
    home.one.change_key("ada", "key_11", NOW, grace).await.unwrap().unwrap();
    let revoked: KeyChange = Box::new(|key| {
        key.standing = Standing::Revoked;
        Ok(None)
    });
    home.one.change_key("ada", "key_12", NOW, revoked).await.unwrap().unwrap();
    let found = home.other.app("ada", "app_shop").await.unwrap().unwrap();
    assert_eq!(found.keys, ["key_13", "key_11"], "newest first, and none that is revoked");
    home.one.change_app("ada", "app_shop", change(|app| app.subscriptions.clear())).await.unwrap().unwrap();
    assert_eq!(
        (standing(&home, 11).await, standing(&home, 12).await),
        (Standing::Suspended, Standing::Revoked)
    );
    assert_eq!(home.other.delete_app("ada", "app_shop", NOW).await.unwrap().unwrap(), ["key_13", "key_11"]);
    for number in [11, 12, 13] {
        assert_eq!(standing(&home, number).await, Standing::Revoked);
    }
    let old = home.one.secret(&digest(1, 11_000)).await.unwrap().unwrap();
    assert!(old.secret_ends_at.is_some_and(|end| end < NOW), "what was in its grace ended with the key");
    let rotated = home.one.change_key("ada", "key_11", NOW, rotation(5, None, &asked)).await.unwrap();
    assert!(rotated.is_err());
    assert_eq!(
        keys_of(&home, "app_shop").await,
        ["key_11", "key_12", "key_13"],
        "what was counted stays theirs"
    );
    assert_eq!(standing(&home, 1).await, Standing::InForce, "a key of no app is nobody's to end");
}

async fn a_key_that_an_app_has_no_room_for_is_not_made_and_neither_is_its_call(home: Home) {
    home.one.add_app(app("shop", vec![asks("sub_1", "catalog", Approved)]), 10).await.unwrap().unwrap();
    let mut tries = JoinSet::new();
    for turn in 0..8 {
        let (storage, key) = (home.door(turn), key_of("app_shop", u8::try_from(turn).unwrap() + 20));
        tries.spawn(async move { storage.add_app_key("ada", "app_shop", 3, key).await.unwrap() });
    }
    let made = tries.join_all().await;
    assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 3, "{made:?}");
    assert_eq!(made.iter().filter(|one| **one == Err(AppRefusal::TooManyKeys)).count(), 5, "{made:?}");
    let mut calls = 0;
    for number in 20..28 {
        calls += usize::from(home.other.call(&call(number).name).await.unwrap().is_some());
    }
    assert_eq!((calls, keys_of(&home, "app_shop").await.len()), (3, 3));
    let refused: AppKey = Box::new(|app| {
        assert_eq!((app.id.as_str(), app.keys.len()), ("app_shop", 3));
        Err(AppRefusal::NotSubscribed)
    });
    let refused = home.other.add_app_key("ada", "app_shop", 9, refused).await.unwrap();
    assert_eq!(refused, Err(AppRefusal::NotSubscribed));
    assert_eq!(keys_of(&home, "app_shop").await.len(), 3);
}

async fn the_terms_of_an_app_are_those_of_what_is_approved_of_it(home: Home) {
    let products =
        vec![product("catalog", 100, 60), product("editing", 900, 30), product("partner", 9000, 600)];
    home.one.add_products(products).await.unwrap();
    let states = [("catalog", Approved), ("editing", Approved), ("partner", Pending)];
    let all = states.map(|(product, state)| asks(&format!("sub_{product}"), product, state));
    home.one.add_app(app("shop", all.to_vec()), 10).await.unwrap().unwrap();
    let mut tiers: Vec<_> =
        home.other.terms("app_shop").await.unwrap().into_iter().map(|one| (one.tier, one.scopes)).collect();
    tiers.sort();
    let of = |product: &str| (format!("{product} tier"), vec!["read".to_owned(), product.to_owned()]);
    assert_eq!(tiers, [of("catalog"), of("editing")]);
    home.one.decide("sub_partner", decision(None)).await.unwrap().unwrap();
    let all = home.other.terms("app_shop").await.unwrap();
    let read = Terms::for_scope(all.clone(), "read").unwrap();
    assert_eq!((read.quota, read.rate_limit, read.tier.as_str()), (9000, 600, "partner tier"));
    let editing = Terms::for_scope(all, "editing").unwrap();
    assert_eq!((editing.quota, editing.rate_limit), (900, 30));
    home.one.delete_app("ada", "app_shop", NOW).await.unwrap().unwrap();
    assert_eq!(home.other.terms("app_shop").await.unwrap(), []);
}

async fn what_is_approved_stays_so_until_more_of_it_is(home: Home) {
    let wider =
        SubscriptionRecord { scopes: vec!["read".into(), "write".into()], ..asks("sub_2", "shop", Pending) };
    let all = vec![wider, asks("sub_1", "shop", Approved)];
    home.one.add_app(app("shop", all), 10).await.unwrap().unwrap();
    home.one.add_app_key("ada", "app_shop", 9, key_of("app_shop", 11)).await.unwrap().unwrap();
    let writing = KeyRecord {
        app: "app_shop".into(),
        scopes: vec!["write".into()],
        standing: Standing::Pending,
        ..key(12, "ada")
    };
    let writing: AppKey = Box::new(move |_| Ok((writing, None)));
    home.one.add_app_key("ada", "app_shop", 9, writing).await.unwrap().unwrap();
    home.one.change_app("ada", "app_shop", change(|_| ())).await.unwrap().unwrap();
    assert_eq!(
        (standing(&home, 11).await, standing(&home, 12).await),
        (Standing::InForce, Standing::Pending)
    );
    home.other.decide("sub_2", decision(None)).await.unwrap().unwrap();
    let found = home.one.app("ada", "app_shop").await.unwrap().unwrap().subscriptions;
    let states: Vec<_> = found.iter().map(|one| (one.id.as_str(), one.state)).collect();
    assert_eq!(states, [("sub_2", Approved)], "it takes the place of what was approved before");
    assert_eq!(
        (standing(&home, 11).await, standing(&home, 12).await),
        (Standing::InForce, Standing::InForce)
    );
    // Less of it is the same approval.
    let less = change(|app| app.subscriptions[0].scopes.truncate(1));
    home.one.change_app("ada", "app_shop", less).await.unwrap().unwrap();
    assert_eq!(
        (standing(&home, 11).await, standing(&home, 12).await),
        (Standing::InForce, Standing::Suspended)
    );
    let more = asks("sub_3", "shop", Pending);
    let more = change(move |app| app.subscriptions.insert(0, more));
    home.one.change_app("ada", "app_shop", more).await.unwrap().unwrap();
    home.other.decide("sub_3", decision(Some("no contract"))).await.unwrap().unwrap();
    let found = home.one.app("ada", "app_shop").await.unwrap().unwrap().subscriptions;
    let states: Vec<_> = found.iter().map(|one| (one.id.as_str(), one.state)).collect();
    assert_eq!(states, [("sub_3", Rejected), ("sub_2", Approved)]);
    assert_eq!(standing(&home, 11).await, Standing::InForce);
}

async fn nobody_waits_for_more_decisions_than_anybody_may(home: Home) {
    let many = |first: usize, count: usize| -> Vec<SubscriptionRecord> {
        let one = |number| asks(&format!("sub_{number}"), &format!("product {number}"), Pending);
        (first..first + count).map(one).collect()
    };
    home.one.add_app(app("shop", many(0, MOST_ASKS - 3)), 99).await.unwrap().unwrap();
    let mut tries = JoinSet::new();
    for turn in 0..8_usize {
        let (storage, more) = (home.door(turn), many(1000 + turn, 1));
        tries.spawn(async move {
            if turn % 4 < 2 {
                return storage.add_app(app(&format!("shop {turn}"), more), 99).await.unwrap();
            }
            let grow = change(move |app| app.subscriptions.extend(more));
            storage.change_app("ada", "app_shop", grow).await.unwrap()
        });
    }
    let made = tries.join_all().await;
    assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 3, "{made:?}");
    assert_eq!(made.iter().filter(|one| **one == Err(AppRefusal::TooManyAsks)).count(), 5, "{made:?}");
    assert_eq!(home.other.asks(None, 999).await.unwrap().len(), MOST_ASKS);
    // Whoever asks for no more than before may change everything else.
    home.one.change_app("ada", "app_shop", change(|app| app.name = "store".into())).await.unwrap().unwrap();
    // A month after it was taken back, nobody is told any more that it was.
    home.one.change_app("ada", "app_shop", change(|app| app.subscriptions.clear())).await.unwrap().unwrap();
    assert_eq!(home.one.decide("sub_0", decision(None)).await.unwrap(), Err(AppRefusal::Withdrawn));
    home.one.sweep(NOW.plus(Duration::from_secs(31 * 86_400))).await.unwrap();
    assert_eq!(home.other.decide("sub_0", decision(None)).await.unwrap(), Err(AppRefusal::NotFound));
}

async fn apps_and_what_waits_are_told_page_by_page(home: Home) {
    home.one.add_products(vec![product("partner", 1, 1)]).await.unwrap();
    for number in 1..=5 {
        let asked =
            vec![asks(&format!("sub_{number}"), if number == 1 { "gone" } else { "partner" }, Pending)];
        home.one.add_app(app(&number.to_string(), asked), 10).await.unwrap().unwrap();
        let of_app = format!("app_{number}");
        home.one.add_app_key("ada", &of_app, 9, key_of(&of_app, number + 40)).await.unwrap().unwrap();
    }
    let (mut told, mut before) = (Vec::new(), None);
    loop {
        let page = home.other.apps("ada", before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.number);
        told.extend(page.into_iter().map(|one| (one.name, one.keys, one.subscriptions[0].id.clone())));
    }
    let wanted = (1..=5).rev().map(|n| (n.to_string(), vec![format!("key_{}", n + 40)], format!("sub_{n}")));
    assert_eq!(told, wanted.collect::<Vec<_>>());
    assert!(home.other.apps("bob", None, 9).await.unwrap().is_empty());
    home.one.decide("sub_3", decision(None)).await.unwrap().unwrap();
    let (mut told, mut after) = (Vec::new(), None);
    loop {
        let page = home.other.asks(after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.number);
        told.extend(page.into_iter().map(|one| (one.app_name, one.product_name)));
    }
    let names = [("1", "gone"), ("2", "The partner"), ("4", "The partner"), ("5", "The partner")];
    assert_eq!(told, names.map(|(app, product)| (app.to_owned(), product.to_owned())));
    let first = home.one.asks(None, 1).await.unwrap().remove(0);
    assert_eq!((first.app.as_str(), first.email.as_str()), ("app_1", "ada@example.com"));
}

async fn the_first_account_is_administrator_until_roles_are_given(home: Home) {
    assert_eq!(home.other.role("ada").await.unwrap(), Role::Admin);
    assert_eq!(home.other.role("bob").await.unwrap(), Role::Developer);
    assert!(home.one.set_role("bob@example.com", Role::Admin).await.unwrap());
    assert!(home.one.set_role("ada@example.com", Role::ReadOnly).await.unwrap());
    assert_eq!(home.other.role("bob").await.unwrap(), Role::Admin);
    assert_eq!(home.other.role("ada").await.unwrap(), Role::ReadOnly);
    assert!(!home.one.set_role("eve@example.com", Role::Admin).await.unwrap());
}

async fn a_product_is_as_it_was_last_offered(home: Home) {
    let first = vec![product("z", 1, 1), product("a", u64::from(u32::MAX) * 9, u32::MAX)];
    home.one.add_products(first.clone()).await.unwrap();
    assert_eq!(home.other.products().await.unwrap(), first);
    // Two portals that start together, and whose products come in another order.
    let (one, other) = ([product("a", 5, 5), product("z", 5, 5)], [product("z", 6, 6), product("a", 6, 6)]);
    for _ in 0..10 {
        let (a, b) =
            tokio::join!(home.one.add_products(one.to_vec()), home.other.add_products(other.to_vec()));
        assert!(a.is_ok() && b.is_ok());
        let kept = home.other.products().await.unwrap();
        assert!(kept == one || kept == other, "{kept:?}");
    }
}

async fn everything_about_an_app_happens_at_once_and_nobody_waits_for_ever(home: Home) {
    let asked = Arc::new(AtomicU32::new(0));
    home.one.add_app(app("shop", vec![asks("sub_1", "catalog", Approved)]), 99).await.unwrap().unwrap();
    for number in [51, 52] {
        let made = key_of("app_shop", number);
        home.one.add_app_key("ada", "app_shop", 99, made).await.unwrap().unwrap();
    }
    home.one.change_app("ada", "app_shop", change(|_| ())).await.unwrap().unwrap();
    let mut work = JoinSet::new();
    for turn in 0..8_usize {
        let (storage, asked) = (home.door(turn), asked.clone());
        work.spawn(async move {
            for round in 0..5_usize {
                let mut hours = vec![hour(51, 5, 10), hour(52, 5, 10), hour(1, 5, 10), hour(3, 5, 10)];
                hours.rotate_left((turn + round) % 4);
                storage.add_hours(hours).await.unwrap();
                let hash = u32::try_from(900_000 + turn * 10 + round).unwrap();
                let key = if round.is_multiple_of(2) { "key_51" } else { "key_52" };
                storage.change_key("ada", key, NOW, rotation(hash, None, &asked)).await.unwrap().unwrap();
                let (id, name) = (format!("sub_{turn}_{round}"), format!("shop {turn}"));
                let more = asks(&id, &format!("product {turn} {round}"), Pending);
                let grow = change(move |app| {
                    app.name = name;
                    app.subscriptions.push(more);
                });
                storage.change_app("ada", "app_shop", grow).await.unwrap().unwrap();
                storage.decide(&id, decision(None)).await.unwrap().unwrap();
                let another = app(&format!("other {turn} {round}"), Vec::new());
                storage.add_app(another, 99).await.unwrap().unwrap();
                let key = key_of("app_shop", u8::try_from(60 + turn * 5 + round).unwrap());
                storage.add_app_key("ada", "app_shop", 99, key).await.unwrap().unwrap();
            }
        });
    }
    work.join_all().await;
    let found = home.other.app("ada", "app_shop").await.unwrap().unwrap();
    assert_eq!((found.subscriptions.len(), found.keys.len()), (41, 42));
    assert!(found.subscriptions.iter().all(|one| one.state == Approved));
    assert_eq!(asked.load(Ordering::SeqCst), 40);
    for key in ["key_51", "key_52", "key_1", "key_3"] {
        assert_eq!(home.other.billed(key, 0).await.unwrap(), 40, "{key}");
    }
    for number in 60..100 {
        assert_ne!(standing(&home, number).await, Standing::Revoked);
    }
}
