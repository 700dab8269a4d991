//! `keystow-portal` as people start and end it.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
};

use axum::http::Method;

use crate::{desk::Desk, store::Store};

/// A running program and what it printed first.
struct Program(Child, String);

impl Program {
    fn start(data: &Path, listen: &str, store: &Store) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_keystow-portal"))
            .args(["--listen", listen, "--grace-seconds", "90", "--data"])
            .arg(data)
            .args(store.arguments())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self(program, line.trim_end().to_owned())
    }

    fn address(&self) -> &str {
        self.1.strip_prefix("http://").unwrap()
    }

    fn end(&mut self, signal: &str) -> bool {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        self.0.wait().unwrap().success()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn one_line_says_where_it_is_and_a_kill_loses_no_key_and_no_sign_in() {
    let (data, store) = (tempfile::tempdir().unwrap(), Store::new().await);
    let mut program = Program::start(data.path(), "127.0.0.1:0", &store);
    let address = program.address().to_owned();
    let desk = Desk::at(&program.1);
    let app = desk.app().await;
    let (id, secret) = app.create("billing").await;
    let second = app.rotate(&id, 60).await;
    program.end("KILL");
    let again = Program::start(data.path(), &address, &store);
    assert_eq!(again.address(), address);
    for secret in [&secret, &second] {
        desk.try_key("/v1/catalog/items", secret).await.expect(200);
    }
    assert_eq!(app.get(&format!("/v1/developer/keys/{id}")).await.expect(200).json()["apiKey"]["version"], 2);
}

#[tokio::test]
async fn asked_to_stop_it_stores_what_it_counted_and_succeeds() {
    let (data, store) = (tempfile::tempdir().unwrap(), Store::new().await);
    let mut program = Program::start(data.path(), "127.0.0.1:0", &store);
    let address = program.address().to_owned();
    let desk = Desk::at(&program.1);
    let app = desk.app().await;
    let (id, secret) = app.create("billing").await;
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    assert!(program.end("TERM"));
    let mut rest = String::new();
    program.0.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "it prints one line and no more");
    let _again = Program::start(data.path(), &address, &store);
    let quota =
        app.call(Method::GET, &format!("/v1/developer/keys/{id}/quota"), &[], "").await.expect(200).json();
    assert_eq!(quota["used"], 1);
}

#[test]
fn sample_data_is_refused_in_public() {
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_keystow-portal"))
        .args(["--listen", "0.0.0.0:0", "--demo", "--data"])
        .arg(data.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("loopback"));
    assert!(output.stdout.is_empty());
}

#[test]
fn an_address_others_can_call_needs_an_origin_that_apps_may_sign_in_at() {
    let data = tempfile::tempdir().unwrap();
    for (more, said) in [
        (&[][..], "--base-url"),
        (&["--base-url", "http://portal.example"][..], "no origin"),
        (&["--base-url", "https://portal.example/keys"][..], "no origin"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_keystow-portal"))
            .args(["--listen", "0.0.0.0:0", "--data"])
            .arg(data.path())
            .args(more)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(said), "{more:?}: {text}");
    }
}
