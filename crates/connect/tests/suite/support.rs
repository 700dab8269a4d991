//! A clock that is moved by hand, and a server that misbehaves on command.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keystow_connect::{Portal, developer_service};
use keystow_domain::{Clock, Timestamp};
use keystow_vault::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// A clock that stands still until it is moved.
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    /// A clock at a moment of 2026.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_792_152_800_000)))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.load(Ordering::SeqCst)).unwrap())
    }
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::from_text(text.to_owned())
}

/// What the server does with a request, once it has read it whole.
#[derive(Clone)]
pub(crate) enum Act {
    /// Sends these bytes and closes.
    Send(Vec<u8>),
    /// Resets the connection.
    Reset,
    /// Sends these bytes again and again until the other side has had enough.
    Flood(Vec<u8>, Vec<u8>),
}

/// A request as it arrived.
#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A server that acts out a script, one act a connection; after the last act it closes every
/// connection without a word.
pub(crate) struct FaultServer {
    pub(crate) origin: Url,
    heard: Arc<Mutex<Vec<Heard>>>,
    acts: Arc<Mutex<VecDeque<Act>>>,
}

impl FaultServer {
    pub(crate) async fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let acts = Arc::new(Mutex::new(acts.into_iter().collect::<VecDeque<_>>()));
        let (ears, script) = (Arc::clone(&heard), Arc::clone(&acts));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(play(stream, Arc::clone(&ears), Arc::clone(&script)));
            }
        });
        Self { origin, heard, acts }
    }

    /// A portal that is this server, with one act to play.
    pub(crate) async fn portal(act: Act) -> (Self, Arc<dyn Portal>) {
        let server = Self::new([act]).await;
        let portal = developer_service(&server.origin, HandClock::new()).unwrap();
        (server, portal)
    }

    pub(crate) fn then(&self, act: Act) {
        self.acts.lock().unwrap().push_back(act);
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

async fn play(mut stream: TcpStream, ears: Arc<Mutex<Vec<Heard>>>, acts: Arc<Mutex<VecDeque<Act>>>) {
    let Some(request) = hear(&mut stream).await else { return };
    ears.lock().unwrap().push(request);
    let act = acts.lock().unwrap().pop_front();
    match act {
        None => {}
        Some(Act::Send(bytes)) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Some(Act::Reset) => {
            socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        }
        Some(Act::Flood(head, again)) => {
            let mut sent = stream.write_all(&head).await;
            while sent.is_ok() {
                sent = stream.write_all(&again).await;
            }
        }
    }
}

/// Reads a request: its head, and as much body as it announces.
async fn hear(stream: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let announced = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length = announced.map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
                return Some(Heard { head, body });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// An answer with its length announced.
pub(crate) fn answer(status: u16, kind: &str, body: &str) -> Vec<u8> {
    answer_with(status, kind, "", body)
}

/// An answer with more headers, each ending in CRLF.
pub(crate) fn answer_with(status: u16, kind: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into()
}

/// A JSON answer.
pub(crate) fn json(status: u16, body: &str) -> Act {
    Act::Send(answer(status, "application/json", body))
}
