//! A long list comes page by page: what is seen, kept and said while it does, and when it is cut off.

mod gated;

use std::sync::atomic::Ordering;
use std::time::Duration;

use keystow_connect::{Cause, Failure};
use keystow_domain::{Key, KeyId, Reported};

use super::Desk;
use crate::list::tests::key;
use crate::list::{Freshness, Order, Page, Query};
use gated::Gated;

/// Keys of the account, a page of which has a hundred.
const MANY: u32 = 2_500;
const DAY: Duration = Duration::from_secs(86_400);

/// The n-th key, counted as the portal lists them: the newest first.
fn nth(n: u32) -> Key {
    let mut key = key(&format!("service-{:04}", MANY - n));
    key.created_at = key.created_at.map(|at| at.minus(Duration::from_secs(u64::from(n))));
    key
}

fn id(n: u32) -> KeyId {
    nth(n).id
}

/// A person whose portal has many keys, and what stands between the two.
async fn many() -> (Desk, std::sync::Arc<Gated>) {
    let desk = Desk::signed_in().await;
    (0..MANY).rev().for_each(|n| desk.network.portal.add(nth(n)));
    let gated = Gated::before(&desk);
    (desk, gated)
}

/// The same after the list was read whole.
async fn many_read() -> (Desk, std::sync::Arc<Gated>) {
    let (desk, gated) = many().await;
    gated.open();
    assert!(desk.engine.refresh(&desk.account()).await);
    gated.close();
    (desk, gated)
}

fn read(desk: &Desk) -> tokio::task::JoinHandle<bool> {
    let (engine, account) = (desk.engine.clone(), desk.account());
    tokio::spawn(async move { engine.refresh(&account).await })
}

fn read_rest(desk: &Desk) -> tokio::task::JoinHandle<bool> {
    let (engine, account) = (desk.engine.clone(), desk.account());
    tokio::spawn(async move { engine.read_rest(&account).await })
}

fn page(desk: &Desk, order: Order) -> Page {
    let query = Query { search: String::new(), environment: None, order, offset: 0, limit: 200 };
    desk.engine.keys(&query).unwrap()
}

fn fresh(desk: &Desk) -> Freshness {
    page(desk, Order::Name).freshness
}

/// Waits until the reading told so many keys.
async fn until_read(desk: &Desk, keys: u32) {
    desk.until(async |_| (fresh(desk).read >= keys).then_some(())).await;
}

async fn on_disk(desk: &Desk) -> Vec<Key> {
    desk.engine.0.store.keys(desk.account()).await.unwrap().0
}

/// How many rows were written since the database was opened.
async fn rows_written(desk: &Desk) -> i64 {
    desk.engine
        .0
        .store
        .with(|db| Ok(db.query_row("SELECT total_changes()", [], |row| row.get(0))?))
        .await
        .unwrap()
}

#[tokio::test]
async fn the_first_page_is_seen_and_told_before_the_second_is_answered() {
    let (desk, gated) = many().await;
    let mut events = desk.engine.watch();
    let reading = read(&desk);
    gated.let_through(1);
    until_read(&desk, 100).await;
    let first = page(&desk, Order::Name);
    assert_eq!((first.rows.len(), first.total, first.matches), (100, 100, 100));
    assert_eq!((first.freshness.reading, first.freshness.read, first.freshness.of), (true, 100, None));
    for what in ["that it began", "that there is something to see"] {
        let told = tokio::time::timeout(super::PATIENCE, events.recv()).await;
        assert!(matches!(told, Ok(Ok(_))), "{what} is told");
    }
    assert!(events.try_recv().is_err(), "and nothing else");
    gated.open();
    assert!(reading.await.unwrap());
    let told = std::iter::from_fn(|| events.try_recv().ok()).count();
    assert!(told < 10, "{told} events for 24 pages that came at once");
    let whole = page(&desk, Order::Name);
    assert_eq!((whole.total, whole.freshness.of, whole.freshness.cut), (MANY, Some(MANY), None));
    assert_eq!(on_disk(&desk).await, (0..MANY).map(nth).collect::<Vec<_>>(), "in the portal's order");
}

#[tokio::test]
async fn no_row_moves_while_the_list_comes_and_all_find_their_place_in_the_end() {
    let (desk, gated) = many().await;
    let names = |page: &Page| page.rows.iter().map(|row| row.key.name.clone()).collect::<Vec<_>>();
    let reading = read(&desk);
    gated.let_through(1);
    until_read(&desk, 100).await;
    let before = names(&page(&desk, Order::Name));
    // The portal lists the newest first, and here these are the last by their names.
    gated.let_through(5);
    until_read(&desk, 600).await;
    let during = page(&desk, Order::Name);
    assert_eq!((names(&during)[..100].to_vec(), during.matches), (before.clone(), 600));
    let asked_anew = page(&desk, Order::Attention);
    assert!(names(&asked_anew).is_sorted(), "another question has an order of its own");
    gated.open();
    assert!(reading.await.unwrap());
    let after = names(&page(&desk, Order::Name));
    assert!(after.is_sorted() && after[0] == "service-0001" && before[0] == "service-2401");
}

#[tokio::test]
async fn a_stopped_reading_keeps_what_was_read_and_is_gone_on_with_where_it_was() {
    let (desk, gated) = many().await;
    let reading = read(&desk);
    gated.let_through(7);
    until_read(&desk, 700).await;
    desk.engine.stop_reading();
    assert!(!reading.await.unwrap(), "it was not read whole");
    let fresh_now = fresh(&desk);
    assert_eq!((fresh_now.cut, fresh_now.stopped, fresh_now.reading), (Some(700), true, false));
    assert_eq!((fresh_now.read_at, fresh_now.error), (None, None));
    assert!(!desk.engine.is_due(&desk.account()), "what a person stopped is not begun again");
    assert_eq!(on_disk(&desk).await.len(), 700);
    let asked = gated.asked.load(Ordering::SeqCst);
    gated.open();
    assert!(read_rest(&desk).await.unwrap());
    assert_eq!(gated.asked.load(Ordering::SeqCst) - asked, 18, "25 pages less the 7 that were read");
    let whole = page(&desk, Order::Name);
    assert_eq!((whole.total, whole.freshness.cut, whole.freshness.stopped), (MANY, None, false));
    assert_eq!(on_disk(&desk).await.len(), MANY as usize);
    assert!(desk.engine.is_due(&desk.account()));
}

#[tokio::test]
async fn after_a_restart_the_part_that_was_read_is_there_and_says_that_it_is_a_part() {
    let (desk, gated) = many().await;
    let reading = read(&desk);
    gated.let_through(7);
    until_read(&desk, 700).await;
    desk.engine.stop_reading();
    reading.await.unwrap();
    drop(gated);
    desk.engine.state().portals.clear();
    let desk = desk.restarted().await;
    let part = page(&desk, Order::Name);
    assert_eq!((part.total, part.freshness.cut, part.freshness.read_at), (700, Some(700), None));
    assert!(desk.engine.refresh(&desk.account()).await);
    assert_eq!(page(&desk, Order::Name).total, MANY);
}

#[tokio::test]
async fn a_failure_in_the_middle_leaves_the_rest_of_the_list_as_it_was() {
    let (desk, gated) = many_read().await;
    let before = fresh(&desk).read_at;
    desk.clock.advance(DAY);
    gated.gone.lock().unwrap().extend([id(50), id(2_000)]);
    desk.network.portal.report(&id(60), Reported::Suspended);
    desk.network.portal.report(&id(2_060), Reported::Suspended);
    let reading = read(&desk);
    gated.let_through(9);
    until_read(&desk, 899).await;
    desk.network.portal.fail_next_read(Failure::Unknown(Cause::Interrupted));
    gated.let_through(1);
    assert!(!reading.await.unwrap());
    let part = page(&desk, Order::Name);
    assert_eq!((part.total, part.freshness.read_at, part.freshness.cut), (MANY, before, Some(899)));
    assert!(part.freshness.error.is_some() && !part.freshness.stopped);
    for n in [50, 2_000] {
        assert!(desk.engine.key(&id(n)).is_ok(), "{n} was not read, which is not to say that it is gone");
    }
    let reported = async |n| {
        let kept = on_disk(&desk).await.into_iter().find(|key| key.id == id(n)).unwrap().reported;
        assert_eq!(desk.engine.key(&id(n)).unwrap().key.reported, kept);
        kept
    };
    assert_eq!(reported(60).await, Reported::Suspended, "read");
    assert_eq!(reported(2_060).await, Reported::Active, "not read");
    gated.open();
    assert!(read_rest(&desk).await.unwrap());
    assert_eq!((page(&desk, Order::Name).total, on_disk(&desk).await.len()), (2_498, 2_498));
    assert_eq!(reported(2_060).await, Reported::Suspended);
}

#[tokio::test]
async fn a_key_that_is_gone_leaves_after_a_whole_reading_alone_and_its_secret_stays() {
    let (desk, gated) = many_read().await;
    let mine = desk.create("mine").await.unwrap().key.id;
    gated.open();
    assert!(desk.engine.refresh(&desk.account()).await);
    gated.gone.lock().unwrap().insert(mine.clone());
    assert!(desk.engine.refresh(&desk.account()).await);
    assert!(desk.engine.key(&mine).is_ok(), "a list that moves leaves out a key that lives");
    gated.forgets_gone.store(true, Ordering::SeqCst);
    gated.skipped.store(1, Ordering::SeqCst);
    let before = fresh(&desk).read_at;
    desk.clock.advance(DAY);
    assert!(!desk.engine.refresh(&desk.account()).await, "a reading with a hole is no look at a lost change");
    assert!(desk.engine.key(&mine).is_ok(), "a row that could not be read may be this key");
    assert_eq!(fresh(&desk).read_at, before, "and nothing was heard of it");
    gated.skipped.store(0, Ordering::SeqCst);
    assert!(desk.engine.refresh(&desk.account()).await);
    assert!(desk.engine.key(&mine).is_err());
    assert!(on_disk(&desk).await.iter().all(|key| key.id != mine));
    let stowed = desk.engine.0.vault.stowed(&desk.account()).await.unwrap();
    assert!(stowed.iter().any(|stowed| stowed.key == mine), "nobody said that it is dead");
}

#[tokio::test]
async fn the_secrets_of_a_dead_key_stay_while_readings_do_not_tell_it() {
    let (desk, gated) = many_read().await;
    let mine = desk.create("mine").await.unwrap().key.id;
    gated.open();
    desk.network.portal.revoke_elsewhere(&mine);
    assert!(desk.engine.refresh(&desk.account()).await);
    desk.clock.advance(31 * DAY);
    let is_stowed = async || {
        let stowed = desk.engine.0.vault.stowed(&desk.account()).await.unwrap();
        stowed.iter().any(|stowed| stowed.key == mine)
    };
    // It may be the row that could not be read, and live again.
    gated.forgets_gone.store(true, Ordering::SeqCst);
    gated.gone.lock().unwrap().insert(mine.clone());
    gated.skipped.store(1, Ordering::SeqCst);
    assert!(!desk.engine.refresh(&desk.account()).await);
    assert!(is_stowed().await);
    gated.gone.lock().unwrap().clear();
    gated.close();
    let reading = read(&desk);
    gated.let_through(3);
    until_read(&desk, 300).await;
    desk.engine.stop_reading();
    reading.await.unwrap();
    assert!(is_stowed().await, "a part of the list deletes nothing");
    gated.open();
    gated.skipped.store(0, Ordering::SeqCst);
    assert!(desk.engine.refresh(&desk.account()).await);
    assert!(!is_stowed().await, "told dead once more, and for long enough");
}

#[tokio::test]
async fn a_list_that_is_as_it_was_is_read_without_writing_a_row() {
    let (desk, gated) = many_read().await;
    gated.open();
    let before = rows_written(&desk).await;
    assert!(desk.engine.refresh(&desk.account()).await);
    assert_eq!(rows_written(&desk).await - before, 0);
    desk.network.portal.report(&id(1_234), Reported::Suspended);
    assert!(desk.engine.refresh(&desk.account()).await);
    assert_eq!(rows_written(&desk).await - before, 2, "the key, and when the list was read");
    desk.clock.advance(Duration::from_secs(600));
    assert!(desk.engine.refresh(&desk.account()).await);
    assert_eq!(rows_written(&desk).await - before, 3, "how old it is, now and then");
}

#[tokio::test]
async fn a_key_that_is_rotated_while_the_list_is_read_keeps_its_new_state() {
    let (desk, gated) = many_read().await;
    let mine = desk.create("mine").await.unwrap().key.id;
    let old = desk.engine.key(&mine).unwrap().key;
    let asked = gated.asked.load(Ordering::SeqCst);
    // The portal makes its first page, and it is long on its way.
    gated.is_slow.store(true, Ordering::SeqCst);
    let reading = read(&desk);
    desk.until(async |_| (gated.asked.load(Ordering::SeqCst) == asked + 1).then_some(())).await;
    desk.engine.rotate("ticket of a rotation", &mine, None).await.unwrap();
    let new = desk.engine.key(&mine).unwrap().key;
    assert_ne!(old.prefix, new.prefix);
    gated.open();
    assert!(reading.await.unwrap());
    assert_eq!(desk.engine.key(&mine).unwrap().key, new);
    let kept = on_disk(&desk).await.into_iter().find(|key| key.id == mine);
    assert_eq!(kept, Some(new));
}

#[tokio::test]
async fn where_keys_tell_no_date_a_key_is_made_only_once_all_others_are_known() {
    let desk = Desk::signed_in().await;
    for n in (0..250).rev() {
        desk.network.portal.add(Key { created_at: None, ..nth(n) });
    }
    let gated = Gated::before(&desk);
    desk.engine.state().listings.get_mut(&desk.account()).unwrap().freshness.read_at = None;
    let engine = desk.engine.clone();
    let making = tokio::spawn({
        let new = super::new_key("billing");
        async move { engine.create("a ticket", &new).await }
    });
    gated.let_through(1);
    until_read(&desk, 100).await;
    desk.engine.stop_reading();
    let refused = making.await.unwrap().unwrap_err();
    assert_eq!(refused.code, "list_unread");
    assert!(desk.network.portal.issued().is_empty(), "nothing was sent");
    gated.open();
    desk.create("billing").await.unwrap();
    assert!(fresh(&desk).read_at.is_some());
}
