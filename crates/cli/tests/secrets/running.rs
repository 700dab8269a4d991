//! `keystow run`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use super::keyring::{Session, inside};
use super::*;

/// A program that runs, what it says after its first line, and that line.
fn running(folder: &Path, script: &str) -> (Child, BufReader<ChildStdout>, String) {
    let mut child =
        keystow(folder, &["run", "--key", "billing=SHOP", "--", "sh", "-c", script]).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    (child, out, line.trim().to_owned())
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_child_has_the_secret_in_its_environment_and_nobody_in_an_argument() {
    if !inside(
        Session::Unlocked,
        "running::only_the_child_has_the_secret_in_its_environment_and_nobody_in_an_argument",
    ) {
        return;
    }
    let folder = folder().await;
    let (mut child, mut out, process) =
        running(folder.path(), "echo $$; read go; echo \"got $SHOP\"; exit 5");
    assert_eq!(holders(), [process], "the child, and nobody else");
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "got [redacted SHOP]\n");
    assert_eq!(child.wait().unwrap().code(), Some(5));
    let log = log(folder.path());
    assert!(log.contains("ran") && log.contains("place=sh") && log.contains("variable=SHOP"), "{log}");
    assert!(log.contains("by=command line") && !log.contains(SECRET), "{log}");
    let place = "SELECT kind || ' ' || label FROM places WHERE key = 'key_1'";
    let place: String = database(folder.path()).query_row(place, [], |row| row.get(0)).unwrap();
    assert_eq!(place, "command sh", "where it is used is known from then on");
}

#[tokio::test(flavor = "multi_thread")]
async fn output_hides_the_secret_in_every_form_and_however_it_is_cut() {
    if !inside(Session::Unlocked, "running::output_hides_the_secret_in_every_form_and_however_it_is_cut") {
        return;
    }
    let folder = folder().await;
    let told = |script: &str| {
        let (code, out, err) =
            output(folder.path(), &["run", "--key", "billing=SHOP", "--", "sh", "-c", script]);
        assert_eq!(code, 0, "{err}");
        (out, err)
    };
    for script in [
        "printf %s \"$SHOP\"",
        "printf %s \"$SHOP\" | dd bs=1 status=none",
        "printf %.9s \"$SHOP\"; sh -c 'printf %s \"${SHOP#?????????}\"'",
        "printf %s \"$SHOP\" | od -An -v -tx1 | tr -d ' \\n'",
        "printf %s \"$SHOP\" | sed 's|/|%2F|g; s|+|%2B|g; s|=|%3D|g'",
    ] {
        assert_eq!(told(script).0, "[redacted SHOP]", "{script}");
        assert_eq!(told(&format!("{{ {script}; }} >&2")).1, "[redacted SHOP]", "{script}");
    }
    // What stands before it moves the borders of base64.
    for before in ["", "a", "ab", "user:"] {
        let (out, _) =
            told(&format!("printf '%s%s!' {before:?} \"$SHOP\" | base64 -w0 | dd bs=1 status=none"));
        assert!(out.contains("[redacted SHOP]") && out.len() < 30, "{before:?}: {out}");
    }
    let plain = ["run", "--key", "billing=SHOP", "--no-redact", "--", "sh", "-c", "echo $SHOP"];
    assert_eq!(output(folder.path(), &plain).1, format!("{SECRET}\n"), "if that was asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_as_the_program_ends() {
    if !inside(Session::Unlocked, "running::it_ends_as_the_program_ends") {
        return;
    }
    let folder = folder().await;
    let end = |script: &str| output(folder.path(), &["run", "--key", "billing", "--", "sh", "-c", script]).0;
    assert_eq!([end("exit 0"), end("exit 3"), end("exit 255")], [0, 3, 255]);
    assert_eq!(end("kill -9 $$"), 137);
    assert_eq!(end("kill -TERM $$"), 143);
    let (_, said, _) = output(folder.path(), &["run", "--key", "billing", "--", "sh", "-c", "ulimit -Hc"]);
    assert_eq!(said, "0\n", "no core dump of it can hold the secret");
    let file = folder.path().join("no program");
    fs::write(&file, "").unwrap();
    let started = |program: &str| output(folder.path(), &["run", "--key", "billing", "--", program]);
    let (code, _, why) = started("keystow-no-such-program");
    assert_eq!(code, 127);
    assert!(why.starts_with("There is no program “keystow-no-such-program”. Nothing was run."), "{why}");
    let (code, _, why) = started(file.to_str().unwrap());
    assert_eq!(code, 126);
    assert!(why.starts_with("“no program” could not be started."), "{why}");
    assert!(!log(folder.path()).contains("place=no program"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_signal_reaches_the_program() {
    if !inside(Session::Unlocked, "running::every_signal_reaches_the_program") {
        return;
    }
    let folder = folder().await;
    for (name, signal, code) in [
        ("TERM", Signal::TERM, 7),
        ("INT", Signal::INT, 8),
        ("HUP", Signal::HUP, 9),
        ("QUIT", Signal::QUIT, 10),
        ("USR1", Signal::USR1, 11),
        ("USR2", Signal::USR2, 12),
    ] {
        let script = format!("trap 'exit {code}' {name}; echo ready; while :; do read x; done");
        let (mut child, _out, said) = running(folder.path(), &script);
        assert_eq!(said, "ready");
        send(&child, signal);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_left_behind_holds_nobody_up_who_is_told_to_end() {
    if !inside(Session::Unlocked, "running::what_a_program_left_behind_holds_nobody_up_who_is_told_to_end") {
        return;
    }
    let folder = folder().await;
    // Something in the background holds the output until its own input ends.
    let (mut child, _out, program) = running(folder.path(), "{ cat <&3 & } 3<&0; echo $$");
    let input = child.stdin.take();
    if let Ok(end) = pidfd_open(Pid::from_raw(program.parse().unwrap()).unwrap(), PidfdFlags::empty()) {
        poll(&mut [PollFd::new(&end, PollFlags::IN)], None).unwrap();
    }
    send(&child, Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(143));
    drop(input);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_secrets_are_two_variables_and_never_one() {
    if !inside(Session::Unlocked, "running::two_secrets_are_two_variables_and_never_one") {
        return;
    }
    let folder = folder().await;
    let both = |one: &str, other: &str| {
        output(folder.path(), &["run", "--key", one, "--key", other, "--", "sh", "-c", "echo $ONE $TWO"])
    };
    assert_eq!(both("billing=ONE", "waiting=TWO").1, "[redacted ONE] [redacted ONE]\n", "the same secret");
    let (code, out, why) = both("billing=ONE", "waiting=ONE");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(why.starts_with("Two of these keys would both be called ONE"), "{why}");
}
