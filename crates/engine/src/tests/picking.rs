//! The picker: what it shows first, what it finds, and that it copies like everything else.

use std::sync::atomic::{AtomicUsize, Ordering};

use keystow_domain::{Account, AccountId, Environment, Key, Session};

use super::Desk;
use crate::forms::FormName;
use crate::list::tests::key;
use crate::picks::{PickGroup, PickSight};

fn names(sight: &PickSight) -> Vec<&str> {
    sight.rows.iter().map(|pick| pick.row.key.name.as_str()).collect()
}

async fn desk(names: &[&str]) -> Desk {
    let desk = Desk::signed_in().await;
    for name in names {
        desk.create(name).await.unwrap();
    }
    desk
}

#[tokio::test]
async fn pinned_keys_come_first_then_those_copied_last_then_the_others_by_name() {
    let desk = desk(&["delta", "alpha", "charlie", "bravo"]).await;
    let id = |name: &str| desk.page().rows.into_iter().find(|row| row.key.name == name).unwrap().key.id;
    desk.engine.copy(&id("delta"), false).await.unwrap();
    desk.engine.copy(&id("charlie"), false).await.unwrap();
    desk.engine.pin(&desk.account(), &id("charlie"), true).await.unwrap();
    let sight = desk.engine.picks("");
    assert_eq!(names(&sight), ["charlie", "delta", "alpha", "bravo"]);
    let groups: Vec<PickGroup> = sight.rows.iter().map(|pick| pick.group).collect();
    assert_eq!(groups, [PickGroup::Pinned, PickGroup::Recent, PickGroup::Rest, PickGroup::Rest]);
    // The log is written behind the copies.
    desk.until(async |engine| {
        let entries = engine.audit(0, 100).await.unwrap().entries;
        (entries.iter().filter(|entry| entry.what == "copied").count() == 2).then_some(())
    })
    .await;
    let desk = desk.restarted().await;
    desk.engine.recall_copied().await;
    assert_eq!(
        names(&desk.engine.picks("")),
        ["charlie", "delta", "alpha", "bravo"],
        "a restart forgets neither"
    );
}

#[tokio::test]
async fn a_pin_is_taken_away_and_a_key_of_nobody_has_none() {
    let desk = desk(&["bravo", "alpha"]).await;
    let (account, bravo) = (desk.account(), desk.engine.picks("bravo").rows[0].row.key.id.clone());
    desk.engine.pin(&account, &bravo, true).await.unwrap();
    assert_eq!(
        (names(&desk.engine.picks("")), desk.engine.pinned()),
        (vec!["bravo", "alpha"], vec![bravo.clone()])
    );
    desk.engine.pin(&account, &bravo, false).await.unwrap();
    assert_eq!(names(&desk.engine.picks("")), ["alpha", "bravo"]);
    let nobody = keystow_domain::KeyId::new("key_nobody");
    assert_eq!(desk.engine.pin(&account, &nobody, true).await.unwrap_err().code, "unknown_key");
}

#[tokio::test]
async fn letters_are_found_in_the_name_and_words_in_environment_owner_and_account() {
    let desk = Desk::signed_in().await;
    let owned = Key {
        environment: Some(Environment::Production),
        owner: Some("checkout".into()),
        ..key("payments-api")
    };
    desk.network.portal.add(owned);
    desk.network.portal.add(key("geo-lookup"));
    desk.engine.refresh(&desk.account()).await;
    for typed in ["payapi", "prod", "pay prod", "CHECKOUT", "api checkout"] {
        assert_eq!(names(&desk.engine.picks(typed)), ["payments-api"], "{typed}");
    }
    let known = desk.engine.accounts().remove(0).account;
    assert_eq!(desk.engine.picks(&known.portal_name).matches, 2, "the account is found as well");
    assert_eq!(desk.engine.picks("payx").matches, 0);
    assert_eq!(desk.engine.picks("payapi").rows[0].marks, [0, 1, 2, 9, 10, 11]);
}

#[tokio::test]
async fn what_is_dead_comes_after_what_can_be_copied_and_is_not_offered_unasked() {
    let desk = desk(&["pay", "payments-api"]).await;
    let dead = desk.engine.picks("pay").rows[0].row.key.clone();
    assert_eq!(dead.name, "pay", "the closest comes first");
    desk.engine.revoke(&dead.id, "pay").await.unwrap();
    assert_eq!(names(&desk.engine.picks("pay")), ["payments-api", "pay"]);
    assert_eq!(names(&desk.engine.picks("")), ["payments-api"]);
}

#[tokio::test]
async fn a_hundred_thousand_keys_are_looked_through_and_fifty_rows_made() {
    let desk = Desk::signed_in().await;
    let keys = (0..100_000).map(|n| key(&format!("service-{n:06}"))).collect();
    let account = desk.account();
    desk.engine.state().listings.get_mut(&account).unwrap().replace(std::sync::Arc::new(keys));
    let sight = desk.engine.picks("service");
    assert_eq!((sight.rows.len(), sight.matches, sight.total), (50, 100_000, 100_000));
    assert_eq!(names(&desk.engine.picks("099999")), ["service-099999"]);
    assert_eq!(names(&desk.engine.picks(""))[..2], ["service-000000", "service-000001"]);
}

#[tokio::test]
async fn a_search_that_nobody_waits_for_any_more_ends_early() {
    let desk = Desk::signed_in().await;
    let keys = (0..100_000).map(|n| key(&format!("service-{n:06}"))).collect();
    desk.engine.state().listings.get_mut(&desk.account()).unwrap().replace(std::sync::Arc::new(keys));
    let asked = AtomicUsize::new(0);
    let sight = desk.engine.picks_while("service", &|| asked.fetch_add(1, Ordering::Relaxed) < 20);
    assert!(sight.is_none());
    let asked = asked.into_inner();
    assert!(asked < 40, "each part of the list is left at once: it was asked {asked} times");
    assert_eq!(desk.engine.picks_while("service", &|| true).unwrap().matches, 100_000);
}

#[tokio::test]
async fn a_key_of_an_account_that_is_not_the_current_one_is_copied_in_a_form() {
    let desk = desk(&["billing"]).await;
    let (first, billing) = (desk.account(), desk.engine.picks("billing").rows[0].row.key.id.clone());
    let secret = desk.network.portal.secret_of(&billing).unwrap();
    let other =
        Account { id: AccountId::new("acc_2"), person: Some("omar@example.com".into()), ..super::account() };
    desk.engine.keep_account(other.clone(), Session::SignedIn).await.unwrap();
    desk.engine.switch(&other.id).await.unwrap();
    assert_eq!(desk.engine.copy_as(&billing, &FormName::Json, "SHOP").await.unwrap_err().code, "unknown_key");
    desk.engine.copy_as_of(&first, &billing, &FormName::Dotenv, "SHOP").await.unwrap();
    assert_eq!(desk.clipboard.text(), Some(format!("SHOP={secret}")));
    let forms = desk.engine.forms_of(&first, &billing, None).await.unwrap();
    assert_eq!((forms.variable.as_str(), forms.last), ("SHOP", FormName::Dotenv), "it is remembered there");
    let refused = desk.engine.forms_of(&other.id, &billing, None).await.unwrap_err();
    assert_eq!(refused.code, "unknown_key", "the other account has no such key");
}

#[tokio::test]
async fn a_secret_goes_to_github_again_only_where_it_went_before() {
    let desk = desk(&["billing"]).await;
    let (account, billing) = (desk.account(), desk.engine.picks("billing").rows[0].row.key.id.clone());
    assert_eq!(desk.engine.push_again(&account, &billing).await.unwrap_err().code, "bad_repository");
}

#[tokio::test]
async fn the_tray_offers_what_was_copied_and_counts_the_clipboard_down() {
    let desk = desk(&["billing", "search"]).await;
    assert!(desk.engine.tray().keys.is_empty() && desk.engine.tray().clear.is_none());
    let billing = desk.engine.picks("billing").rows[0].row.key.id.clone();
    desk.engine.copy_of(&desk.account(), &billing, false).await.unwrap();
    let sight = desk.engine.tray();
    assert_eq!(sight.keys.len(), 1);
    assert!(sight.keys[0].2.contains("billing") && sight.unlocked);
    assert!(sight.clear.is_some_and(|line| line.contains("billing") && line.contains("30 s")));
    desk.engine.lock().await;
    let locked = desk.engine.tray();
    assert!(!locked.unlocked && locked.clear.is_none(), "locking clears the clipboard");
}
