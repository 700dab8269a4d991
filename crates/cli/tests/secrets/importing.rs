//! Taking secrets into the vault of the app that runs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use keystow_engine::Probe;
use tokio::task::JoinHandle;

use super::keyring::{Session, inside};
use super::*;

const ELSEWHERE: &str = "kst_9999sXk4vBn6wQe1yUt0rMz5";
const TWIN: &str = "kst_3333aaaa4444bbbb5555cccc";
const FORGED: &str = "kst_3333forged4444forged5555";

/// The address that secrets are tried at: it accepts these two, and no other.
fn gateway() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for caller in listener.incoming() {
            let _ = answer(caller.unwrap());
        }
    });
    address
}

fn answer(mut caller: TcpStream) -> std::io::Result<()> {
    let lines = BufReader::new(caller.try_clone()?).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let good = [ELSEWHERE, TWIN].iter().any(|secret| head.iter().any(|line| line.ends_with(secret)));
    let status = if good { "200 OK" } else { "401 Unauthorized" };
    write!(caller, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

/// The app as it runs, with an address at which the secrets of its keys are tried.
async fn running(folder: &Path) -> (Engine, JoinHandle<()>) {
    keystow_engine::install_tls();
    let app = app(folder).await;
    app.unlock().await.unwrap();
    let url = gateway();
    for key in ["key_2", "key_3"] {
        let probe = Probe { url: url.clone(), header: "x-api-key".into(), before: String::new(), own: false };
        app.set_probe(&KeyId::new(key), Some(probe)).await.unwrap();
    }
    let runs = app.clone();
    let run = tokio::spawn(async move { runs.run().await });
    // The door is opened by what was just begun.
    while !folder.join("keystow.sock").exists() {
        tokio::task::yield_now().await;
    }
    (app, run)
}

/// The command with something on its standard input.
fn given(folder: &Path, arguments: &[&str], text: &str) -> (i32, String, String) {
    let mut import = keystow(folder, arguments).spawn().unwrap();
    // A command that refuses before it reads has closed its end.
    let _ = import.stdin.take().unwrap().write_all(text.as_bytes());
    let output = import.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The command with a pipe through which nothing comes: what is refused without the secret ends all the same.
fn waiting(folder: &Path, arguments: &[&str]) -> i32 {
    let mut import = keystow(folder, arguments).spawn().unwrap();
    let open = import.stdin.take().unwrap();
    let output = import.wait_with_output().unwrap();
    drop(open);
    output.status.code().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_from_a_pipe_is_tried_by_the_app_and_is_on_this_device_then() {
    let name = "importing::a_secret_from_a_pipe_is_tried_by_the_app_and_is_on_this_device_then";
    if !inside(Session::Unlocked, name) {
        return;
    }
    let folder = folder().await;
    let line = format!("export ELSE_KEY='{ELSEWHERE}'\n");
    let (code, _, why) = given(folder.path(), &["import", "elsewhere"], &line);
    assert_eq!(code, 121);
    assert!(why.starts_with("Keystow does not run, and it alone changes its vault."), "{why}");
    assert!(why.contains("Nothing was read from the pipe"), "{why}");
    assert_eq!(waiting(folder.path(), &["import", "elsewhere"]), 121);
    let (app, run) = running(folder.path()).await;
    let (code, _, why) = given(folder.path(), &["import", "elsewhere"], "a shopping list\n");
    assert_eq!(code, 120);
    assert!(why.starts_with("Nothing in it looks like the secret of this key."), "{why}");
    assert!(why.contains("What came through the pipe is gone"), "{why}");
    let (code, out, why) = given(folder.path(), &["import", "elsewhere"], &line);
    assert_eq!((code, why.as_str()), (0, ""));
    assert_eq!(out, "The secret of “elsewhere” is on this device. The portal accepts it.\n");
    assert!(app.key(&KeyId::new("key_2")).unwrap().stowed.is_some(), "the app knows it at once");
    let run_it = ["run", "--key", "elsewhere=IT", "--no-redact", "--", "printenv", "IT"];
    assert_eq!(output(folder.path(), &run_it).1.trim_end(), ELSEWHERE);
    assert!(log(folder.path()).contains("imported") && !log(folder.path()).contains(ELSEWHERE));
    let (code, _, why) = given(folder.path(), &["import", "elsewhere"], &line);
    assert_eq!(code, 120, "it is here already: {why}");
    app.lock().await;
    let (code, _, why) = given(folder.path(), &["import", "key_3"], TWIN);
    assert_eq!(code, 118, "{why}");
    assert_eq!(waiting(folder.path(), &["import", "key_3"]), 118);
    run.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_variables_is_left_as_it_is_and_only_names_are_told_of_it() {
    let name = "importing::a_file_of_variables_is_left_as_it_is_and_only_names_are_told_of_it";
    if !inside(Session::Unlocked, name) {
        return;
    }
    let folder = folder().await;
    let (_app, run) = running(folder.path()).await;
    let file = folder.path().join(".env");
    let text = format!("PORT=80\nOLD_KEY={FORGED}\nexport SHOP_KEY=\"{TWIN}\"\n");
    fs::write(&file, &text).unwrap();
    let path = file.to_str().unwrap();
    let ask =
        |more: &[&str]| output(folder.path(), &[&["import", "key_3", "--env-file", path], more].concat());
    let (code, out, why) = ask(&[]);
    assert_eq!((code, out.as_str()), (120, ""));
    assert!(why.contains("Name one with --var: OLD_KEY, SHOP_KEY."), "{why}");
    assert!(why.contains("The file is as it was."), "{why}");
    let (code, _, refused) = ask(&["--var", "OLD_KEY"]);
    assert_eq!(code, 120);
    assert!(refused.starts_with("The portal refuses this secret"), "{refused}");
    assert_eq!(ask(&["--var", "PORT"]).0, 120);
    let (code, _, absent) = ask(&["--var", "NOBODY"]);
    assert!(code == 120 && absent.starts_with("No line in it sets that variable."), "{absent}");
    let (code, out, why) = ask(&["--var", "SHOP_KEY"]);
    assert_eq!(code, 0, "{why}");
    assert_eq!(
        out,
        format!(
            "The secret of “twin” is on this device. The portal accepts it. It still stands in {path}: remove it there.\n"
        )
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "the file is as it was");
    let said = [why, refused, absent, out].concat();
    assert!(!said.contains("kst_3333") && holders().is_empty());
    assert_eq!(ask(&["--var", "1"]).0, 2);
    assert_eq!(output(folder.path(), &["import", "key_4", "--env-file", "/nonexistent"]).0, 2);
    run.abort();
}
