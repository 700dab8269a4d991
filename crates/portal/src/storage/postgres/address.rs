//! Where a database is and who the portal is there.
//!
//! A password never shows: not in an error, not in a log. And it never travels in the clear: to another computer a
//! portal speaks through TLS with a certificate that it checked, or not at all.

use std::{fmt, io, path::PathBuf, time::Duration};

use tokio_postgres::config::{Config, Host, SslMode, TargetSessionAttrs};
use url::form_urlencoded;

/// How long to wait for the server when a connection is made, unless the address says otherwise.
const PATIENCE: Duration = Duration::from_secs(5);
/// After how long without a word from its computer a connection counts as lost.
const SILENCE: Duration = Duration::from_secs(30);

/// A database of a PostgreSQL server, as in `postgres://portal@db.example/portal`.
#[derive(Clone)]
pub struct Database {
    pub(super) config: Config,
    /// Who vouches for the server, if the connection is one of TLS.
    pub(super) trust: Option<Trust>,
}

/// Who vouches for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trust {
    /// Whom this computer trusts.
    System,
    /// Whose certificates are in this file.
    File(PathBuf),
}

/// Why an address cannot be used. None of it quotes the address, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It is none.
    #[error(
        "the address of the database is none: it must be postgres://USER@HOST/NAME, and may end in options such as ?sslmode=verify-full"
    )]
    Address,
    /// No server is named.
    #[error(
        "the address of the database names no server; a socket on this computer is named as in postgres://USER@%2Frun%2Fpostgresql/NAME"
    )]
    NoHost,
    /// An option has a value that is not known.
    #[error("sslmode must be disable, prefer, require, verify-ca or verify-full")]
    SslMode,
    /// It would send what it reads, and maybe a password, through a network in the clear.
    #[error(
        "the database is on another computer, and sslmode={mode} would speak to it in the clear; leave it out or say verify-full"
    )]
    InTheClear {
        /// The mode that was asked for.
        mode: String,
    },
    /// The file with the password cannot be read.
    #[error("the file with the database's password cannot be read")]
    PasswordFile(#[source] io::Error),
}

impl Database {
    /// Reads an address.
    ///
    /// With `sslmode` left out, a server on this computer is spoken to in the clear and any other through TLS. What
    /// other programs call `require` and `verify-ca` is `verify-full` here: a certificate that was not checked
    /// proves nothing. `sslrootcert` names a file of certificates to trust in place of the system's.
    ///
    /// # Errors
    ///
    /// Fails if it is none, or if it asks for a connection in the clear to another computer.
    pub fn parse(address: &str) -> Result<Self, DatabaseError> {
        let (place, query) = address.split_once('?').unwrap_or((address, ""));
        if !place.starts_with("postgres://") && !place.starts_with("postgresql://") {
            return Err(DatabaseError::Address);
        }
        let (mut mode, mut roots) = (None, None);
        let mut rest = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" => roots = Some(PathBuf::from(&*value)),
                _ => drop(rest.append_pair(&name, &value)),
            }
        }
        // Its reader takes a plus sign for what it is.
        let rest = rest.finish().replace('+', "%20");
        let address = if rest.is_empty() { place.to_owned() } else { format!("{place}?{rest}") };
        let mut config: Config = address.parse().map_err(|_| DatabaseError::Address)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(DatabaseError::NoHost);
        }
        let trust = trust(&config, mode, roots)?;
        config.ssl_mode(if trust.is_some() { SslMode::Require } else { SslMode::Disable });
        // A server that only follows another takes no change.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("keystow-portal");
        }
        Ok(Self { config, trust })
    }

    /// Whether the address holds a password.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// The same database with this password, unless the address holds one.
    #[must_use]
    pub fn with_password(mut self, password: impl AsRef<[u8]>) -> Self {
        if !self.has_password() {
            self.config.password(password);
        }
        self
    }

    /// The same database with the password that is the first line of a file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read.
    pub fn with_password_file(self, file: &std::path::Path) -> Result<Self, DatabaseError> {
        let text = std::fs::read_to_string(file).map_err(DatabaseError::PasswordFile)?;
        let text = zeroize::Zeroizing::new(text);
        Ok(self.with_password(text.lines().next().unwrap_or_default()))
    }
}

/// Who has to vouch for the server; nobody where nothing leaves this computer.
fn trust(
    config: &Config,
    mode: Option<String>,
    roots: Option<PathBuf>,
) -> Result<Option<Trust>, DatabaseError> {
    let sockets = config.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)));
    let is_here = sockets && config.get_hostaddrs().is_empty() || is_loopback(config);
    let vouched = Trust::System;
    let vouched = roots.map_or(vouched, Trust::File);
    match mode.as_deref() {
        None => Ok((!is_here).then_some(vouched)),
        Some("disable" | "allow" | "prefer") if is_here => Ok(None),
        Some("disable" | "allow" | "prefer") => {
            Err(DatabaseError::InTheClear { mode: mode.unwrap_or_default() })
        }
        // A socket on this computer has no TLS.
        Some("require" | "verify-ca" | "verify-full") => Ok((!sockets).then_some(vouched)),
        Some(_) => Err(DatabaseError::SslMode),
    }
}

/// Whether every server that is named is this computer, by the addresses that are connected to.
fn is_loopback(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        _ => true,
    });
    let addresses = config.get_hostaddrs();
    // An address is connected to whatever name stands beside it.
    if addresses.is_empty() { hosts } else { addresses.iter().all(std::net::IpAddr::is_loopback) }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only what is of use to somebody who looks for a mistake, and no password.
        f.debug_struct("Database")
            .field("hosts", &self.config.get_hosts())
            .field("name", &self.config.get_dbname())
            .field("user", &self.config.get_user())
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust_of(address: &str) -> Result<Option<Trust>, String> {
        Database::parse(address).map(|database| database.trust).map_err(|error| error.to_string())
    }

    #[test]
    fn another_computer_is_spoken_to_through_tls_or_not_at_all() {
        for here in [
            "postgres://portal@127.0.0.1/portal",
            "postgres://portal@localhost:5433/portal?sslmode=disable",
            "postgresql://portal@[::1]/portal?sslmode=prefer",
            "postgres://portal@%2Frun%2Fpostgresql/portal",
            "postgres:///portal?host=/run/postgresql",
            "postgres://portal@%2Frun%2Fpostgresql/portal?sslmode=require",
        ] {
            assert_eq!(trust_of(here), Ok(None), "{here}");
        }
        for elsewhere in ["", "?sslmode=require", "?sslmode=verify-ca", "?sslmode=verify-full"] {
            let address = format!("postgres://portal@db.example/portal{elsewhere}");
            assert_eq!(trust_of(&address), Ok(Some(Trust::System)), "{address}");
        }
        let file = "postgres://portal@db.example/portal?sslrootcert=/etc/ca.pem&application_name=a b";
        assert_eq!(trust_of(file), Ok(Some(Trust::File("/etc/ca.pem".into()))));
        let clear = "postgres://portal@127.0.0.1,db.example/portal?sslmode=prefer";
        assert!(trust_of(clear).unwrap_err().contains("another computer"), "one of several is elsewhere");
        assert!(trust_of("postgres://portal@db.example/portal?sslmode=disable").is_err());
        let mask = "postgres://portal@localhost/portal?hostaddr=192.0.2.1";
        assert_eq!(trust_of(mask), Ok(Some(Trust::System)), "the address counts and not the name");
        assert_eq!(trust_of("postgres://portal@localhost/x?sslmode=verify-full"), Ok(Some(Trust::System)));
    }

    #[test]
    fn nothing_that_is_said_about_an_address_holds_its_password() {
        for address in [
            "postgres://portal:hunter2hunter2@127.0.0.1/portal",
            "postgres://portal:hunter2hunter2@db.example/portal?sslmode=disable",
            "postgres://portal:hunter2hunter2@db.example/portal?sslmode=hunter2hunter2",
            "postgres://portal:hunter2hunter2@db.example/portal?hunter2hunter2=1",
            "postgres://portal:hunter2hunter2@db.example:port/portal",
            "mysql://portal:hunter2hunter2@db.example/portal",
            "postgres://:hunter2hunter2@/portal",
        ] {
            let said = match Database::parse(address) {
                Ok(database) => format!("{database:?}"),
                Err(error) => format!("{error:?} {error}"),
            };
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_password_comes_from_the_address_or_from_elsewhere() {
        let bare = Database::parse("postgres://portal@127.0.0.1/portal").unwrap();
        assert!(!bare.has_password());
        assert_eq!(bare.with_password("one").config.get_password(), Some(&b"one"[..]));
        let full = Database::parse("postgres://portal:two@127.0.0.1/portal").unwrap();
        assert_eq!(full.with_password("one").config.get_password(), Some(&b"two"[..]));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "three\n").unwrap();
        let bare = Database::parse("postgres://portal@127.0.0.1/portal").unwrap();
        assert_eq!(bare.with_password_file(&file).unwrap().config.get_password(), Some(&b"three"[..]));
    }
}
