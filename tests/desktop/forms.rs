//! Copying a secret in the form that its target wants, and giving it to GitHub's program.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use fantoccini::key::Key;

use crate::journey;
use crate::support::gateway::{Gateway, THERE};
use crate::support::processes::run;
use crate::support::{Desk, Keyring, Window, until};

const KEY: &str = "payments-api-live";
const VARIABLE: &str = "PAYMENTS_API_LIVE_KEY";
const DIALOG: &str = "Copy payments-api-live as";

/// Stands where GitHub's program would, and nobody is signed in to it.
const GH_SIGNED_OUT: &str = "#!/bin/sh\nexit 4\n";
/// Stands where GitHub's program would: keeps what it is asked for and what it reads, and calls nobody.
const GH: &str = "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$HOME/gh-asked\"\ntr '\\0' '\\n' < /proc/$$/environ > \"$HOME/gh-environment\"\ncat > \"$HOME/gh-read.new\" && mv \"$HOME/gh-read.new\" \"$HOME/gh-read\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_copied_as_its_target_wants_it_and_never_shown() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let gateway = journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    let secret = journey::copy(&desk, &window, KEY).await;
    a_line_that_a_shell_reads(&desk, &window, &gateway, &secret).await;
    the_form_is_remembered(&desk, &window).await;
    a_template_of_ones_own(&desk, &window, &secret).await;
    a_secret_of_github_actions(&desk, &window, &secret).await;
    a_first_call(&desk, &window, &secret).await;
}

async fn choose(window: &Window, form: &str) {
    journey::choose(window, KEY, "Copy as…").await;
    window.shows("dialog", DIALOG).await;
    window.click("radio", form).await;
}

/// Copies what the dialog shows, and pastes it in another program.
async fn copied(desk: &Desk, window: &Window, like: impl Fn(&str) -> bool) -> String {
    desk.screen.copy("a shopping list").await;
    window.click("button", "Copy").await;
    window.loses("dialog", DIALOG).await;
    desk.pasted(like).await
}

async fn a_line_that_a_shell_reads(desk: &Desk, window: &Window, gateway: &Gateway, secret: &str) {
    choose(window, ".env line").await;
    let preview = window.text_of("region", "What will be copied, with the secret hidden").await;
    assert!(preview.starts_with(&format!("{VARIABLE}={}", &secret[..8])), "{preview}");
    assert!(!window.text().await.contains(&secret[8..16]), "what is shown is the mask");
    window.picture(desk, "70-copy-as").await;
    let line = copied(desk, window, |text| text.contains('=')).await;
    assert_eq!(line, format!("{VARIABLE}={secret}"));
    let file = desk.part("home").join(".env");
    fs::write(&file, line).expect("a file can be written");
    let mut shell = tokio::process::Command::new("sh");
    shell.args(["-c", &format!(". \"$1\"; printf %s \"${VARIABLE}\""), "sh"]).arg(&file);
    let read = String::from_utf8_lossy(&run(&mut shell, "dash").await.stdout).into_owned();
    assert_eq!(gateway.call(&read, THERE).await, 200, "what a shell reads from it is the secret");
}

/// The next time the form that was chosen last stands first, and Enter is enough.
async fn the_form_is_remembered(desk: &Desk, window: &Window) {
    desk.screen.copy("a shopping list").await;
    journey::choose(window, KEY, "Copy as…").await;
    window.shows("dialog", DIALOG).await;
    until("the form of the last time has the focus", async || {
        window.is_chosen("radio", ".env line").await.then_some(())
    })
    .await;
    window.press(&Key::Enter.to_string()).await;
    window.loses("dialog", DIALOG).await;
    desk.pasted(|text| text.starts_with(VARIABLE)).await;
}

async fn a_template_of_ones_own(desk: &Desk, window: &Window, secret: &str) {
    journey::choose(window, KEY, "Copy as…").await;
    window.shows("dialog", DIALOG).await;
    window.click("button", "New template…").await;
    window.fill("textbox", "Template name", "Helm value").await;
    window.fill("textbox", "Template", "--set-string apiKey={{secret}}").await;
    window.picture(desk, "71-template").await;
    window.click("button", "Save template").await;
    window.shows("radio", "Helm value").await;
    window.picture(desk, "72-copy-as-template").await;
    let text = copied(desk, window, |text| text.starts_with("--set")).await;
    assert_eq!(text.trim_end(), format!("--set-string apiKey={secret}"));
}

async fn a_secret_of_github_actions(desk: &Desk, window: &Window, secret: &str) {
    choose(window, "GitHub Actions").await;
    window.fill("textbox", "Repository", "nadia/payments").await;
    put_program(desk, GH_SIGNED_OUT);
    window.click("button", "Set secret").await;
    window.says("gh auth login").await;
    window.picture(desk, "73-not-signed-in-to-github").await;
    put_program(desk, GH);
    desk.screen.copy("a shopping list").await;
    window.click("button", "Set secret").await;
    window.loses("dialog", DIALOG).await;
    window.says("is set as a secret of nadia/payments").await;
    window.picture(desk, "74-set").await;
    let home = desk.part("home");
    let read = |name: &str| fs::read_to_string(home.join(name)).expect("the program has run");
    assert_eq!(read("gh-read"), secret, "it reads the secret and nothing else");
    assert_eq!(read("gh-asked"), format!("secret\nset\n{VARIABLE}\n--repo\nnadia/payments\n"));
    assert!(!read("gh-environment").contains(&secret[8..16]), "nothing of it is in its environment");
    assert_eq!(desk.screen.paste().await.as_deref(), Some("a shopping list"), "the clipboard is left alone");
}

/// The call is made from here, and by Node with what was pasted into a file.
async fn a_first_call(desk: &Desk, window: &Window, secret: &str) {
    journey::choose(window, KEY, "Quick start…").await;
    window.shows("dialog", &format!("Call with {KEY}")).await;
    window.click("button", "Try it").await;
    window.says("Answered 200 in").await;
    window.says("calls left").await;
    window.picture(desk, "75-quick-start").await;
    window.click("radio", "JavaScript").await;
    window.says("console.log(response.status").await;
    assert!(!window.text().await.contains(&secret[8..16]), "what is shown is the mask");
    window.picture(desk, "76-quick-start-in-javascript").await;
    window.click("button", "Copy call").await;
    let call = desk.pasted(|text| text.starts_with("const response")).await;
    let file = desk.part("home").join("call.mjs");
    fs::write(&file, call).expect("a file can be written");
    let said = run(tokio::process::Command::new("node").arg(&file), "nodejs").await;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.starts_with("200 "), "the pasted call is answered: {said}");
}

fn put_program(desk: &Desk, script: &str) {
    let program = desk.part("bin").join("gh");
    fs::write(&program, script).expect("a program can be written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("rights can be set");
}
