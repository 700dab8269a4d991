//! Answering on a socket: a task a connection, and all of them end when the portal does.

use std::{
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, Response},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tower::ServiceExt;

use crate::{proxies, serve::until};

/// How long calls that are being answered may take once the portal stops.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the head of a request may take to arrive, and how long a connection may be idle: longer
/// than clients keep one, so that none calls on a connection that is just being closed.
const HEAD: Duration = Duration::from_secs(120);
/// How large the head of a request may be, in bytes; above it the answer is 431. A browser's cookies fit in a few times.
const LARGEST_HEAD: usize = 32 * 1024;
/// How long nothing is accepted after the system could not.
const PAUSE: Duration = Duration::from_millis(200);

/// Answers until the portal is told to stop. When it returns, nothing is answered any more.
pub(crate) async fn answer(
    listener: TcpListener,
    router: Router,
    proxies: Arc<[IpAddr]>,
    stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let mut stop = pin!(until(stopped.clone()));
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let answered = connection(stream, peer, router.clone(), proxies.clone(), stopped.clone());
                    connections.spawn(answered);
                }
                Err(error) => {
                    // Out of file handles, most likely: there is no event to wait for but time.
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(PATIENCE, all).await.is_err() {
        // A caller that keeps its call open for longer than this is cut off.
        connections.shutdown().await;
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    proxies: Arc<[IpAddr]>,
    stopped: watch::Receiver<bool>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let caller = proxies::caller(peer, request.headers(), &proxies);
        called(request, caller, router.clone())
    });
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(LARGEST_HEAD);
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), service));
    // How a connection ends is its caller's affair.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = until(stopped) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn called(
    request: Request<Incoming>,
    peer: SocketAddr,
    router: Router,
) -> Result<Response<Body>, std::convert::Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}
