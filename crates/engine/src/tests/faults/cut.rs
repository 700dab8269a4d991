//! A rotation's answer that is cut at every byte, through the real connector and a real socket.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keystow_connect::oauth::{DiscoverError, Issuer, Tokens};
use keystow_connect::{Failure, Portal};
use keystow_domain::{AccountId, Clock, KeyId, OperationId};
use keystow_vault::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::super::{MockClock, account};
use crate::accounts::AccountState;
use crate::engine::{Engine, Parts, Setup};
use crate::host::Host;
use crate::session::Connector;

/// The portal behind the socket: one key, and what to cut off of the next answer to a rotation.
#[derive(Default)]
struct Far {
    version: u32,
    /// The last operation, and the version it made.
    last: Option<(String, u32)>,
    cut: Option<usize>,
    rotations: u32,
}

impl Far {
    fn key(&self) -> String {
        let version = self.version;
        format!(
            r#"{{"id":"key_1","name":"billing","keyPrefix":"kst_{version:04}","status":"API_KEY_STATUS_ACTIVE","version":{version}}}"#
        )
    }

    fn secret(version: u32) -> String {
        format!("kst_{version:04}s3cr3t")
    }

    /// The answer to a request, whole or cut.
    fn answer(&mut self, head: &str, repeats: bool) -> Vec<u8> {
        if head.starts_with("post") {
            let operation = header(head, "idempotency-key");
            if !(repeats && self.last.as_ref().is_some_and(|(last, _)| *last == operation)) {
                self.version += 1;
                self.rotations += 1;
                self.last = Some((operation, self.version));
            }
            let body = format!(r#"{{"apiKey":{},"secret":"{}"}}"#, self.key(), Self::secret(self.version));
            let mut whole = reply(200, &body);
            whole.truncate(self.cut.take().unwrap_or(whole.len()));
            return whole;
        }
        if head.starts_with("get /v1/developer/keys/") {
            return reply(200, &format!(r#"{{"apiKey":{}}}"#, self.key()));
        }
        if head.starts_with("get /v1/developer/keys") {
            return reply(200, &format!(r#"{{"apiKeys":[{}]}}"#, self.key()));
        }
        if repeats && head.starts_with("get /v1/developer/capabilities") {
            return reply(200, r#"{"replay":{"header":"Idempotency-Key","windowSeconds":86400}}"#);
        }
        reply(404, "{}")
    }
}

fn header(head: &str, name: &str) -> String {
    let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_default().trim().to_owned()
}

fn reply(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    // The time of the clock that stands still.
    let date = "Date: Fri, 15 Jan 2027 08:00:00 GMT";
    format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{date}\r\nContent-Length: {length}\r\n\r\n{body}")
        .into()
}

async fn serve(listener: TcpListener, far: Arc<Mutex<Far>>, repeats: bool) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let far = Arc::clone(&far);
        tokio::spawn(async move {
            while let Some(head) = hear(&mut stream).await {
                let answer = far.lock().unwrap_or_else(PoisonError::into_inner).answer(&head, repeats);
                if stream.write_all(&answer).await.is_err() || head.starts_with("post") {
                    return;
                }
            }
        });
    }
}

/// Reads a request; its head in small letters.
async fn hear(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = header(&head, "content-length").parse().unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                return Some(head);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// The real connector, with a session that is always good.
struct Near {
    clock: Arc<dyn Clock>,
}

#[async_trait::async_trait]
impl Connector for Near {
    fn portal(&self, origin: &Url) -> Option<Arc<dyn Portal>> {
        keystow_connect::developer_service(origin, Arc::clone(&self.clock)).ok()
    }

    async fn discover(&self, address: &Url) -> Result<Issuer, DiscoverError> {
        keystow_connect::oauth::discover(address, Arc::clone(&self.clock)).await
    }

    async fn refresh(&self, _: &Issuer, _: &str, _: &Secret) -> Result<Tokens, Failure> {
        Ok(Tokens {
            access: Secret::from_text("access".into()),
            refresh: None,
            expires_in: Duration::from_secs(3600),
            scopes: vec![],
        })
    }

    async fn revoke(&self, _: &Issuer, _: &str, _: &Secret) -> Result<(), Failure> {
        Ok(())
    }
}

/// Waits are short: it is the network's time that is real here.
struct Hasty;

#[async_trait::async_trait]
impl Host for Hasty {
    fn open_browser(&self, _address: &str) -> bool {
        true
    }

    async fn rest(&self, _pause: Duration) {
        tokio::task::yield_now().await;
    }
}

async fn open(folder: &std::path::Path, origin: &Url) -> Engine {
    let clock: Arc<dyn Clock> = Arc::new(MockClock::default());
    let clipboard = keystow_vault::ClipboardSpy::new(Arc::clone(&clock));
    let setup = Setup {
        folder: folder.to_owned(),
        guard: "unused".into(),
        keyring_service: "unused".into(),
        host: Arc::new(Hasty),
        clock: Arc::clone(&clock),
    };
    let parts = Parts {
        keyring: Arc::new(keystow_vault::MemoryKeyring::new()),
        clipboard: clipboard.clipboard(),
        plain_clipboard: clipboard.clipboard(),
        connector: Arc::new(Near { clock }),
        disturb: None,
    };
    let engine = Engine::assemble(setup, parts).await.unwrap();
    engine.unlock().await.unwrap();
    let account = keystow_domain::Account { issuer: origin.to_string(), ..account() };
    engine.keep_account(account.clone(), keystow_domain::Session::SignedIn).await.unwrap();
    let (facts, token) = (AccountState::facts(&account), Secret::from_text("refresh".into()));
    engine.0.vault.keep_session(&account.id, &facts, &token).await.unwrap();
    engine.read_abilities(&account.id).await;
    assert!(engine.refresh(&account.id).await);
    engine
}

/// What became of the rotation with this ticket, once it is known.
async fn ended(engine: &Engine, account: &AccountId, ticket: &str) -> (OperationId, crate::store::Progress) {
    loop {
        let entry = engine.0.store.by_ticket(account.clone(), ticket.to_owned()).await.unwrap().unwrap();
        if !entry.is_open() {
            return (entry.issue.intent.operation, entry.progress);
        }
        tokio::task::yield_now().await;
    }
}

/// Cuts the answer at every byte; gives how many there were.
async fn cut_everywhere(repeats: bool) -> usize {
    let (folder, far) = (tempfile::tempdir().unwrap(), Arc::<Mutex<Far>>::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(serve(listener, Arc::clone(&far), repeats));
    let engine = open(folder.path(), &origin).await;
    let (account, key) = (account().id, KeyId::new("key_1"));
    for cut in 0_usize.. {
        let ticket = format!("the ticket {cut}");
        far.lock().unwrap().cut = Some(cut);
        let again = crate::rotation::Wish { again: true, ..crate::rotation::Wish::planned(&ticket, &key) };
        let told = engine.replace(&again).await;
        assert!(!matches!(&told, Err(trouble) if trouble.code != "outcome_unknown"), "{told:?}");
        let (operation, progress) = ended(&engine, &account, &ticket).await;
        let (made, version) = {
            let far = far.lock().unwrap();
            (far.rotations, far.version)
        };
        assert_eq!(usize::try_from(made).unwrap(), cut + 1, "cut at {cut}, it was rotated once");
        let kept = engine.0.vault.reveal_to_request(&operation).await;
        let here = kept.is_ok_and(|secret| secret.starts_with(&Far::secret(version)));
        if told.is_ok() {
            assert!(here, "the whole answer brought the secret");
            return cut;
        }
        let lost = format!("lost:{operation}");
        let told_lost = engine.notices().iter().any(|notice| notice.id == lost);
        match repeats {
            true => assert!(here && !told_lost, "cut at {cut}, the repeat brought the secret: {progress:?}"),
            false => assert!(!here && told_lost, "cut at {cut}, the loss was told: {progress:?}"),
        }
        engine.dismiss(&lost).await;
    }
    unreachable!("an answer ends somewhere")
}

#[tokio::test]
async fn a_rotation_cut_at_any_byte_is_brought_again_where_the_portal_repeats() {
    let bytes = cut_everywhere(true).await;
    println!("cut at each of {bytes} bytes, and fetched again");
    assert!(bytes > 200);
}

#[tokio::test]
async fn a_rotation_cut_at_any_byte_is_told_as_lost_where_the_portal_does_not_repeat() {
    let bytes = cut_everywhere(false).await;
    println!("cut at each of {bytes} bytes, and told");
    assert!(bytes > 200);
}
