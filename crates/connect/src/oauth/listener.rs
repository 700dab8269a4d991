//! The loopback listener that the browser comes back to (RFC 8252 §7.3, §8.3).
//!
//! One *valid* answer ends it; everything else gets an error page and changes nothing. It serves no
//! secret, echoes nothing, and a crowd of idle connections cannot keep the real one out: when there
//! are too many, the oldest gives way.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use zeroize::Zeroizing;

use super::answer::{Answer, Expected};
use super::page::{Language, Page};

const MOST_CONNECTIONS: usize = 8;
const MOST_HEAD: usize = 8 << 10;
const MOST_HEADERS: usize = 64;
/// How long one connection may take to ask, and how long it may take to read the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a port of the system's choice on a loopback literal: `127.0.0.1`, else `[::1]`.
///
/// # Errors
///
/// When neither can be had.
pub(super) fn bind() -> io::Result<std::net::TcpListener> {
    bind_to((Ipv4Addr::LOCALHOST, 0).into()).or_else(|_| bind_to((Ipv6Addr::LOCALHOST, 0).into()))
}

fn bind_to(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    // Made by hand because the usual way sets SO_REUSEADDR on Unix, with which a second program may
    // be able to bind the same port; nothing is set here, so the port is ours alone.
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    #[cfg(windows)]
    exclusive(&socket)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}

/// Keeps other programs from binding the same port, which Windows allows otherwise (RFC 8252 Appendix B.3).
#[cfg(windows)]
fn exclusive(socket: &Socket) -> io::Result<()> {
    use std::os::windows::io::AsRawSocket;
    use windows_sys::Win32::Networking::WinSock::{SO_EXCLUSIVEADDRUSE, SOCKET, SOL_SOCKET, setsockopt};

    let yes = 1_i32;
    let (handle, value) = (socket.as_raw_socket() as SOCKET, std::ptr::from_ref(&yes).cast());
    // SAFETY: the handle is open for as long as `socket` lives, and the value is a whole i32.
    let result = unsafe { setsockopt(handle, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, value, 4) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whoever brought the answer: the browser, waiting to be told how it ended.
pub(super) struct Caller {
    stream: TcpStream,
    language: Language,
}

impl Caller {
    /// Tells the browser how the sign-in ended, and hangs up. A browser that left is not waited for.
    pub(super) async fn tell(self, page: Page) {
        answer(self.stream, page, self.language).await;
    }
}

/// Waits for the one valid answer.
pub(super) struct Listener {
    listener: TcpListener,
    expected: Arc<Expected>,
    open: JoinSet<Option<(Caller, Answer)>>,
    oldest_first: VecDeque<AbortHandle>,
    patience: Duration,
}

impl Listener {
    pub(super) fn new(listener: std::net::TcpListener, expected: Arc<Expected>) -> io::Result<Self> {
        let listener = TcpListener::from_std(listener)?;
        Ok(Self {
            listener,
            expected,
            open: JoinSet::new(),
            oldest_first: VecDeque::new(),
            patience: PATIENCE,
        })
    }

    /// The valid answer. Dropping the listener afterwards refuses every other one.
    ///
    /// # Errors
    ///
    /// When the port is lost.
    pub(super) async fn answer(&mut self) -> io::Result<(Caller, Answer)> {
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => self.admit(stream),
                    Err(error) if is_passing(&error) => {}
                    Err(error) => return Err(error),
                },
                Some(done) = self.open.join_next() => if let Ok(Some(valid)) = done {
                    return Ok(valid);
                },
            }
        }
    }

    fn admit(&mut self, stream: TcpStream) {
        self.oldest_first.retain(|connection| !connection.is_finished());
        if self.oldest_first.len() >= MOST_CONNECTIONS
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            oldest.abort();
        }
        let expected = Arc::clone(&self.expected);
        self.oldest_first.push_back(self.open.spawn(attend(stream, expected, self.patience)));
    }
}

/// Whether an error belongs to a connection that went away, and not to the port.
fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, WouldBlock};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | WouldBlock)
}

/// Reads one request. A valid answer is handed on with its connection still open; everything else is
/// answered here.
async fn attend(
    mut stream: TcpStream,
    expected: Arc<Expected>,
    patience: Duration,
) -> Option<(Caller, Answer)> {
    let mut head = Zeroizing::new(Vec::with_capacity(MOST_HEAD));
    let read = tokio::time::timeout(patience, read_head(&mut stream, &mut head)).await;
    let (verdict, language) = match read {
        Ok(Ok(())) => judge(&head, &expected),
        // Nobody is there to be answered.
        Ok(Err(_)) | Err(_) => return None,
    };
    match verdict {
        Ok(valid) => Some((Caller { stream, language }, valid)),
        Err(status) => {
            answer(stream, Page::NotThis(status), language).await;
            None
        }
    }
}

/// Reads up to the empty line that ends a request's head, or as much as is ever accepted.
async fn read_head(stream: &mut TcpStream, head: &mut Vec<u8>) -> io::Result<()> {
    while head.len() < MOST_HEAD && !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let room = MOST_HEAD - head.len();
        if stream.take(room as u64).read_buf(head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// The answer of a request, or the status to refuse it with.
fn judge(head: &[u8], expected: &Expected) -> (Result<Answer, u16>, Language) {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    if !matches!(request.parse(head), Ok(httparse::Status::Complete(_))) {
        return (Err(400), Language::default());
    }
    let language = header(&request, "accept-language").map(Language::preferred).unwrap_or_default();
    (judge_request(&request, expected), language)
}

fn judge_request(request: &httparse::Request<'_, '_>, expected: &Expected) -> Result<Answer, u16> {
    let (path, query) = request.path.and_then(|target| target.split_once('?')).unwrap_or_default();
    let hosts = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host")).count();
    // The literal that was advertised, or a name was made to point here (DNS rebinding).
    if hosts != 1 || header(request, "host") != Some(expected.authority.as_str()) {
        return Err(421);
    }
    // Only a person's navigation comes back here: not a script, a frame, a form or an image.
    let fetched = header(request, "origin").is_some()
        || header(request, "sec-fetch-mode").is_some_and(|mode| mode != "navigate")
        || header(request, "sec-fetch-dest").is_some_and(|dest| dest != "document");
    if fetched {
        return Err(403);
    }
    if request.method != Some("GET") {
        return Err(405);
    }
    if path != expected.path {
        return Err(404);
    }
    expected.judge(query).ok_or(400)
}

fn header<'a>(request: &httparse::Request<'_, 'a>, name: &str) -> Option<&'a str> {
    let mut named = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
    // A value that is no text still counts as present.
    named.next().map(|header| std::str::from_utf8(header.value).unwrap_or("\u{fffd}"))
}

async fn answer(mut stream: TcpStream, page: Page, language: Language) {
    let bytes = page.response(language);
    let write = async {
        stream.write_all(&bytes).await?;
        stream.shutdown().await
    };
    // Whether the page was seen changes nothing about the sign-in.
    let _ = tokio::time::timeout(PATIENCE, write).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_that_drips_is_hung_up_on_and_one_that_floods_is_refused() {
        let expected = Expected {
            authority: "127.0.0.1:1".into(),
            path: "/callback/x".into(),
            state: Zeroizing::new("state".into()),
            issuer: "https://portal.example".into(),
            iss_required: true,
        };
        let port = bind().unwrap();
        let address = port.local_addr().unwrap();
        let mut listener = Listener::new(port, Arc::new(expected)).unwrap();
        listener.patience = Duration::from_millis(20);
        let waiting = tokio::spawn(async move { listener.answer().await.map(drop) });

        let mut drip = TcpStream::connect(address).await.unwrap();
        drip.write_all(b"G").await.unwrap();
        let mut said = Vec::new();
        let _ = drip.read_to_end(&mut said).await;
        assert!(said.is_empty(), "whoever does not finish asking is not answered");

        let mut flood = TcpStream::connect(address).await.unwrap();
        flood.write_all(&[b'x'; MOST_HEAD]).await.unwrap();
        let _ = flood.read_to_end(&mut said).await;
        assert!(said.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&said));
        assert!(!waiting.is_finished(), "neither of them used the sign-in up");
        waiting.abort();
    }
}
