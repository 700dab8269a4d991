//! What every storage does, tested once for each.
//!
//! A home has two doors: on PostgreSQL two portals of one database, in a file the same door twice. So what is claimed
//! of two callers at once is claimed of two portals.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use keystow_domain::Timestamp;
use tokio::task::JoinSet;

use super::{
    AccountRecord, CallRecord, ClientRecord, CodeRecord, GrantRecord, HourQuery, HourRecord, KeyChange,
    Redeemed, Refreshed, Refusal, SessionRecord, Sqlite, Storage, StorageError, TokenPair, Whose,
};
use crate::{
    apps::Role,
    keys::{KeyRecord, SecretRecord, Standing},
    meter::{Answered, Tally},
    seal::Digest,
};

#[cfg(all(feature = "postgres", target_os = "linux"))]
#[path = "../../tests/support/cluster.rs"]
pub(super) mod cluster;

pub(super) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// A storage with two accounts, `ada` with two keys and `bob` with one.
pub(super) struct Home {
    pub(super) one: Arc<dyn Storage>,
    pub(super) other: Arc<dyn Storage>,
    _folder: Option<tempfile::TempDir>,
}

impl Home {
    async fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let one: Arc<dyn Storage> = Arc::new(Sqlite::open(&folder.path().join("portal.db")).unwrap());
        Self { other: one.clone(), one, _folder: Some(folder) }.furnished().await
    }

    #[cfg(all(feature = "postgres", target_os = "linux"))]
    async fn server() -> Self {
        let database = super::Database::parse(&cluster::database().await).unwrap();
        let one = Arc::new(super::Postgres::open(&database).await.unwrap());
        let other = Arc::new(super::Postgres::open(&database).await.unwrap());
        Self { one, other, _folder: None }.furnished().await
    }

    async fn furnished(self) -> Self {
        for id in ["ada", "bob"] {
            assert!(self.one.add_account(account(id)).await.unwrap());
        }
        for (number, owner) in [(1, "ada"), (2, "ada"), (3, "bob")] {
            self.one.add_key(key(number, owner), None).await.unwrap();
        }
        self
    }

    /// One door after the other.
    fn door(&self, turn: usize) -> Arc<dyn Storage> {
        if turn.is_multiple_of(2) { self.one.clone() } else { self.other.clone() }
    }
}

/// Runs each claim against each storage.
macro_rules! claims {
    ($($claim:ident),* $(,)?) => {
        mod file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $claim() {
                super::$claim(super::Home::file().await).await;
            })*
        }

        #[cfg(all(feature = "postgres", target_os = "linux"))]
        mod server {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $claim() {
                super::$claim(super::Home::server().await).await;
            })*
        }
    };
}

mod admin;
mod apps;
mod audit;
mod clients;
mod invitations;
mod teams;

claims!(
    a_key_is_changed_once_by_each_of_many_at_once,
    a_call_of_one_name_is_made_once_however_often_it_is_tried_at_once,
    a_refused_change_leaves_nothing_behind,
    a_code_that_comes_twice_at_once_is_exchanged_once_and_ends_its_grant,
    a_refresh_token_that_comes_twice_at_once_has_one_successor,
    counts_from_everywhere_add_up_while_keys_are_changed,
    the_hours_of_an_account_are_those_of_its_keys_added_up,
    what_is_older_than_what_is_told_is_forgotten_and_nothing_else,
    no_more_hours_are_read_than_are_wanted,
    the_first_key_tells_since_when_an_account_can_have_been_called,
    a_key_and_its_secret_tell_when_they_were_last_used,
    everything_that_has_ended_is_forgotten_and_nothing_else,
    what_holds_a_nul_is_unknown,
    an_address_is_taken_once,
    the_first_account_is_the_administrator_whatever_clocks_say,
);

pub(super) fn account(id: &str) -> AccountRecord {
    AccountRecord {
        id: id.into(),
        email: format!("{id}@example.com"),
        name: id.into(),
        team: String::new(),
        password: String::new(),
        created_at: NOW,
        sample: false,
    }
}

fn digest(kind: u8, number: u32) -> Digest {
    let mut digest = [kind; 32];
    digest[..4].copy_from_slice(&number.to_be_bytes());
    digest
}

pub(super) fn key(number: u8, account: &str) -> KeyRecord {
    KeyRecord {
        number: 0,
        id: format!("key_{number}"),
        account: account.into(),
        name: "name".into(),
        scopes: vec!["read".into()],
        environment: String::new(),
        owner: String::new(),
        app: String::new(),
        created_by: String::new(),
        standing: Standing::InForce,
        created_at: Timestamp::from_secs(i64::from(number)),
        last_used_at: None,
        expires_at: None,
        rotated_at: None,
        current: secret(u32::from(number) * 1000, 1),
        previous: Vec::new(),
    }
}

fn secret(hash: u32, version: u32) -> SecretRecord {
    let (prefix, suffix) = ("kst_abcd".into(), "wxyz".into());
    SecretRecord { version, hash: digest(1, hash), prefix, suffix, ends_at: None, last_used_at: None }
}

/// A rotation that counts how often it was asked to happen.
pub(super) fn rotation(hash: u32, call: Option<CallRecord>, asked: &Arc<AtomicU32>) -> KeyChange {
    let asked = asked.clone();
    Box::new(move |key| {
        asked.fetch_add(1, Ordering::SeqCst);
        key.rotate(secret(hash, key.current.version + 1), Duration::ZERO, NOW)?;
        Ok(call)
    })
}

pub(super) fn call(number: u32) -> CallRecord {
    let (name, content) = (digest(2, number), digest(3, number));
    CallRecord { name, content, answered_at: NOW, sealed: Some(vec![1, 2, 3]) }
}

fn hour(key: u8, hour: i64, micros: u64) -> HourRecord {
    let mut tally = Tally::default();
    tally.count(Answered { status: 200, micros });
    HourRecord { key: format!("key_{key}"), version: 1, hour, tally, last_used_at: None }
}

/// What every key of an account was counted with, added up here.
async fn added_up(storage: &dyn Storage, account: &str) -> Vec<(i64, Tally)> {
    let query = HourQuery { account: account.into(), whose: Whose::All, from: 0, to: i64::MAX };
    let mut sums: BTreeMap<i64, Tally> = BTreeMap::new();
    let add = &mut |one: HourRecord| {
        sums.entry(one.hour).or_default().add(&one.tally);
        true
    };
    storage.hours(&query, add).await.unwrap();
    sums.into_iter().collect()
}

async fn kept(storage: &dyn Storage, account: &str) -> Vec<(i64, Tally)> {
    let hours = storage.account_hours(account, 0, i64::MAX).await.unwrap();
    hours.into_iter().map(|one| (one.hour, one.tally)).collect()
}

async fn a_key_is_changed_once_by_each_of_many_at_once(home: Home) {
    let asked = Arc::new(AtomicU32::new(0));
    let mut changes = JoinSet::new();
    for turn in 0..16 {
        let (storage, asked) = (home.door(turn), asked.clone());
        let change = rotation(u32::try_from(turn).unwrap(), None, &asked);
        changes.spawn(async move { storage.change_key("ada", "key_1", NOW, change).await.unwrap().unwrap() });
    }
    let mut versions: Vec<u32> =
        changes.join_all().await.into_iter().map(|key| key.current.version).collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=17).collect::<Vec<_>>());
    assert_eq!(asked.load(Ordering::SeqCst), 16, "each change was asked to happen once");
    assert_eq!(home.other.secrets("ada", &Whose::Key("key_1".into())).await.unwrap().len(), 17);
}

async fn a_call_of_one_name_is_made_once_however_often_it_is_tried_at_once(home: Home) {
    let asked = Arc::new(AtomicU32::new(0));
    let mut changes = JoinSet::new();
    for turn in 0..8 {
        let storage = home.door(turn);
        let change = rotation(u32::try_from(turn).unwrap(), Some(call(7)), &asked);
        changes.spawn(async move { storage.change_key("ada", "key_1", NOW, change).await });
    }
    let outcomes = changes.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    let key = home.one.key("ada", "key_1", NOW).await.unwrap().unwrap();
    assert_eq!(key.current.version, 2);
    assert_eq!(home.other.secrets("ada", &Whose::Key("key_1".into())).await.unwrap().len(), 2);
    assert_eq!(home.other.call(&call(7).name).await.unwrap(), Some(call(7)));
}

async fn a_refused_change_leaves_nothing_behind(home: Home) {
    let refused: KeyChange = Box::new(|key| {
        key.name = "another".into();
        Err(Refusal::NoGrace)
    });
    assert_eq!(home.one.change_key("ada", "key_1", NOW, refused).await.unwrap(), Err(Refusal::NoGrace));
    assert_eq!(home.other.key("ada", "key_1", NOW).await.unwrap().unwrap().name, "name");
    // Taken back with everything else: the same secret cannot be kept twice, and the call was never made.
    let asked = Arc::default();
    let taken = home.one.change_key("ada", "key_1", NOW, rotation(2000, Some(call(1)), &asked)).await;
    let taken_key = home.other.key("ada", "key_1", NOW).await.unwrap().unwrap();
    let version = if taken.is_ok() { 2 } else { 1 };
    assert_eq!(taken_key.current.version, version);
    let foreign = home.one.change_key("bob", "key_1", NOW, rotation(9, None, &asked)).await.unwrap();
    assert_eq!(foreign, Err(Refusal::NotFound));
}

async fn with_code(home: &Home, code: u32) {
    let client = ClientRecord { id: "app".into(), redirect_uris: vec!["a:b".into()], ..crate::oauth::demo() };
    home.one.put_client(client).await.unwrap();
    let grant = GrantRecord {
        id: format!("grant_{code}"),
        account: "ada".into(),
        client: "app".into(),
        scopes: vec!["read".into()],
        granted_at: NOW,
        ended_at: None,
    };
    let code = CodeRecord {
        hash: digest(4, code),
        redirect_uri: "a:b".into(),
        challenge: String::new(),
        ends_at: NOW.plus(Duration::from_secs(60)),
    };
    home.one.add_grant(grant, code).await.unwrap();
}

fn tokens(number: u32) -> TokenPair {
    TokenPair {
        access: digest(5, number),
        access_ends_at: NOW.plus(Duration::from_secs(3600)),
        refresh: digest(6, number),
        refresh_ends_at: NOW.plus(Duration::from_secs(86_400)),
    }
}

async fn a_code_that_comes_twice_at_once_is_exchanged_once_and_ends_its_grant(home: Home) {
    for round in 0..4 {
        with_code(&home, round).await;
        let mut tries = JoinSet::new();
        for turn in 0..6_u32 {
            let storage = home.door(turn as usize);
            let tokens = tokens(round * 100 + turn);
            tries.spawn(async move { storage.redeem(digest(4, round), tokens, NOW).await.unwrap() });
        }
        let outcomes = tries.join_all().await;
        let issued = outcomes.iter().filter(|outcome| **outcome == Redeemed::Issued).count();
        assert_eq!(issued, 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|outcome| *outcome != Redeemed::Ended));
        for turn in 0..6 {
            let access = digest(5, round * 100 + turn);
            assert_eq!(home.other.access_grant(&access, NOW).await.unwrap(), None, "it was stolen");
        }
    }
}

async fn a_refresh_token_that_comes_twice_at_once_has_one_successor(home: Home) {
    with_code(&home, 1).await;
    assert_eq!(home.one.redeem(digest(4, 1), tokens(0), NOW).await.unwrap(), Redeemed::Issued);
    for round in 0..4 {
        let mut tries = JoinSet::new();
        for turn in 0..6 {
            let storage = home.door(turn);
            // The successor follows from the token, so that everybody who comes with it brings the same.
            let next = tokens(round + 1);
            tries.spawn(async move { storage.refresh(digest(6, round), next, NOW, NOW).await.unwrap() });
        }
        let outcomes = tries.join_all().await;
        let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
        let repeated = Refreshed::Repeated(tokens(0).access_ends_at);
        assert_eq!((count(Refreshed::Issued), count(repeated)), (1, 5), "{outcomes:?}");
    }
    assert!(home.other.access_grant(&digest(5, 4), NOW).await.unwrap().is_some());
    // One of a generation before is somebody else's.
    assert_eq!(home.other.refresh(digest(6, 1), tokens(9), NOW, NOW).await.unwrap(), Refreshed::Reused);
    assert_eq!(home.one.access_grant(&digest(5, 4), NOW).await.unwrap(), None);
    assert_eq!(home.one.refresh(digest(6, 99), tokens(10), NOW, NOW).await.unwrap(), Refreshed::Refused);
}

async fn counts_from_everywhere_add_up_while_keys_are_changed(home: Home) {
    let mut work = JoinSet::new();
    let asked = Arc::new(AtomicU32::new(0));
    for turn in 0..12_usize {
        let (storage, asked) = (home.door(turn), asked.clone());
        work.spawn(async move {
            for round in 0..5 {
                // In another order each, so that who took no care would wait for each other.
                let mut hours = vec![hour(1, 5, 10), hour(2, 5, 10), hour(3, 5, 10), hour(1, 6, 10)];
                hours.rotate_left(turn % 4);
                for one in &mut hours {
                    one.last_used_at = Some(NOW);
                }
                storage.add_hours(hours).await.unwrap();
                let key = if turn.is_multiple_of(2) { "key_1" } else { "key_2" };
                let hash = u32::try_from(turn * 10 + round).unwrap();
                storage.change_key("ada", key, NOW, rotation(hash, None, &asked)).await.unwrap().unwrap();
            }
        });
    }
    work.join_all().await;
    for (key, calls) in [("key_1", 120), ("key_2", 60), ("key_3", 60)] {
        assert_eq!(home.other.billed(key, 0).await.unwrap(), calls, "{key}");
    }
    for account in ["ada", "bob"] {
        assert_eq!(kept(&*home.one, account).await, added_up(&*home.other, account).await);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 60);
}

async fn the_hours_of_an_account_are_those_of_its_keys_added_up(home: Home) {
    let mut dice: u64 = 7;
    for _ in 0..30 {
        let mut batch = Vec::new();
        for _ in 0..12 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (key, at) = (u8::try_from((dice >> 33) % 3).unwrap() + 1, (dice >> 40) % 5);
            batch.push(hour(key, i64::try_from(at).unwrap(), (dice >> 44) % 1_000_000 + 1));
        }
        home.one.add_hours(batch).await.unwrap();
    }
    for account in ["ada", "bob"] {
        let hours = kept(&*home.other, account).await;
        assert_eq!(hours, added_up(&*home.other, account).await);
        assert_eq!(hours.len(), 5);
    }
    let unknown = HourRecord { key: "nobody's".into(), ..hour(1, 1, 1) };
    home.one.add_hours(vec![unknown]).await.unwrap();
}

async fn what_is_older_than_what_is_told_is_forgotten_and_nothing_else(home: Home) {
    let storage = &*home.one;
    storage.add_hours((0..10).flat_map(|at| [hour(1, at, 5), hour(3, at, 5)]).collect()).await.unwrap();
    assert_eq!(storage.newest_hour().await.unwrap(), Some(9));
    assert_eq!(storage.keys_with_hours_before(0).await.unwrap(), Vec::<i64>::new());
    let keys = storage.keys_with_hours_before(7).await.unwrap();
    assert_eq!(keys.len(), 3);
    storage.sweep_hours(keys, 7).await.unwrap();
    storage.sweep_account_hours(7).await.unwrap();
    for account in ["ada", "bob"] {
        let hours: Vec<i64> = kept(&*home.other, account).await.iter().map(|(hour, _)| *hour).collect();
        assert_eq!(hours, [7, 8, 9]);
        assert_eq!(kept(storage, account).await, added_up(&*home.other, account).await);
    }
}

async fn no_more_hours_are_read_than_are_wanted(home: Home) {
    home.one.add_hours((0..10).map(|at| hour(1, at, 5)).collect()).await.unwrap();
    let query = HourQuery { account: "ada".into(), whose: Whose::All, from: 0, to: 10 };
    let mut taken = 0;
    let take = &mut |_: HourRecord| {
        taken += 1;
        taken < 4
    };
    home.other.hours(&query, take).await.unwrap();
    assert_eq!(taken, 4);
}

async fn the_first_key_tells_since_when_an_account_can_have_been_called(home: Home) {
    assert_eq!(home.other.first_key_at("ada").await.unwrap(), Some(Timestamp::from_secs(1)));
    assert_eq!(home.other.first_key_at("nobody").await.unwrap(), None);
}

async fn a_key_and_its_secret_tell_when_they_were_last_used(home: Home) {
    let asked = Arc::default();
    let later = NOW.plus(Duration::from_secs(9));
    let grace: KeyChange =
        Box::new(|key| key.rotate(secret(77, 2), Duration::from_secs(60), NOW).map(|()| None));
    home.one.change_key("ada", "key_1", NOW, grace).await.unwrap().unwrap();
    let used = |version, at| HourRecord { version, last_used_at: Some(at), ..hour(1, 5, 5) };
    home.one.add_hours(vec![used(1, later), used(2, NOW)]).await.unwrap();
    home.other.add_hours(vec![used(2, NOW.minus(Duration::from_secs(5)))]).await.unwrap();
    let key = home.one.key("ada", "key_1", NOW).await.unwrap().unwrap();
    assert_eq!((key.last_used_at, key.current.last_used_at), (Some(later), Some(NOW)));
    assert_eq!(key.previous[0].last_used_at, Some(later));
    let other = home.one.key("ada", "key_2", NOW).await.unwrap().unwrap();
    assert_eq!((other.last_used_at, other.current.last_used_at), (None, None));
    // A secret that replaces another was never used.
    home.one.change_key("ada", "key_1", NOW, rotation(78, None, &asked)).await.unwrap().unwrap();
    let key = home.other.key("ada", "key_1", NOW).await.unwrap().unwrap();
    assert_eq!((key.last_used_at, key.current.last_used_at), (Some(later), None));
}

async fn everything_that_has_ended_is_forgotten_and_nothing_else(home: Home) {
    let storage = &*home.one;
    for number in 0..1200 {
        let ends_at = if number == 0 { NOW.plus(Duration::from_secs(1)) } else { NOW };
        let new = SessionRecord { cookie: digest(7, number), account: "ada".into(), ends_at, asked_by: None };
        storage.add_session(new, None).await.unwrap();
    }
    for grant in 1..=2 {
        with_code(&home, grant).await;
        assert_eq!(storage.redeem(digest(4, grant), tokens(grant), NOW).await.unwrap(), Redeemed::Issued);
    }
    let a_day_later = NOW.plus(Duration::from_secs(86_400 + 61));
    assert_eq!(storage.refresh(digest(6, 2), tokens(3), NOW, NOW).await.unwrap(), Refreshed::Issued);
    storage.sweep(NOW).await.unwrap();
    assert_eq!(home.other.session(&digest(7, 0), NOW).await.unwrap(), Some(account("ada")));
    let before = NOW.minus(Duration::from_secs(1));
    for number in 1..1200 {
        assert_eq!(home.other.session(&digest(7, number), before).await.unwrap(), None);
    }
    assert!(home.other.access_grant(&digest(5, 1), NOW).await.unwrap().is_some());
    // Tokens end and codes are forgotten, and then nothing hangs on the grants.
    storage.sweep(a_day_later).await.unwrap();
    storage.sweep(a_day_later).await.unwrap();
    for number in 1..=3 {
        assert_eq!(home.other.access_grant(&digest(5, number), NOW).await.unwrap(), None);
        assert_eq!(home.other.refresh_grant(&digest(6, number)).await.unwrap(), None);
    }
    assert_eq!(home.other.code(&digest(4, 1)).await.unwrap(), None);
    storage.sweep_calls(NOW, NOW).await.unwrap();
}

async fn what_holds_a_nul_is_unknown(home: Home) {
    let storage = &*home.one;
    assert_eq!(storage.account_of("ada\0@example.com").await.unwrap(), None);
    assert_eq!(storage.client("app\0").await.unwrap(), None);
    assert_eq!(storage.key("ada", "key_1\0", NOW).await.unwrap(), None);
    let asked = Arc::default();
    let changed = storage.change_key("ada", "key_1\0", NOW, rotation(1, None, &asked)).await.unwrap();
    assert_eq!(changed, Err(Refusal::NotFound));
    assert!(storage.secrets("ada", &Whose::Key("key_1\0".into())).await.unwrap().is_empty());
    let query = HourQuery { account: "ada".into(), whose: Whose::Key("\0".into()), from: 0, to: 9 };
    storage.hours(&query, &mut |_| true).await.unwrap();
    storage.end_grant(digest(1, 1), digest(1, 2), Some("\0".into()), NOW).await.unwrap();
}

async fn an_address_is_taken_once(home: Home) {
    let mut tries = JoinSet::new();
    for turn in 0..6 {
        let storage = home.door(turn);
        let new = AccountRecord { email: "eve@example.com".into(), ..account(&format!("eve{turn}")) };
        tries.spawn(async move { storage.add_account(new).await });
    }
    let added: Result<Vec<bool>, StorageError> = tries.join_all().await.into_iter().collect();
    assert_eq!(added.unwrap().into_iter().filter(|added| *added).count(), 1);
}

async fn the_first_account_is_the_administrator_whatever_clocks_say(home: Home) {
    let early = AccountRecord { created_at: Timestamp::from_secs(1), ..account("eve") };
    let sample = AccountRecord { sample: true, ..account("sample") };
    for new in [early, sample] {
        assert!(home.one.add_account(new).await.unwrap());
    }
    for (id, role) in [("ada", Role::Admin), ("bob", Role::Developer), ("eve", Role::Developer)] {
        assert_eq!(home.other.role(id).await.unwrap(), role, "{id}");
    }
    assert_eq!(home.one.role("sample").await.unwrap(), Role::Developer);
    assert_eq!(home.one.administrators().await.unwrap(), ["ada@example.com"]);
}
