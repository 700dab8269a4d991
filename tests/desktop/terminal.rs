//! The command line in a terminal beside the window.

use std::path::Path;

use serde_json::Value;

use crate::journey::{self, copy};
use crate::support::gateway::THERE;
use crate::support::{Desk, Keyring};

const KEY: &str = "billing-worker-test";

/// What the command line ended with and answered.
pub(crate) fn keystow(desk: &Desk, arguments: &[&str]) -> (Option<i32>, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_keystow-desktop")).with_file_name("keystow");
    assert!(
        program.is_file(),
        "{} is missing; run: cargo build --package keystow-cli --bin keystow",
        program.display()
    );
    let output = desk.command(&program.to_string_lossy()).args(arguments).output();
    let output = output.expect("the command line starts");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).trim_end().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_shares_vault_lock_and_log_with_the_window() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let gateway = journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    let first = copy(&desk, &window, KEY).await;

    let (code, list) = keystow(&desk, &["list", "--json"]);
    let list: Value = serde_json::from_str(&list).expect("the list is JSON");
    assert_eq!((code, &list[0]["name"], &list[0]["state"]), (Some(0), &KEY.into(), &"active".into()));
    let given = ["run", "--key", "billing-worker-test=SHOP", "--no-redact", "--", "printenv", "SHOP"];
    assert_eq!(keystow(&desk, &given), (Some(0), first.clone()), "the secret that the window copies");
    assert_eq!(gateway.call(&first, THERE).await, 200);
    let hidden = ["run", "--key", "billing-worker-test=SHOP", "--", "printenv", "SHOP"];
    assert_eq!(keystow(&desk, &hidden).1, "[redacted SHOP]");
    desk.screen.copy("a shopping list").await;
    let (code, said) = keystow(&desk, &["copy", KEY, "--as", "bearer"]);
    assert_eq!(code, Some(0), "{said}");
    desk.pasted(|text| text == format!("Authorization: Bearer {first}")).await;

    window.click("link", "Audit").await;
    window.says("Program run with a secret").await;
    window.says("command line").await;
    window.picture(&desk, "60-command-line-in-the-log").await;
    window.click("link", "Keys").await;
    window.click("button", "Lock now").await;
    window.shows("heading", "Keystow is locked").await;
    let (code, said) = keystow(&desk, &given);
    assert_eq!(code, Some(118));
    assert!(said.starts_with("Keystow is locked."), "{said}");
    window.click("button", "Unlock").await;
    window.shows("button", "Lock now").await;

    journey::rotate(&window, KEY).await;
    window.shows("list", "Deliver").await;
    let (_, status) = keystow(&desk, &["rotate", "--status"]);
    assert!(status.starts_with("billing-worker-test  old secret ends at"), "{status}");
    let (_, second) = keystow(&desk, &given);
    assert!(second.starts_with("kst_") && second != first, "the new secret, while the old one has its grace");
    assert_eq!(gateway.call(&second, THERE).await, 200);
    window.click("button", "Close").await;
    window.close().await;
    assert_eq!(keystow(&desk, &given), (Some(0), second), "the app need not run");
    let (code, check) = keystow(&desk, &["audit", "verify"]);
    assert_eq!(code, Some(0), "{check}");
}
