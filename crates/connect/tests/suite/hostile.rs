//! The hostile callback: what other programs and web pages can do to the port a browser comes back to.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::sign_in::Flow;

#[tokio::test]
async fn a_thousand_hostile_requests_do_not_use_the_sign_in_up() {
    let flow = Flow::granting().await;
    let (host, path, state) = (flow.authority(), flow.redirect.path().to_owned(), flow.state.clone());
    let good = format!("{path}?state={state}&code=evil&iss={}", flow.issuer());
    let hostile = [
        (404, format!("GET /?state={state}&code=x HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (404, format!("GET {path}/?state={state}&code=x HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (404, format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (405, format!("POST {good} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n")),
        (405, format!("OPTIONS {good} HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (405, format!("get {good} HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (405, format!("HEAD {good} HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (421, format!("GET {good} HTTP/1.1\r\nHost: evil.example\r\n\r\n")),
        (421, format!("GET {good} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", flow.redirect.port().unwrap())),
        (421, format!("GET {good} HTTP/1.1\r\n\r\n")),
        (421, format!("GET {good} HTTP/1.0\r\n\r\n")),
        (421, format!("GET {good} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")),
        (421, format!("GET {good} HTTP/1.1\r\nHost: me@{host}\r\n\r\n")),
        (404, format!("GET http://{host}{good} HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (421, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n")),
        (403, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nOrigin: null\r\n\r\n")),
        (403, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://evil.example\r\n\r\n")),
        (403, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\r\n")),
        (403, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nOrigin: x\r\nUpgrade: websocket\r\n\r\n")),
        (403, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Mode: websocket\r\n\r\n")),
        (403, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Dest: image\r\n\r\n")),
        (403, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Mode: cors\r\n\r\n")),
        (403, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Mode: no-cors\r\n\r\n")),
        (403, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Dest: iframe\r\n\r\n")),
        (400, format!("GET {path}?code=evil HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (400, format!("GET {path}?code=evil&state=AAAA HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (400, format!("GET {path}?error=access_denied&state=AAAA HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (400, format!("GET {good}&state={state} HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (400, format!("GET {good}&code=c0de HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (400, format!("GET {path}?state=&code=evil HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (400, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\n{}\r\n", "X: x\r\n".repeat(64))),
        (400, "GET\r\n\r\n".to_owned()),
        (400, "\u{16}\u{3}\u{1} no http at all\r\n\r\n".to_owned()),
        (400, format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nX: {}\r\n\r\n", "x".repeat(9000))),
    ];
    for round in 0..35 {
        for (status, request) in &hostile {
            let said = flow.raw(request).await;
            // Closing over unread bytes is a reset, so an answer to too long a request may not arrive.
            let unheard = said.is_empty() && request.len() > 8192;
            assert!(
                unheard || said.starts_with(&format!("HTTP/1.1 {status} ")),
                "{round}: {request} → {said}"
            );
            assert!(
                !said.contains("evil") && !said.contains("Access-Control"),
                "nothing is echoed or opened"
            );
        }
    }
    assert!(flow.server.heard().is_empty());
    flow.visit(&flow.consent()).await;
    assert!(flow.outcome().await.is_ok());
}

#[tokio::test]
async fn a_hundred_idle_connections_do_not_keep_the_browser_out() {
    let flow = Flow::granting().await;
    let mut crowd = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(flow.authority()).await.unwrap();
        stream.write_all(b"GET /callback").await.unwrap();
        crowd.push(stream);
    }
    assert!(flow.visit(&flow.consent()).await.contains("You are signed in"));
    assert!(flow.outcome().await.is_ok());
}

#[tokio::test]
async fn connections_that_ask_rubbish_and_never_read_do_not_keep_the_browser_out() {
    let flow = Flow::granting().await;
    let mut crowd = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(flow.authority()).await.unwrap();
        stream.write_all(b"GET /callback HTTP/1.1\r\n\r\n").await.unwrap();
        crowd.push(stream);
    }
    assert!(flow.visit(&flow.consent()).await.contains("You are signed in"));
    assert!(flow.outcome().await.is_ok());
}

#[tokio::test]
async fn nobody_else_can_bind_the_port() {
    let flow = Flow::granting().await;
    let address: std::net::SocketAddr = flow.authority().parse().unwrap();
    assert!(std::net::TcpListener::bind(address).is_err());
    // A listener on every address would get what ours does not take.
    let everywhere = std::net::SocketAddr::from(([0, 0, 0, 0], address.port()));
    assert!(std::net::TcpListener::bind(everywhere).is_err());
    let pushy = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    pushy.set_reuse_address(true).unwrap();
    #[cfg(unix)]
    pushy.set_reuse_port(true).unwrap();
    assert!(pushy.bind(&address.into()).is_err());
    assert!(pushy.bind(&everywhere.into()).is_err());
}

#[tokio::test]
async fn a_port_that_somebody_holds_is_not_used() {
    let one = Flow::granting().await;
    let squatted = one.redirect.port().unwrap();
    let two = Flow::granting().await;
    assert_ne!(two.redirect.port(), Some(squatted), "a new sign-in asks the system for a free port");
    // What is meant for one sign-in does not end the other, even at the same path of the same issuer.
    let mut stray = one.consent();
    stray.set_port(two.redirect.port()).unwrap();
    stray.set_path(two.redirect.path());
    assert!(two.visit(&stray).await.starts_with("HTTP/1.1 400"));
    two.visit(&two.consent()).await;
    assert!(two.outcome().await.is_ok());
}

#[tokio::test]
async fn an_answer_is_good_once() {
    let flow = Flow::granting().await;
    flow.visit(&flow.consent()).await;
    assert!(TcpStream::connect(flow.authority()).await.is_err(), "the port is closed");
    assert_eq!(flow.server.heard().len(), 1);
    assert!(flow.outcome().await.is_ok());
}

#[tokio::test]
async fn two_answers_at_once_are_one() {
    let flow = Flow::granting().await;
    let consent = flow.consent();
    let first = flow.visit(&consent);
    // A second browser tab may be turned away at the port, which is closed by then.
    let second = async {
        if let Ok(mut stream) = TcpStream::connect(flow.authority()).await {
            let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
        }
    };
    let (page, ()) = tokio::join!(first, second);
    assert!(page.contains("You are signed in"), "{page}");
    assert_eq!(flow.server.heard().len(), 1, "the code went out once");
    assert!(flow.outcome().await.is_ok());
}
