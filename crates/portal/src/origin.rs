//! The address a portal listens on, kept from start to start.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use tokio::net::TcpListener;

use crate::{config::Origin, seal::write_private, serve::PortalError};

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
    let bound = match listening(wanted, false).await {
        Err(taken) if taken.kind() == io::ErrorKind::AddrInUse && kept.is_some() => match origin {
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
