//! What every storage does with the log.

use super::{super::*, *};
use crate::{
    audit::{Attempt, Chain, Checker, EntryRecord, Outcome, about_key, by},
    seal::Pepper,
};

claims!(
    a_change_and_its_entry_are_one,
    a_change_that_was_refused_leaves_no_entry_by_itself,
    the_chain_is_one_however_many_write_at_once,
    what_is_asked_for_is_found_and_nothing_else,
    pages_stay_as_they_were_while_entries_come_in,
);

fn chain() -> Chain {
    Chain::of(&Pepper::new(&[5; 32]))
}

fn began(operation: &str) -> EntryRecord {
    EntryRecord { operation: operation.into(), ..EntryRecord::begun(NOW) }
}

async fn all(home: &Home) -> Vec<EntryRecord> {
    home.other.entries(&AuditFilter::default(), None, 1000).await.unwrap()
}

/// Renames a key as an attempt of its owner.
async fn rename(storage: Arc<dyn Storage>, account: &'static str, id: &'static str) -> bool {
    let attempt = Attempt::new(chain(), began("updateApiKey"));
    let change: KeyChange = Box::new(|key| {
        key.name = "renamed".into();
        about_key(key);
        Ok(None)
    });
    let work = async {
        by(account, "app");
        storage.change_key(account, id, NOW, change).await.unwrap().is_ok()
    };
    let made = attempt.clone().carry(work).await;
    assert_eq!(attempt.done().is_none(), made, "an attempt knows whether it has its entry");
    made
}

async fn a_change_and_its_entry_are_one(home: Home) {
    assert!(rename(home.one.clone(), "ada", "key_1").await);
    // A second change of the same attempt has no second entry, and one of no attempt has none at all.
    let attempt = Attempt::new(chain(), began("createApiKey"));
    let twice = async {
        home.one.add_key(key(7, "bob"), None).await.unwrap();
        home.one.add_key(key(8, "bob"), None).await.unwrap();
    };
    attempt.carry(twice).await;
    home.one.add_key(key(9, "bob"), None).await.unwrap();
    // One that cannot be stored takes its entry with it: two keys have no secret in common.
    let clashing = Attempt::new(chain(), began("createApiKey"));
    let failed = clashing.clone().carry(home.one.add_key(key(7, "ada"), None)).await;
    assert!(failed.is_err() && clashing.done().is_some());
    let entries = all(&home).await;
    assert_eq!(entries.len(), 2, "{entries:?}");
    let renamed = &entries[1];
    assert_eq!((renamed.number, renamed.account.as_str(), renamed.client.as_str()), (1, "ada", "app"));
    assert_eq!((renamed.email.as_str(), renamed.owner.as_str()), ("ada@example.com", "ada"));
    assert_eq!((renamed.target.as_str(), renamed.name.as_str()), ("key_1", "renamed"));
    assert_eq!((renamed.outcome, renamed.at), (Outcome::Done, NOW));
}

async fn a_change_that_was_refused_leaves_no_entry_by_itself(home: Home) {
    assert!(!rename(home.one.clone(), "bob", "key_1").await);
    assert!(all(&home).await.is_empty());
    let attempt = Attempt::new(chain(), began("updateApiKey"));
    let refused = attempt.ended(Outcome::Refused, "NOT_FOUND").unwrap();
    home.one.append(refused, attempt.chain()).await.unwrap();
    attempt.is_written();
    assert_eq!(attempt.ended(Outcome::Refused, "NOT_FOUND"), None, "nothing is told twice");
    let entries = all(&home).await;
    assert_eq!(
        (entries.len(), entries[0].outcome, entries[0].code.as_str()),
        (1, Outcome::Refused, "NOT_FOUND")
    );
}

async fn the_chain_is_one_however_many_write_at_once(home: Home) {
    let mut writes = JoinSet::new();
    for turn in 0..24 {
        let storage = home.door(turn);
        match turn % 3 {
            0 => writes.spawn(async move { rename(storage, "ada", "key_1").await }),
            1 => writes.spawn(async move { rename(storage, "ada", "key_2").await }),
            _ => writes.spawn(async move { storage.append(began("signIn"), &chain()).await.is_ok() }),
        };
    }
    assert!(writes.join_all().await.into_iter().all(|written| written));
    let (entries, chain) = (all(&home).await, chain());
    let mut checker = Checker::new(&chain, None);
    for entry in entries.iter().rev() {
        assert_eq!(checker.look_at(entry), None);
    }
    assert_eq!(entries.len(), 24);
}

async fn what_is_asked_for_is_found_and_nothing_else(home: Home) {
    let mut at = NOW;
    for (account, operation, target, app, owner, outcome) in [
        ("ada", "createApp", "app_1", "app_1", "ada", Outcome::Done),
        ("bob", "approveSubscription", "sub_1", "app_1", "ada", Outcome::Done),
        ("bob", "revokeApiKey", "key_3", "", "bob", Outcome::Refused),
        ("", "signIn", "ada", "", "ada", Outcome::Failed),
    ] {
        let text = str::to_owned;
        let entry = EntryRecord {
            account: text(account),
            target: text(target),
            app: text(app),
            owner: text(owner),
            outcome,
            ..EntryRecord { at, ..began(operation) }
        };
        home.one.append(entry, &chain()).await.unwrap();
        at = at.plus(Duration::from_secs(60));
    }
    let none = AuditFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let minute = |minutes: u64| Some(NOW.plus(Duration::from_secs(60 * minutes)));
    for (filter, expected) in [
        (none(), vec![4, 3, 2, 1]),
        (AuditFilter { whose: text("ada"), ..none() }, vec![4, 2, 1]),
        (AuditFilter { whose: text("bob"), ..none() }, vec![3, 2]),
        (AuditFilter { actor: text("bob@example.com"), ..none() }, vec![3, 2]),
        (AuditFilter { actor: text("ada"), ..none() }, vec![1]),
        (AuditFilter { operation: text("signIn"), ..none() }, vec![4]),
        (AuditFilter { target: text("app_1"), ..none() }, vec![2, 1]),
        (AuditFilter { target: text("key_3"), ..none() }, vec![3]),
        (AuditFilter { outcome: text("refused"), ..none() }, vec![3]),
        (AuditFilter { from: minute(1), to: minute(3), ..none() }, vec![3, 2]),
        (AuditFilter { whose: text("ada"), target: text("app_1"), actor: text("bob"), ..none() }, vec![2]),
        (AuditFilter { target: text("'; DROP TABLE audit; --"), ..none() }, vec![]),
    ] {
        let found = home.other.entries(&filter, None, 10).await.unwrap();
        assert_eq!(found.iter().map(|entry| entry.number).collect::<Vec<_>>(), expected, "{filter:?}");
        let counted = home.other.count_entries(&filter, 3).await.unwrap();
        assert_eq!(counted as usize, expected.len().min(3), "{filter:?}");
    }
}

async fn pages_stay_as_they_were_while_entries_come_in(home: Home) {
    for _ in 0..5 {
        home.one.append(began("signIn"), &chain()).await.unwrap();
    }
    let first = home.one.entries(&AuditFilter::default(), None, 2).await.unwrap();
    home.other.append(began("signOut"), &chain()).await.unwrap();
    let second = home.one.entries(&AuditFilter::default(), Some(first[1].number), 2).await.unwrap();
    let numbers: Vec<i64> = first.iter().chain(&second).map(|entry| entry.number).collect();
    assert_eq!(numbers, [5, 4, 3, 2]);
}
