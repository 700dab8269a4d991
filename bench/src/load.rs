//! As many requests as a server answers, over connections that stay open.
//!
//! The same few lines load whatever is compared, so that they cancel out of the ratio. What they
//! cannot do is pipelining, chunked replies or HTTP/2.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::stopwatch::now;

/// The largest reply that is read.
const LARGEST: usize = 1 << 20;

/// Requests of one kind: the bytes of the next one.
pub(crate) type Next = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// Sends requests over `connections` for a while; gives the answers per second.
///
/// # Errors
///
/// Fails if an answer is not 200, since refusing is cheaper than answering.
pub(crate) async fn rate(to: SocketAddr, connections: usize, time: Duration, next: Next) -> Result<f64> {
    let number = Arc::new(AtomicU64::new(0));
    let since = now();
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        let (number, next) = (Arc::clone(&number), Arc::clone(&next));
        clients.spawn(async move {
            let mut connection = Connection::open(to).await?;
            while since.elapsed() < time {
                let (status, _) = connection.call(&next(number.fetch_add(1, Ordering::Relaxed))).await?;
                ensure!(status == 200, "the server answered {status}");
            }
            anyhow::Ok(())
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    let answers = number.load(Ordering::Relaxed);
    Ok(answers as f64 / since.elapsed().as_secs_f64())
}

/// One connection that stays open.
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    ///
    /// Fails if nobody listens.
    pub(crate) async fn open(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await.context("nobody listens")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(16 * 1024) })
    }

    /// Sends one request and reads its whole answer: status, and head with body.
    ///
    /// # Errors
    ///
    /// Fails if the answer is not HTTP/1.1 with a `Content-Length` (RFC 9112, section 6.2).
    pub(crate) async fn call(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        self.stream.write_all(request).await?;
        self.read.clear();
        loop {
            if let Some(length) = whole(&self.read)? {
                let answer = self.read[..length].to_vec();
                let status = self.read.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
                return Ok((status.and_then(|status| status.parse().ok()).context("no status")?, answer));
            }
            ensure!(self.read.len() < LARGEST, "the answer does not end");
            if self.stream.read_buf(&mut self.read).await? == 0 {
                bail!("the server hung up");
            }
        }
    }
}

/// The length of the first answer in these bytes, once it is whole.
fn whole(bytes: &[u8]) -> Result<Option<usize>> {
    let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&bytes[..head]).context("the head is not text")?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    let total = head + 4 + length.transpose()?.unwrap_or(0);
    Ok((bytes.len() >= total).then_some(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(whole(answer).unwrap(), Some(answer.len()));
        assert_eq!(whole(&answer[..answer.len() - 1]).unwrap(), None);
        assert_eq!(whole(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap(), Some(27));
    }
}
