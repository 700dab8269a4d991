//! What every storage does with suspensions and surveys.

use super::{
    super::*,
    apps::{app, asks, key_of, standing},
    *,
};
use crate::{
    admin::{ItemKind, ItemState, SuspensionRecord},
    apps::SubscriptionState::{Approved, Rejected},
    audit::{Attempt, Chain, EntryRecord},
    seal::Pepper,
};

claims!(
    what_is_suspended_is_refused_until_it_is_resumed_and_each_thing_is_in_the_log,
    a_suspension_goes_on_in_batches_and_leaves_what_it_must_not_touch,
    a_suspension_is_begun_once_and_goes_on_once_however_many_ask_at_once,
    a_survey_tells_everybodys_apps_and_keys,
);

fn new(id: &str, items: &[(ItemKind, &str)]) -> NewSuspension {
    NewSuspension {
        id: id.into(),
        preview: digest(9, u32::try_from(id.len()).unwrap()),
        criteria: "{}".into(),
        reason: "nobody answers".into(),
        by: "ada".into(),
        at: NOW,
        items: items.iter().map(|&(kind, id)| (kind, id.to_owned(), "a name".to_owned())).collect(),
    }
}

/// An app with two keys that are accepted, 11 and 12.
async fn shop(home: &Home) {
    home.one.add_app(app("shop", vec![asks("sub_1", "catalog", Approved)]), 10).await.unwrap().unwrap();
    for number in [11, 12] {
        home.one.add_app_key("ada", "app_shop", 10, key_of("app_shop", number)).await.unwrap().unwrap();
    }
    settle(home).await;
}

/// Changes the app in nothing, so that its keys stand as they are to.
async fn settle(home: &Home) {
    home.one.change_app("ada", "app_shop", Box::new(|_| {})).await.unwrap().unwrap();
}

fn counts(suspension: &SuspensionRecord) -> [u64; 4] {
    suspension.counts
}

async fn suspend(storage: &Arc<dyn Storage>, id: &str, most: u32) -> SuspensionRecord {
    storage.suspend_next(id, most, NOW).await.unwrap().unwrap()
}

async fn what_is_suspended_is_refused_until_it_is_resumed_and_each_thing_is_in_the_log(home: Home) {
    shop(&home).await;
    let items = [(ItemKind::App, "app_shop"), (ItemKind::Key, "key_1")];
    assert_eq!(counts(&home.one.begin_suspension(new("susp", &items)).await.unwrap()), [2, 0, 0, 0]);
    assert_eq!(standing(&home, 11).await, Standing::InForce, "nothing is suspended before its turn");
    let chain = Chain::of(&Pepper::new(&[5; 32]));
    let began = EntryRecord { operation: "continueSuspension".into(), ..EntryRecord::begun(NOW) };
    let batch = suspend(&home.one, "susp", 10);
    let done = Attempt::new(chain, began).carry(batch).await;
    assert_eq!(counts(&done), [0, 2, 0, 0]);
    for number in [11, 12, 1] {
        assert_eq!(standing(&home, number).await, Standing::Suspended);
    }
    let found = home.other.app("ada", "app_shop").await.unwrap().unwrap();
    assert_eq!(found.suspended_for.as_deref(), Some("nobody answers"));
    settle(&home).await;
    assert_eq!(standing(&home, 11).await, Standing::Suspended, "a change of the app wakes none of its keys");
    let entries = home.other.entries(&AuditFilter::default(), None, 10).await.unwrap();
    let told: Vec<_> =
        entries.iter().map(|one| (one.operation.as_str(), one.target.as_str(), one.owner.as_str())).collect();
    let wanted = [
        ("continueSuspension", "", ""),
        ("suspendApiKey", "key_1", "ada"),
        ("suspendApp", "app_shop", "ada"),
    ];
    assert_eq!(told, wanted);
    let resumed = home.other.resume_next("susp", None, 10, NOW).await.unwrap().unwrap();
    assert_eq!(counts(&resumed), [0, 0, 2, 0]);
    for number in [11, 12, 1] {
        assert_eq!(standing(&home, number).await, Standing::InForce);
    }
    assert_eq!(home.one.app("ada", "app_shop").await.unwrap().unwrap().suspended_for, None);
    assert_eq!(home.one.suspend_next("susp", 10, NOW).await.unwrap(), Err(SuspensionRefusal::Resumed));
    assert_eq!(home.one.suspend_next("none", 10, NOW).await.unwrap(), Err(SuspensionRefusal::NotFound));
}

async fn a_suspension_goes_on_in_batches_and_leaves_what_it_must_not_touch(home: Home) {
    shop(&home).await;
    home.one.begin_suspension(new("first", &[(ItemKind::Key, "key_11")])).await.unwrap();
    suspend(&home.one, "first", 10).await;
    let items = [
        (ItemKind::App, "app_shop"),
        (ItemKind::App, "app_gone"),
        (ItemKind::Key, "key_11"),
        (ItemKind::Key, "key_1"),
        (ItemKind::Key, "key_2"),
        (ItemKind::Key, "key_3"),
    ];
    home.one.begin_suspension(new("second", &items)).await.unwrap();
    assert_eq!(counts(&suspend(&home.other, "second", 2).await), [4, 1, 0, 1]);
    assert_eq!(standing(&home, 1).await, Standing::InForce, "a batch is no more than it was asked for");
    assert_eq!(counts(&suspend(&home.one, "second", 3).await), [1, 3, 0, 2]);
    // One is revoked meanwhile, and one is resumed alone.
    let revoke: KeyChange = Box::new(|key| key.revoke().map(|()| None));
    home.one.change_key("ada", "key_2", NOW, revoke).await.unwrap().unwrap();
    let one = home.other.resume_next("second", Some("key_1".into()), 10, NOW).await.unwrap().unwrap();
    assert_eq!((counts(&one), one.resumed_at), ([1, 2, 1, 2], None));
    assert_eq!(standing(&home, 1).await, Standing::InForce);
    let unknown = home.one.resume_next("second", Some("key_9".into()), 10, NOW).await.unwrap();
    assert_eq!(unknown, Err(SuspensionRefusal::NotFound));
    let all = home.one.resume_next("second", None, 10, NOW).await.unwrap().unwrap();
    assert_eq!(counts(&all), [0, 0, 2, 4], "what waited for its turn and what was revoked are left");
    assert_eq!(standing(&home, 2).await, Standing::Revoked);
    assert_eq!(standing(&home, 12).await, Standing::InForce);
    assert_eq!(standing(&home, 11).await, Standing::Suspended, "the first suspension goes on");
    let items = home.other.suspension_items("second", Some(4), 10).await.unwrap();
    let items: Vec<_> = items.iter().map(|item| (item.id.as_str(), item.state)).collect();
    assert_eq!(items, [("key_2", ItemState::Left), ("key_3", ItemState::Left)]);
    // What its app may not do any more, a key that is resumed may not either.
    let reject = Box::new(|app: &mut crate::apps::AppRecord| {
        app.subscriptions = vec![asks("sub_2", "catalog", Rejected)];
    });
    home.one.change_app("ada", "app_shop", reject).await.unwrap().unwrap();
    home.one.resume_next("first", None, 10, NOW).await.unwrap().unwrap();
    assert_eq!(standing(&home, 11).await, Standing::Suspended);
    let all = home.other.suspensions(None, 10).await.unwrap();
    assert_eq!(all.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["second", "first"]);
    assert_eq!(all[0].by, home.one.account("ada").await.unwrap().unwrap().email);
}

async fn a_suspension_is_begun_once_and_goes_on_once_however_many_ask_at_once(home: Home) {
    shop(&home).await;
    let items = [(ItemKind::App, "app_shop"), (ItemKind::Key, "key_1"), (ItemKind::Key, "key_2")];
    let mut begun = JoinSet::new();
    for turn in 0..4 {
        let (storage, mut new) = (home.door(turn), new("susp", &items));
        new.id = format!("susp_{turn}");
        begun.spawn(async move { storage.begin_suspension(new).await.unwrap().id });
    }
    let mut ids = begun.join_all().await;
    ids.dedup();
    assert_eq!(ids.len(), 1, "the same preview is the same suspension");
    let id = ids.remove(0);
    let mut batches = JoinSet::new();
    for turn in 0..6 {
        let (storage, id) = (home.door(turn), id.clone());
        batches.spawn(async move { storage.suspend_next(&id, 1, NOW).await.unwrap().unwrap() });
    }
    batches.join_all().await;
    let done = home.one.suspension(&id).await.unwrap().unwrap();
    assert_eq!(counts(&done), [0, 3, 0, 0]);
    assert_eq!(home.one.suspension_of(&digest(9, 4)).await.unwrap().map(|one| one.id), Some(id.clone()));
    home.one.resume_next(&id, None, 10, NOW).await.unwrap().unwrap();
    assert_eq!(
        home.one.suspension_of(&digest(9, 4)).await.unwrap(),
        None,
        "what is undone can be begun anew"
    );
}

async fn a_survey_tells_everybodys_apps_and_keys(home: Home) {
    shop(&home).await;
    let touched = HourRecord { last_used_at: Some(NOW), ..hour(11, 7, 5) };
    home.one.add_hours(vec![touched, hour(12, 8, 5), hour(1, 7, 5)]).await.unwrap();
    let apps = home.other.survey_apps().await.unwrap();
    assert_eq!(apps.len(), 1);
    let line = &apps[0];
    assert_eq!((line.id.as_str(), line.credentials, line.last_used_at), ("app_shop", 2, Some(NOW)));
    assert_eq!(line.products, [("catalog".to_owned(), Approved)]);
    assert_eq!((line.team.as_deref(), line.is_suspended), (None, false));
    let keys = home.other.survey_keys().await.unwrap();
    let keys: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.app.as_str())).collect();
    assert_eq!(
        keys,
        [("key_1", ""), ("key_2", ""), ("key_3", ""), ("key_11", "app_shop"), ("key_12", "app_shop")]
    );
    let calls = |from, to| {
        let storage = home.one.clone();
        async move { storage.calls_of_apps(from, to).await.unwrap() }
    };
    let both = calls(7, 9).await;
    assert_eq!((both.len(), both[0].0.as_str(), both[0].1.calls), (1, "app_shop", 2));
    assert_eq!(calls(7, 8).await[0].1.calls, 1);
    assert!(calls(9, 99).await.is_empty());
}
