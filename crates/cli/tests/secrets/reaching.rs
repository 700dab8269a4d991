//! The way to the right key: its account, its address, the picker; and how little a long list costs.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// A second account that has a key of the same id and name, and others of its own.
const OTHER_ACCOUNT: &str = "
INSERT INTO accounts VALUES
    ('acc2', 1, 1, 'http://127.0.0.1:10', 'Other portal', 'id', 'omar@example.com', '', 'signed_in');
INSERT INTO lists VALUES ('acc2', 1800000000000);
INSERT INTO keys (account, position, id, name, prefix, status, scopes, environment, previous) VALUES
    ('acc2', 0, 'key_2', 'elsewhere', 'oth_7777', 'active', '[]', NULL, '[]');
";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_two_accounts_have_is_named_with_its_account() {
    let session = keyring::Session::Unlocked;
    if !keyring::inside(session, "reaching::a_key_that_two_accounts_have_is_named_with_its_account") {
        return;
    }
    let folder = folder().await;
    database(folder.path()).execute_batch(OTHER_ACCOUNT).unwrap();
    let ask = |account: &[&str]| output(folder.path(), &[&["env", "--key", "elsewhere"], account].concat());
    let (code, _, why) = ask(&[]);
    assert_eq!(code, 115);
    assert!(why.contains("Name the account with --account: nadia@example.com (Test portal), omar@"), "{why}");
    for name in ["omar@example.com", "Other portal", "omar@example.com (Other portal)", "acc2"] {
        let (code, _, why) = ask(&["--account", name]);
        assert_eq!(code, 116, "the key is found, its secret is not here: {why}");
    }
    let (code, _, why) = ask(&["--account", "nobody"]);
    assert_eq!(code, 113);
    assert!(why.contains("No account is called “nobody”."), "{why}");
    let (code, out, _) =
        output(folder.path(), &["env", "--key", "billing", "--account", "nadia@example.com"]);
    assert_eq!((code, out.as_str()), (0, "BILLING_KEY=••••••••\n"));
    assert_eq!(output(folder.path(), &["run", "--key", "billing", "--account", "acc2", "--", "true"]).0, 114);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_call_is_shown_where_a_person_chose_the_address_and_refused_elsewhere() {
    let session = keyring::Session::Unlocked;
    if !keyring::inside(
        session,
        "reaching::a_first_call_is_shown_where_a_person_chose_the_address_and_refused_elsewhere",
    ) {
        return;
    }
    let folder = folder().await;
    let ask = || output(folder.path(), &["env", "--key", "billing", "--as", "curl_call"]);
    let (code, _, why) = ask();
    assert_eq!(code, 125);
    assert!(why.contains("Nobody chose the address that “billing” is called at."), "{why}");
    let app = app(folder.path()).await;
    let probe = keystow_engine::Probe {
        url: "https://api.example/v1".into(),
        header: "x-api-key".into(),
        before: String::new(),
        own: false,
    };
    app.unlock().await.unwrap();
    app.set_probe(&KeyId::new("key_1"), Some(probe)).await.unwrap();
    drop(app);
    let (code, call, why) = ask();
    assert_eq!(code, 0, "{why}");
    assert!(call.contains("https://api.example/v1") && call.contains("••••••••"), "{call}");
}

/// A program in the place of the app, in a folder of its own with the command line beside it.
fn with_app(script: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(env!("CARGO_BIN_EXE_keystow"), folder.path().join("keystow")).unwrap();
    if let Some(script) = script {
        let app = folder.path().join("keystow-desktop");
        fs::write(&app, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(app, fs::Permissions::from_mode(0o700)).unwrap();
    }
    folder
}

fn pick(programs: &Path) -> Command {
    let mut pick = Command::new(programs.join("keystow"));
    pick.arg("pick").env("DISPLAY", ":0").env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    pick
}

#[test]
fn the_picker_of_the_app_is_opened_and_the_app_outlives_the_command() {
    let programs = with_app(Some("echo \"$@\" > \"$(dirname \"$0\")/asked\""));
    assert_eq!(ended(&mut pick(programs.path())), (0, String::new(), String::new()));
    assert_eq!(fs::read_to_string(programs.path().join("asked")).unwrap(), "--pick\n");
    // An app that was not there goes on after the command ended: it answers whoever asks it then.
    let programs =
        with_app(Some("cd \"$(dirname \"$0\")\"; mkfifo ask answer; read said < ask; echo $said > answer"));
    assert_eq!(ended(&mut pick(programs.path())).0, 0);
    let mut asks = Command::new("timeout");
    asks.args(["20", "sh", "-c", "echo still there > ask; cat answer"]).current_dir(programs.path());
    assert_eq!(ended(&mut asks), (0, "still there\n".into(), String::new()));
}

#[test]
fn a_picker_that_cannot_be_shown_says_why_and_what_to_do() {
    let none = with_app(None);
    let (code, _, why) = ended(&mut pick(none.path()));
    assert_eq!(code, 127);
    assert!(why.contains("was not found beside this program nor in PATH"), "{why}");
    let broken = with_app(Some("exit 3"));
    assert_eq!(ended(&mut pick(broken.path())).0, 125);
    let (code, _, why) = ended(pick(broken.path()).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY"));
    assert_eq!(code, 125);
    assert!(why.contains("There is no desktop here"), "{why}");
    let (_, help, _) = ended(Command::new(env!("CARGO_BIN_EXE_keystow")).args(["pick", "--help"]));
    assert!(help.contains("bindsym Ctrl+Mod1+k exec keystow pick"), "{help}");
}
