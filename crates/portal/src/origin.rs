//! The address a portal listens on, kept from start to start, and the origin it is known by.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::net::TcpListener;
use url::{Host, Url};

use crate::{config::Origin, seal::write_private, serve::PortalError};

/// How often a kept port is tried before the portal moves, and the pause between: whoever used it last may
/// be on its way out.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(250);

/// A portal's place to listen, and whether it is another than last time.
pub(crate) struct Bound {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) changed: bool,
}

/// Listens where `listen` and `origin` say.
///
/// # Errors
///
/// Fails if the address is taken or cannot be listened on.
pub(crate) async fn bind(data: &Path, listen: SocketAddr, origin: Origin) -> Result<Bound, PortalError> {
    if origin == Origin::AsListened {
        return listening(listen, false)
            .await
            .map_err(|source| PortalError::Address { address: listen, source });
    }
    let file = data.join("port");
    let kept = read(&file)?;
    let wanted = SocketAddr::new(listen.ip(), kept.unwrap_or(listen.port()));
    let bound = match patiently(wanted).await {
        Err(refused) if kept.is_some() && is_taken(&refused) => match origin {
            Origin::KeptOrMoved => listening(SocketAddr::new(listen.ip(), 0), true).await,
            _ => return Err(PortalError::Taken { address: wanted }),
        },
        other => other,
    };
    let bound = bound.map_err(|source| PortalError::Address { address: wanted, source })?;
    if kept != Some(bound.address.port()) {
        write_private(&file, bound.address.port().to_string().as_bytes())
            .map_err(|source| folder(&file, source))?;
    }
    Ok(bound)
}

/// Whether another port would do: this one is in use, or the system keeps it for itself.
fn is_taken(refused: &io::Error) -> bool {
    matches!(refused.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

async fn patiently(address: SocketAddr) -> io::Result<Bound> {
    for _ in 1..TRIES {
        match listening(address, false).await {
            Err(refused) if refused.kind() == io::ErrorKind::AddrInUse => tokio::time::sleep(PAUSE).await,
            other => return other,
        }
    }
    listening(address, false).await
}

/// The origin a portal is known by, and the `Host` it answers to: where it listens, or what `base_url` says.
///
/// # Errors
///
/// Fails if `base_url` is no origin that an app may sign in at, or is missing where others can call.
pub(crate) fn known_as(listens: SocketAddr, base_url: Option<&str>) -> Result<(String, String), PortalError> {
    let Some(text) = base_url else { return Ok((format!("http://{listens}"), listens.to_string())) };
    let wrong = || PortalError::BaseUrl { text: text.to_owned() };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let nobody = url.username().is_empty() && url.password().is_none();
    let here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
    let base = url.origin().ascii_serialization();
    match base.split_once("://") {
        Some((_, authority)) if bare && nobody && safe => Ok((base.clone(), authority.to_owned())),
        _ => Err(wrong()),
    }
}

async fn listening(address: SocketAddr, changed: bool) -> io::Result<Bound> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok(Bound { listener, address, changed })
}

/// The port of the last start. A file that holds none counts as none.
fn read(file: &PathBuf) -> Result<Option<u16>, PortalError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(folder(file, source)),
    }
}

fn folder(file: &Path, source: io::Error) -> PortalError {
    PortalError::Folder { folder: file.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    #[test]
    fn a_portal_is_known_by_where_it_listens_or_by_a_bare_and_safe_origin() {
        let listens = SocketAddr::from(([127, 0, 0, 1], 8480));
        let known = |base| known_as(listens, base).map_err(|error| error.to_string());
        let pair = |base: &str, host: &str| Ok((base.to_owned(), host.to_owned()));
        assert_eq!(known(None), pair("http://127.0.0.1:8480", "127.0.0.1:8480"));
        assert_eq!(known(Some("https://Portal.example/")), pair("https://portal.example", "portal.example"));
        assert_eq!(
            known(Some("https://portal.example:8443")),
            pair("https://portal.example:8443", "portal.example:8443")
        );
        assert_eq!(known(Some("http://[::1]:9000")), pair("http://[::1]:9000", "[::1]:9000"));
        for wrong in [
            "portal.example",
            "http://portal.example",
            "https://portal.example/keys",
            "https://a@portal.example",
            "https://portal.example?x",
            "ftp://portal.example",
        ] {
            assert!(known(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn the_port_of_the_first_start_is_used_again() {
        let data = tempfile::tempdir().unwrap();
        let first = bind(data.path(), LOOPBACK, Origin::Kept).await.unwrap();
        let port = first.address.port();
        drop(first.listener);
        let second = bind(data.path(), LOOPBACK, Origin::Kept).await.unwrap();
        assert_eq!((second.address.port(), second.changed), (port, false));
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error_or_a_move_that_is_told_and_kept() {
        let data = tempfile::tempdir().unwrap();
        let first = bind(data.path(), LOOPBACK, Origin::Kept).await.unwrap();
        assert!(matches!(bind(data.path(), LOOPBACK, Origin::Kept).await, Err(PortalError::Taken { .. })));
        let moved = bind(data.path(), LOOPBACK, Origin::KeptOrMoved).await.unwrap();
        assert!(moved.changed);
        assert_ne!(moved.address, first.address);
        let port = moved.address.port();
        drop(moved.listener);
        assert_eq!(bind(data.path(), LOOPBACK, Origin::Kept).await.unwrap().address.port(), port);
    }
}
