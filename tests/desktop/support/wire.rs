//! A wire between the app and a portal that remembers all that went over it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use keystow_portal::{Config, Running, SystemClock};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Desk;

/// A portal that is reached over a wire, by the app and by the browser.
pub(crate) struct Wire {
    /// Where the portal is known.
    pub(crate) address: String,
    heard: Arc<Mutex<Vec<u8>>>,
    _portal: Running,
    listener: tokio::task::JoinHandle<()>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Wire {
    /// Starts a portal beside the app, known by the address of the wire.
    pub(crate) async fn to_portal(desk: &Desk) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("there is a free port");
        let address = format!("http://{}", listener.local_addr().expect("a listener has an address"));
        let mut config = Config::new(desk.part("portal"));
        config.base_url = Some(address.clone());
        let portal = keystow_portal::start(config, Arc::new(SystemClock::new())).await;
        let portal = portal.expect("a portal starts");
        let (there, heard) = (portal.listens_on(), Arc::<Mutex<Vec<u8>>>::default());
        let ear = Arc::clone(&heard);
        let listener = tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                tokio::spawn(pass_on(caller, there, Arc::clone(&ear)));
            }
        });
        Self { address, heard, _portal: portal, listener }
    }

    /// What stood in requests and answers behind any of these names, as far as it looks like a token.
    pub(crate) fn said(&self, names: &[&str]) -> Vec<String> {
        let heard = self.heard.lock().expect("nobody panicked while listening");
        let text = String::from_utf8_lossy(&heard);
        let mut found: Vec<String> = Vec::new();
        for name in names {
            for (at, _) in text.match_indices(name) {
                let rest = text[at + name.len()..].trim_start_matches(['"', ':', '=', ' ']);
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.~".contains(c)));
                let value = &rest[..end.unwrap_or(rest.len())];
                if value.len() >= 20 && !found.iter().any(|known| known == value) {
                    found.push(value.to_owned());
                }
            }
        }
        found
    }
}

async fn pass_on(caller: TcpStream, there: SocketAddr, heard: Arc<Mutex<Vec<u8>>>) {
    let Ok(portal) = TcpStream::connect(there).await else { return };
    let ((from_caller, to_caller), (from_portal, to_portal)) = (caller.into_split(), portal.into_split());
    tokio::join!(copy(from_caller, to_portal, &heard), copy(from_portal, to_caller, &heard));
}

/// Hands everything on, remembering it before it arrives.
async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, heard: &Mutex<Vec<u8>>) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        heard.lock().expect("nobody panicked while listening").extend_from_slice(&piece[..read]);
        if to.write_all(&piece[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
