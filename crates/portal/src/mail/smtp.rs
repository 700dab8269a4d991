//! A mail server that mails are handed to (RFC 5321).
//!
//! To another computer it is spoken to through TLS with a checked certificate or not at all: from the first byte at the
//! port for that, and after `STARTTLS`, which must be there, at every other.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    address::Envelope,
    transport::smtp::{
        authentication::Credentials,
        client::{CertificateStore, Tls, TlsParameters},
        extension::ClientId,
        response::{Category, Code, Severity},
    },
};
use zeroize::Zeroizing;

use super::{Letter, Outbox, OutboxError};

/// The port at which TLS begins with the first byte (RFC 8314 §3.3).
const IMPLICIT_TLS: u16 = 465;
/// How long the server may take for a step.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mail server, and as whom the portal is known to it.
#[derive(Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    user: Option<(String, Arc<Zeroizing<String>>)>,
}

/// Why a mail server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// It is not said where it is.
    #[error("{0} is no mail server; say it as in mail.example:587")]
    Address(String),
    /// The file of the password cannot be read.
    #[error("the file {file} of the mail server's password cannot be read")]
    PasswordFile {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl std::fmt::Debug for Smtp {
    /// Tells where it is, and never the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Smtp({}:{})", self.host, self.port)
    }
}

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// In the clear: it is on this computer.
    Here,
    /// TLS after `STARTTLS`.
    Upgraded,
    /// TLS from the first byte.
    FromTheStart,
}

impl Smtp {
    /// Reads where a mail server is, as in `mail.example:587`.
    ///
    /// # Errors
    ///
    /// Fails unless it is a name or an address and a port.
    pub fn parse(text: &str) -> Result<Self, SmtpError> {
        let wrong = || SmtpError::Address(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        let is_host = !host.is_empty() && host.chars().all(is_name);
        if is_host { Ok(Self { host: host.to_owned(), port, user: None }) } else { Err(wrong()) }
    }

    /// Signs in there under a name and a password.
    #[must_use]
    pub fn with_user(mut self, name: String, password: String) -> Self {
        self.user = Some((name, Arc::new(Zeroizing::new(password))));
        self
    }

    /// The same with the password in the first line of a file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read.
    pub fn with_password_file(self, name: String, file: &Path) -> Result<Self, SmtpError> {
        let read = std::fs::read_to_string(file).map(Zeroizing::new);
        let text =
            read.map_err(|source| SmtpError::PasswordFile { file: file.display().to_string(), source })?;
        let password = text.lines().next().unwrap_or_default().to_owned();
        Ok(self.with_user(name, password))
    }

    fn security(&self) -> Security {
        let address = self.host.parse::<std::net::IpAddr>();
        if self.host == "localhost" || address.is_ok_and(|address| address.is_loopback()) {
            Security::Here
        } else if self.port == IMPLICIT_TLS {
            Security::FromTheStart
        } else {
            Security::Upgraded
        }
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, OutboxError> {
        let later = |error: lettre::transport::smtp::Error| OutboxError::Later(error.to_string());
        let checked = || {
            let parameters = TlsParameters::builder(self.host.clone());
            parameters.certificate_store(CertificateStore::Default).build_rustls().map_err(later)
        };
        let tls = match self.security() {
            Security::Here => Tls::None,
            Security::Upgraded => Tls::Required(checked()?),
            Security::FromTheStart => Tls::Wrapper(checked()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port)
            .hello_name(ClientId::Domain("keystow-portal.invalid".into()))
            .timeout(Some(PATIENCE))
            .tls(tls);
        if let Some((name, password)) = &self.user {
            builder = builder.credentials(Credentials::new(name.clone(), password.to_string()));
        }
        Ok(builder.build())
    }
}

#[async_trait]
impl Outbox for Smtp {
    async fn send(&self, letter: &Letter) -> Result<(), OutboxError> {
        let address = |text: &str| {
            text.parse::<Address>()
                .map_err(|error| OutboxError::Never(format!("no address to send to: {error}")))
        };
        let envelope = Envelope::new(Some(address(&letter.from)?), vec![address(&letter.to)?])
            .map_err(|error| OutboxError::Never(error.to_string()))?;
        // A connection a mail: there are few, and none keeps a letter that passed through it.
        match self.transport()?.send_raw(&envelope, letter.content.as_bytes()).await {
            Ok(_) => Ok(()),
            Err(error) if error.status().is_some_and(is_about_the_mail) => {
                Err(OutboxError::Never(error.to_string()))
            }
            Err(error) => Err(OutboxError::Later(error.to_string())),
        }
    }
}

/// Whether a reply refuses this mail for good. That the portal is not let in, as with a wrong password, is no word about
/// the mail: somebody may mend it.
fn is_about_the_mail(code: Code) -> bool {
    code.severity == Severity::PermanentNegativeCompletion && code.category == Category::MailSystem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_is_spoken_to_through_tls_alone() {
        for (text, wanted) in [
            ("mail.example:587", Security::Upgraded),
            ("mail.example:25", Security::Upgraded),
            ("mail.example:465", Security::FromTheStart),
            ("192.0.2.7:25", Security::Upgraded),
            ("localhost.evil.example:25", Security::Upgraded),
            ("127.0.0.1:2525", Security::Here),
            ("[::1]:465", Security::Here),
            ("localhost:25", Security::Here),
        ] {
            assert_eq!(Smtp::parse(text).unwrap().security(), wanted, "{text}");
        }
        for wrong in [
            "",
            "mail.example",
            "mail.example:",
            "mail.example:0",
            "mail.example:99999",
            ":25",
            "a b:25",
            "a/b:25",
        ] {
            assert!(Smtp::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_in_no_text_about_the_server() {
        let server =
            Smtp::parse("mail.example:587").unwrap().with_user("portal".into(), "hunter2hunter2".into());
        assert!(!format!("{server:?}").contains("hunter2"));
    }
}
