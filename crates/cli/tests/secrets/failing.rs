//! Why there is no secret, in words for a person and a number for a script.

use secret_service::EncryptionType;
use secret_service::blocking::SecretService;

use super::keyring::{Session, inside};
use super::*;

/// Every verb that takes a secret out.
fn verbs(key: &str) -> [Vec<&str>; 3] {
    [
        vec!["copy", key],
        vec!["run", "--key", key, "--", "echo", "it ran"],
        vec!["env", "--key", key, "--print", "--reason", "a test"],
    ]
}

/// That every verb ends with this number, having printed nothing, and what it says.
fn fails(folder: &Path, key: &str, number: i32, says: &str) {
    for verb in verbs(key) {
        let (code, out, why) = output(folder, &verb);
        assert_eq!((code, out.as_str()), (number, ""), "{verb:?}: {why}");
        assert!(why.contains(says), "{verb:?}: {why}");
        assert!(!why.contains(SECRET));
        let sentences = why.matches(". ").count();
        assert!(sentences >= 2, "what happened, what it means and the next step: {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_has_its_words_and_its_number() {
    if !inside(Session::Unlocked, "failing::every_failure_has_its_words_and_its_number") {
        return;
    }
    let folder = folder().await;
    fails(folder.path(), "nobody", 114, "No key is called “nobody”.");
    fails(folder.path(), "twin", 115, "Name one by its id: key_3, key_4.");
    fails(folder.path(), "elsewhere", 116, "The secret of “elsewhere” is not on this device.");
    fails(folder.path(), "key_2", 116, "The secret of “elsewhere” is not on this device.");
    fails(folder.path(), "ended", 117, "“ended” is expired or revoked.");
    fails(folder.path(), "nobody\u{1b}[2J", 114, "No key is called “nobody");
    let service = SecretService::connect(EncryptionType::Plain).unwrap();
    service.get_default_collection().unwrap().lock().unwrap();
    fails(
        folder.path(),
        "billing",
        118,
        "The keyring is locked and could not ask for its password. No secret was read.",
    );
    assert_eq!(output(folder.path(), &["env", "--key", "billing"]).0, 0, "a mask needs no keyring");
    assert!(log(folder.path()).is_empty(), "nothing was done, so nothing is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_without_a_keyring_is_told() {
    if !inside(Session::Unlocked, "failing::a_desktop_without_a_keyring_is_told") {
        return;
    }
    let folder = folder().await;
    let mut command = keystow(folder.path(), &["run", "--key", "billing", "--", "true"]);
    let (code, _, why) = ended(command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus"));
    assert_eq!(code, 118, "{why}");
    assert!(why.starts_with("No keyring runs on this desktop. No secret was read."), "{why}");
    // Another entry of the same keyring has another key, or none.
    drop(app(folder.path()).await);
    let moved = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&file, moved.path().join(file.file_name().unwrap())).unwrap();
    }
    let (code, _, why) = output(moved.path(), &["run", "--key", "billing", "--", "true"]);
    assert_eq!(code, 118, "{why}");
    assert!(why.starts_with("The key that opens the vault is not in this desktop's keyring."), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_an_account_is_told_from_one_without_anything() {
    let folder = tempfile::tempdir().unwrap();
    fails(folder.path(), "billing", 113, "There is nothing of Keystow in this folder");
    let (code, _, why) = output(folder.path(), &["list"]);
    assert_eq!(code, 113, "{why}");
    let (code, out, _) = output(folder.path(), &["doctor"]);
    assert_eq!(code, 1);
    assert!(out.starts_with("FAIL  data"), "{out}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    drop(app(folder.path()).await);
    fails(folder.path(), "billing", 113, "No account is known on this device");
    assert_eq!(output(folder.path(), &["list", "--json"]).1, "[]\n");
    assert!(output(folder.path(), &["list"]).1.starts_with("No key is known here."));
    assert_eq!(output(folder.path(), &["rotate", "--status"]).1, "Nothing is being rotated.\n");
}

#[test]
fn a_wrong_question_ends_with_two() {
    let folder = tempfile::tempdir().unwrap();
    for wrong in [
        &["run", "--key", "a"][..],
        &["run", "--", "true"],
        &["copy"],
        &["rotate"],
        &["env", "--key", "a", "--print"],
        &["env", "--key", "a", "--reason", "b"],
        &["env", "--key", "a", "--print", "--reason", "b", "--json"],
        &["copy", "a", "--as", "template"],
        &["env", "--key", "a", "--print", "--reason", " "],
        &["man", "nothing"],
    ] {
        let (code, out, why) = output(folder.path(), wrong);
        assert_eq!((code, out.as_str()), (2, ""), "{wrong:?}: {why}");
        assert!(!why.is_empty());
    }
}
