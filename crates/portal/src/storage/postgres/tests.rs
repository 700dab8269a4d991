//! What only a server can do to a portal: go away, come back, swallow an answer; and what several portals count together.

#![cfg(target_os = "linux")]

use std::{
    io::{BufRead, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixListener, UnixStream},
    task::JoinSet,
};

use super::{
    super::{
        AccountRecord, AccountStore, AppStore, CountStore, KeyStore, StorageError, UsageStore, Window,
        contract::{
            NOW, account, call,
            cluster::{Cluster, connect, database},
            key, rotation,
        },
    },
    Database, Postgres,
    apps::{APP, ASK, END_SECRETS, LOCK_KEYS, PAGE, REVOKE, TERMS, WAITING},
    schema::STEPS,
    subscriptions::{KEYS_TO_SETTLE, SUBSCRIPTIONS, WAITING_BESIDE, WITHDRAW},
    teams::{HOLDER_OF_APP, HOLDER_OF_KEY},
};
use crate::apps::Role;

async fn open(address: &str) -> Postgres {
    let storage = Postgres::open(&Database::parse(address).unwrap()).await.unwrap();
    storage.add_account(account("ada")).await.unwrap();
    storage
}

async fn with_key() -> (String, Postgres) {
    let address = database().await;
    let storage = open(&address).await;
    storage.add_key(key(1, "ada"), None).await.unwrap();
    (address, storage)
}

/// Ends every connection to a database but the one that asks for it.
async fn cut_off(address: &str) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    connect(address).await.batch_execute(sql).await.unwrap();
}

#[tokio::test]
async fn connections_that_were_lost_are_replaced_and_nobody_hears_of_it() {
    let (address, storage) = with_key().await;
    let asked = Arc::default();
    for round in 0..3 {
        // Several connections, all of which are lost.
        let (a, b, c) =
            tokio::join!(storage.account("ada"), storage.account("ada"), storage.key("ada", "key_1", NOW));
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        cut_off(&address).await;
        match round {
            0 => drop(storage.account("ada").await.unwrap().unwrap()),
            1 => storage.end_session([0; 32]).await.unwrap(),
            _ => drop(
                storage.change_key("ada", "key_1", NOW, rotation(1, None, &asked)).await.unwrap().unwrap(),
            ),
        }
    }
}

#[tokio::test]
async fn a_server_that_comes_back_is_used_again_and_one_that_is_gone_is_told() {
    let mut cluster = Cluster::start();
    let storage = open(&cluster.database().await).await;
    let (a, b) = tokio::join!(storage.account("ada"), storage.account("ada"));
    assert!(a.is_ok() && b.is_ok());
    cluster.watcher.stdin.as_mut().unwrap().write_all(b"again\n").unwrap();
    cluster.said.read_line(&mut String::new()).unwrap();
    storage.add_key(key(2, "ada"), None).await.unwrap();
    assert_eq!(storage.account("ada").await.unwrap(), Some(account("ada")));
    drop(cluster);
    let gone = storage.account("ada").await;
    assert!(matches!(gone, Err(StorageError::Away(_))), "{gone:?}");
    let unmade = storage.add_key(key(1, "ada"), None).await;
    assert!(matches!(unmade, Err(StorageError::Away(_))), "{unmade:?}");
}

#[tokio::test]
async fn a_change_that_is_dropped_half_way_leaves_nothing_and_no_connection_in_the_middle_of_it() {
    let (_, storage) = with_key().await;
    for _ in 0..40 {
        let change = storage.begin().await.unwrap();
        change.run("UPDATE accounts SET name = 'half-way'", &[]).await.unwrap();
        drop(change);
        assert_eq!(storage.account("ada").await.unwrap(), Some(account("ada")));
    }
}

#[tokio::test]
async fn a_database_of_a_later_version_is_left_alone() {
    let (address, storage) = with_key().await;
    storage.run("UPDATE portal SET layout = 99", &[]).await.unwrap();
    let refused = Postgres::open(&Database::parse(&address).unwrap()).await;
    assert!(matches!(refused, Err(StorageError::Newer { found: 99, .. })));
}

#[tokio::test]
async fn a_second_call_of_a_name_is_told_that_there_was_one() {
    let (_, storage) = with_key().await;
    let asked = Arc::default();
    storage.change_key("ada", "key_1", NOW, rotation(1, Some(call(1)), &asked)).await.unwrap().unwrap();
    let again = storage.change_key("ada", "key_1", NOW, rotation(2, Some(call(1)), &asked)).await;
    assert!(matches!(again, Err(StorageError::Repeated)), "{again:?}");
    let again = storage.add_key(key(2, "ada"), Some(call(1))).await;
    assert!(matches!(again, Err(StorageError::Repeated)), "{again:?}");
    assert_eq!(storage.key("ada", "key_2", NOW).await.unwrap(), None);
}

/// A socket before the server's that passes everything on, until a commit comes by: that reaches the server, and the
/// answer to it nobody.
async fn swallowing_commits(listener: UnixListener, server: PathBuf) {
    loop {
        let (mut caller, _) = listener.accept().await.unwrap();
        let mut server = UnixStream::connect(&server).await.unwrap();
        tokio::spawn(async move {
            let (mut asked, mut said) = ([0; 65_536], [0; 65_536]);
            loop {
                tokio::select! {
                    read = caller.read(&mut asked) => {
                        let Ok(length @ 1..) = read else { return };
                        server.write_all(&asked[..length]).await.unwrap();
                        if asked[..length].windows(7).any(|text| text == b"COMMIT\0") {
                            // Its answer means that it is done.
                            assert!(server.read(&mut said).await.unwrap() > 0);
                            return;
                        }
                    }
                    read = server.read(&mut said) => {
                        let Ok(length @ 1..) = read else { return };
                        caller.write_all(&said[..length]).await.unwrap();
                    }
                }
            }
        });
    }
}

#[tokio::test]
async fn a_commit_whose_answer_got_lost_is_uncertain_and_was_made_once() {
    let (address, storage) = with_key().await;
    let socket = address.split_once('@').unwrap().1.split_once('/').unwrap().0.replace("%2F", "/");
    let folder = tempfile::tempdir().unwrap();
    let server = Path::new(&socket).join(".s.PGSQL.5432");
    let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
    tokio::spawn(swallowing_commits(listener, server));
    let through = folder.path().to_str().unwrap().replace('/', "%2F");
    let name = address.rsplit_once('/').unwrap().1;
    let mut database = Database::parse(&format!("postgres://keystow@{through}/{name}")).unwrap();
    database.config.connect_timeout(Duration::from_secs(5));
    // Opened without the tables being looked at, which would be a commit too.
    let lossy = Postgres::unopened(&database).unwrap();
    let asked = Arc::default();
    let change = rotation(1, Some(call(1)), &asked);
    let lost = lossy.change_key("ada", "key_1", NOW, change).await;
    assert!(matches!(lost, Err(StorageError::Uncertain)), "{lost:?}");
    assert_eq!(storage.key("ada", "key_1", NOW).await.unwrap().unwrap().current.version, 2);
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert!(storage.call(&call(1).name).await.unwrap().is_some(), "who asks again finds the answer");
}

#[tokio::test]
async fn a_server_that_will_not_speak_tls_hears_no_name_and_no_password() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut caller, _) = listener.accept().await.unwrap();
        let mut heard = vec![0; 8];
        caller.read_exact(&mut heard).await.unwrap();
        caller.write_all(b"N").await.unwrap();
        let _ = caller.read_to_end(&mut heard).await;
        heard
    });
    let address = format!("postgres://portal:hunter2hunter2@127.0.0.1:{port}/portal?sslmode=verify-full");
    let Err(refused) = Postgres::open(&Database::parse(&address).unwrap()).await else {
        panic!("there is no server");
    };
    assert!(!format!("{refused:?}").contains("hunter2"), "{refused:?}");
    // The eight bytes that ask for TLS, and nothing after the no.
    assert_eq!(heard.await.unwrap(), [0, 0, 0, 8, 4, 210, 22, 47]);
}

async fn count(storage: &Postgres, limit: u32, skew: i64) -> Window {
    let now = keystow_domain::Timestamp::from_millis(NOW.as_millis() + skew);
    let end = now.plus(Duration::from_secs(60));
    storage.count(1, "ada", limit, end, now).await.unwrap()
}

#[tokio::test]
async fn a_limit_holds_to_the_call_over_portals_whose_clocks_differ() {
    let (address, one) = with_key().await;
    let other = open(&address).await;
    let (one, other) = (Arc::new(one), Arc::new(other));
    let mut calls = JoinSet::new();
    for turn in 0..60 {
        let (storage, skew) = if turn % 2 == 0 { (one.clone(), 0) } else { (other.clone(), -700) };
        calls.spawn(async move { count(&storage, 20, skew).await.granted });
    }
    assert_eq!(calls.join_all().await.into_iter().filter(|granted| *granted).count(), 20);
    one.give_back(1, "ada").await.unwrap();
    assert!(count(&other, 20, 0).await.granted && !count(&one, 20, 0).await.granted);
    other.forgive(1, "ada").await.unwrap();
    let fresh = count(&one, 20, 0).await;
    assert_eq!((fresh.calls, fresh.granted, fresh.ends_at), (1, true, NOW.plus(Duration::from_secs(60))));
    let none = one.count(2, "ada", 0, NOW, NOW).await.unwrap();
    assert_eq!((none.calls, none.granted), (0, false));
    // A window that is over begins anew, and one of a clock that was an hour ahead does not make anybody wait.
    assert_eq!(count(&one, 20, 60_000).await.calls, 1);
    assert_eq!(count(&one, 20, -3_600_000).await.calls, 1);
    one.forget_windows(NOW).await.unwrap();
    assert_eq!(count(&one, 20, 0).await.calls, 1);
}

#[tokio::test]
async fn the_last_call_of_a_quota_is_had_by_one_and_what_was_billed_before_counts() {
    let (address, one) = with_key().await;
    let other = open(&address).await;
    let mut tally = crate::meter::Tally::default();
    tally.count(crate::meter::Answered { status: 200, micros: 5 });
    let hour =
        super::super::HourRecord { key: "key_1".into(), version: 1, hour: 100, tally, last_used_at: None };
    one.add_hours(vec![hour]).await.unwrap();
    assert_eq!(one.used("key_1", 90).await.unwrap(), None);
    let (one, other) = (Arc::new(one), Arc::new(other));
    let mut calls = JoinSet::new();
    for turn in 0..40 {
        let storage = if turn % 2 == 0 { one.clone() } else { other.clone() };
        calls.spawn(async move { storage.reserve("key_1", 90, 11).await.unwrap() });
    }
    let granted = calls.join_all().await.into_iter().filter(|granted| *granted).count();
    assert_eq!(granted, 10, "one was billed before anybody reserved");
    assert_eq!(other.used("key_1", 90).await.unwrap(), Some(11));
    other.release("key_1", 90).await.unwrap();
    assert!(one.reserve("key_1", 90, 11).await.unwrap());
    assert!(!other.reserve("key_1", 90, 11).await.unwrap());
    assert!(other.reserve("key_1", 900, 11).await.unwrap(), "another month begins anew");
    assert_eq!(one.used("key_1", 900).await.unwrap(), Some(1));
    assert!(!one.reserve("nobody's", 90, 11).await.unwrap());
}

#[tokio::test]
async fn who_came_first_is_administrator_whatever_the_clocks_say() {
    let address = database().await;
    let (one, other) =
        tokio::join!(async { Postgres::open(&Database::parse(&address).unwrap()).await.unwrap() }, async {
            Postgres::open(&Database::parse(&address).unwrap()).await.unwrap()
        });
    let sample = AccountRecord { sample: true, ..account("sample") };
    one.add_account(sample).await.unwrap();
    assert_eq!(one.role("sample").await.unwrap(), Role::Admin, "there is nobody else");
    // At once at two portals, and each with a clock that is further back than the one before.
    let mut tries = JoinSet::new();
    let doors = [Arc::new(one), Arc::new(other)];
    for turn in 0..8_usize {
        let (storage, id) = (doors[turn % 2].clone(), format!("acc_{turn}"));
        let created_at = NOW.minus(Duration::from_secs(3600 * (turn as u64 + 1)));
        tries.spawn(async move { storage.add_account(AccountRecord { created_at, ..account(&id) }).await });
    }
    assert!(tries.join_all().await.into_iter().all(|added| added.unwrap()));
    let mut admins = Vec::new();
    for turn in 0..8 {
        let id = format!("acc_{turn}");
        if doors[0].role(&id).await.unwrap() == Role::Admin {
            admins.push(id);
        }
    }
    assert_eq!(admins.len(), 1, "{admins:?}");
    let late = AccountRecord { created_at: keystow_domain::Timestamp::from_secs(1), ..account("a") };
    doors[1].add_account(late).await.unwrap();
    assert_eq!(doors[0].role("a").await.unwrap(), Role::Developer);
    assert_eq!(doors[0].role("sample").await.unwrap(), Role::Developer);
    assert_eq!(doors[0].role(&admins[0]).await.unwrap(), Role::Admin);
}

#[tokio::test]
async fn a_database_from_before_apps_has_its_oldest_account_for_administrator_and_keys_of_no_app() {
    let address = database().await;
    let client = connect(&address).await;
    client.batch_execute(STEPS[0]).await.unwrap();
    let before = "CREATE TABLE portal (one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one), layout BIGINT NOT NULL,
            pepper_check BYTEA);
        INSERT INTO portal (layout) VALUES (1);
        INSERT INTO accounts SELECT id, id, id, '', '', at, id = 'sample'
            FROM (VALUES ('sample', 1), ('young', 9), ('old', 5)) AS o (id, at);
        INSERT INTO keys (id, account, name, scopes, environment, owner, created_by, standing, created_at, version,
            hash, prefix, suffix) VALUES ('key_1', 'young', '', 'read', '', '', '', 1, 1, 1, decode(repeat('07', 32), 'hex'), '', '');
        INSERT INTO secrets (hash, key_number, version, prefix, suffix)
            SELECT hash, number, 1, '', '' FROM keys";
    client.batch_execute(before).await.unwrap();
    let storage = Postgres::open(&Database::parse(&address).unwrap()).await.unwrap();
    let roles = [("old", Role::Admin), ("young", Role::Developer), ("sample", Role::Developer)];
    for (id, role) in roles {
        assert_eq!(storage.role(id).await.unwrap(), role, "{id}");
    }
    let presented = storage.secret(&[7; 32]).await.unwrap().unwrap();
    assert_eq!((presented.app.as_str(), presented.scopes.len(), presented.in_force), ("", 0, true));
    storage.add_account(account("ada")).await.unwrap();
    assert_eq!(storage.role("ada").await.unwrap(), Role::Developer);
}

/// Many apps of many accounts, each with keys and something that is approved, withdrawn and waiting.
const CROWD: &str = "
    INSERT INTO accounts SELECT 'acc_' || n, 'acc_' || n, '', '', '', 1, false FROM generate_series(0, 19) n;
    INSERT INTO products VALUES ('p', 1, 'P', '', 'read', '', 1, 1, '', 'auto');
    INSERT INTO apps (id, account, name, description, callbacks, attributes, owner, created_at, changed_at)
        SELECT 'app_' || n, 'acc_' || n % 20, n, '', '[]', '[]', '', 1, 1 FROM generate_series(0, 1999) n;
    INSERT INTO subscriptions (id, app, product, scopes, state, justification, reason, asked_at, decided_by, place,
            ended_at)
        SELECT 'sub_' || n, 'app_' || n % 2000, CASE WHEN n < 2000 THEN 'p' ELSE 'q' END, 'read',
            CASE WHEN n < 2000 THEN 'approved' WHEN n < 2100 THEN 'pending' ELSE 'withdrawn' END, '', '', 1, '', 0,
            CASE WHEN n >= 2100 THEN n END
        FROM generate_series(0, 9999) n;
    INSERT INTO keys (id, account, name, scopes, environment, owner, created_by, standing, created_at, version,
            hash, prefix, suffix, app)
        SELECT 'key_' || n, 'acc_' || n % 20, '', 'read', '', '', '', 1, 1, 1, '', '', '',
            CASE WHEN n < 10000 THEN 'app_' || n % 2000 ELSE '' END
        FROM generate_series(0, 19999) n;
    ANALYZE; SET plan_cache_mode = force_generic_plan";

#[tokio::test]
async fn nothing_about_apps_is_looked_for_in_everything_there_is() {
    let address = database().await;
    let _tables = open(&address).await;
    let client = connect(&address).await;
    client.batch_execute(CROWD).await.unwrap();
    let (page, queue) = (format!("{APP} {PAGE}"), format!("{ASK} {WAITING}"));
    let both: &[_] = &["keys_of_app", "subscriptions_of_app"];
    let plans: [(&str, &str, &[&str]); 12] = [
        (&page, "'acc_1', 1000, 21", both),
        (&queue, "0, 21", &["subscriptions_waiting"]),
        (TERMS, "'app_1'", &["subscriptions_in_force"]),
        (WAITING_BESIDE, "'acc_1', 'app_1'", &[]),
        (SUBSCRIPTIONS, "'app_1'", &["subscriptions_of_app"]),
        (KEYS_TO_SETTLE, "'app_1'", &["keys_of_app"]),
        (LOCK_KEYS, "'app_1'", &["keys_of_app"]),
        (END_SECRETS, "'app_1', 1", &["keys_of_app"]),
        (REVOKE, "'app_1'", &["keys_of_app"]),
        (WITHDRAW, "'app_1', '{}', 1", &["subscriptions_of_app"]),
        (HOLDER_OF_KEY, "'acc_1', 'key_1'", &["keys_id_key"]),
        (HOLDER_OF_APP, "'acc_1', 'app_1'", &["keys_of_app"]),
    ];
    for (sql, values, indexes) in plans {
        client.batch_execute(&format!("PREPARE asked AS {sql}")).await.unwrap();
        let said = client.simple_query(&format!("EXPLAIN EXECUTE asked ({values})")).await.unwrap();
        client.batch_execute("DEALLOCATE asked").await.unwrap();
        let lines = said.iter().filter_map(|line| match line {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        let plan = lines.collect::<Vec<_>>().join("\n");
        for index in indexes {
            assert!(plan.contains(index), "{sql}\nwithout {index}:\n{plan}");
        }
        for table in ["keys", "subscriptions"] {
            assert!(!plan.contains(&format!("Seq Scan on {table}")), "{sql}\n{plan}");
        }
    }
}
