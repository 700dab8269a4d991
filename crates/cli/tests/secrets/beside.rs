//! While the app runs, and after it.

use std::process::Child;

use keystow_engine::{PlaceKind, verify_audit};

use super::keyring::{Session, inside};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_log_stays_whole_while_the_app_writes_it_too() {
    if !inside(Session::Unlocked, "beside::the_log_stays_whole_while_the_app_writes_it_too") {
        return;
    }
    let folder = folder().await;
    let app = app(folder.path()).await;
    app.unlock().await.unwrap();
    let commands =
        (0..4).map(|_| keystow(folder.path(), &["run", "--key", "billing", "--", "true"]).spawn().unwrap());
    let commands: Vec<Child> = commands.collect();
    for number in 0..20 {
        app.add_place(&KeyId::new("key_1"), PlaceKind::Text, &format!("place {number}")).await.unwrap();
    }
    for command in commands {
        let ended = command.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    let check = verify_audit(folder.path()).unwrap();
    assert_eq!(check.broken_at, None);
    let sight = app.audit(0, 500).await.unwrap();
    assert_eq!(sight.check.broken_at, None, "nor at its end, which the vault knows");
    assert_eq!(sight.entries.iter().filter(|entry| entry.what == "ran").count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_a_person_locked_locks_the_command_line_for_as_long_as_it_runs() {
    if !inside(
        Session::Unlocked,
        "beside::an_app_that_a_person_locked_locks_the_command_line_for_as_long_as_it_runs",
    ) {
        return;
    }
    let folder = folder().await;
    let run = || output(folder.path(), &["run", "--key", "billing", "--", "true"]);
    let app = app(folder.path()).await;
    assert_eq!(run().0, 0, "an app that was not unlocked yet is not one that was locked");
    app.unlock().await.unwrap();
    app.lock().await;
    let (code, _, why) = run();
    assert_eq!(code, 118);
    assert!(why.starts_with("Keystow is locked. No secret was read."), "{why}");
    assert_eq!(output(folder.path(), &["list"]).0, 0, "names are no secrets");
    app.unlock().await.unwrap();
    assert_eq!(run().0, 0);
    app.lock().await;
    drop(app);
    assert_eq!(run().0, 0, "the keyring says who may read when no app runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wizard_that_is_open_in_the_app_stays_open() {
    if !inside(Session::Unlocked, "beside::a_wizard_that_is_open_in_the_app_stays_open") {
        return;
    }
    let folder = folder().await;
    let app = app(folder.path()).await;
    // A start of the app would take such a course for the rest of a crash.
    database(folder.path())
        .execute(
            "INSERT INTO courses (id, account, key, name, reason, way, old_prefix, opened_at, planned)
             VALUES ('course', 'acc', 'key_1', 'billing', 'planned', 'in_place', 'kst_4Gd7', 0, 0)",
            [],
        )
        .unwrap();
    assert_eq!(output(folder.path(), &["run", "--key", "billing", "--", "true"]).0, 0);
    let courses = "SELECT count(*) FROM courses";
    let courses: i64 = database(folder.path()).query_row(courses, [], |row| row.get(0)).unwrap();
    assert_eq!(courses, 1);
    drop(app);
}
