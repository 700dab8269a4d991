//! One sign-in: from the address that the browser is sent to, to tokens.
//!
//! A sign-in is used up by the first valid answer. Its code goes once to the one token endpoint it
//! was asked for; if the answer to that is lost, only a new sign-in helps (RFC 9700 §4.2.4).

use std::sync::Arc;
use std::time::Duration;

use keystow_domain::{Clock, Timestamp};
use keystow_vault::Secret;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use url::Url;
use zeroize::Zeroizing;

use super::Issuer;
use super::answer::{Answer, Expected, Pasting};
use super::listener::{self, Listener};
use super::page::Page;
use super::tokens::{Exchange, Tokens, exchange};
use crate::transport::usable;
use crate::{Cause, Failure, Refusal};

/// How long a person has to sign in.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// The bytes of chance in a `state`.
const STATE_BYTES: u32 = 32;

/// Why a sign-in brought no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// This computer gave no port for the browser to come back to.
    #[error("no port for the browser to come back to")]
    Listener,
    /// The portal's sign-in page has an address that must not be opened.
    #[error("the portal's sign-in page cannot be opened")]
    Address,
    /// The person, or the portal for them, did not consent.
    #[error("consent was not given")]
    Denied,
    /// Nobody answered within five minutes.
    #[error("nobody answered in time")]
    Expired,
    /// The sign-in was given up. Given by callers that drop [`SignIn::wait`], never by it.
    #[error("the sign-in was given up")]
    Cancelled,
    /// The answer spoke for another portal: a mix-up, or an attack (RFC 9700 §4.4).
    #[error("the answer came from another portal")]
    WrongIssuer,
    /// The portal refused, in the browser or when the code was exchanged.
    #[error("the portal refused: {0}")]
    Refused(Refusal),
    /// The portal could not be reached to exchange the code. Nothing was sent.
    #[error("the portal was not reached: {0}")]
    Unreachable(Cause),
    /// The code was sent and no usable answer came back. The code is spent.
    #[error("the portal's answer did not arrive: {0}")]
    Lost(Cause),
}

/// A sign-in that waits for the browser's answer.
pub struct SignIn {
    listener: std::net::TcpListener,
    pending: Pending,
}

/// What a sign-in knows apart from its port.
struct Pending {
    issuer: Issuer,
    client_id: String,
    redirect_uri: String,
    scopes: Vec<String>,
    verifier: Secret,
    expected: Arc<Expected>,
    patience: Duration,
    /// When it began, on the clock that never jumps.
    began: Duration,
    expires_at: Timestamp,
    clock: Arc<dyn Clock>,
}

impl SignIn {
    /// Opens the port that the browser comes back to, and returns the address to open in it.
    ///
    /// # Errors
    ///
    /// When there is no port, or the portal's address must not be handed to the system.
    pub fn begin(
        issuer: &Issuer,
        client_id: &str,
        scopes: &[String],
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Url), SignInError> {
        usable(&issuer.authorization_endpoint).map_err(|_| SignInError::Address)?;
        let listener = listener::bind().map_err(|_| SignInError::Listener)?;
        let authority = listener.local_addr().map_err(|_| SignInError::Listener)?.to_string();
        let path = redirect_path(&issuer.issuer);
        let redirect_uri = format!("http://{authority}{path}");
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = CsrfToken::new_random_len(STATE_BYTES);
        let expected = Expected {
            authority,
            path,
            state: Zeroizing::new(state.secret().clone()),
            issuer: issuer.issuer.clone(),
            iss_required: issuer.iss_required,
        };
        let url = authorization_url(issuer, client_id, scopes, &redirect_uri, challenge, state)?;
        let pending = Pending {
            issuer: issuer.clone(),
            client_id: client_id.to_owned(),
            redirect_uri,
            scopes: scopes.to_vec(),
            verifier: into_secret(verifier),
            expected: Arc::new(expected),
            patience: PATIENCE,
            began: clock.elapsed(),
            expires_at: clock.now().plus(PATIENCE),
            clock,
        };
        Ok((Self { listener, pending }, url))
    }

    /// When the sign-in stops waiting.
    pub fn expires_at(&self) -> Timestamp {
        self.pending.expires_at
    }

    /// Judges pasted addresses before they are sent to [`SignIn::wait`].
    pub fn pasting(&self) -> Pasting {
        Pasting(Arc::clone(&self.pending.expected))
    }

    /// Shortens the time a person has, for callers in a hurry such as tests.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.pending.patience = patience;
        self.pending.expires_at = self.pending.clock.now().plus(patience);
        self
    }

    /// Waits for the browser's answer, or for an address sent over `paste`, and exchanges its code.
    /// What is not the answer is ignored. The browser is told the end only once it is known.
    ///
    /// Dropping the future gives the sign-in up and closes the port; a `paste` whose sender is gone is
    /// no reason to stop.
    ///
    /// # Errors
    ///
    /// Says why there are no tokens. Every sign-in is good for one call.
    pub async fn wait(self, mut paste: mpsc::Receiver<String>) -> Result<Tokens, SignInError> {
        let Self { listener, pending } = self;
        let mut listener =
            Listener::new(listener, Arc::clone(&pending.expected)).map_err(|_| SignInError::Listener)?;
        let (caller, answer) = tokio::select! {
            answer = listener.answer() => {
                let (caller, answer) = answer.map_err(|_| SignInError::Listener)?;
                (Some(caller), answer)
            }
            answer = pasted(&pending.expected, &mut paste) => (None, answer),
            () = tokio::time::sleep(pending.patience) => return Err(SignInError::Expired),
        };
        // From here on nobody else can answer: the state is used up.
        drop(listener);
        let outcome = pending.conclude(answer).await;
        if let Some(caller) = caller {
            caller.tell(page_of(&outcome)).await;
        }
        outcome
    }
}

impl Pending {
    /// Acts on the answer.
    async fn conclude(self, answer: Answer) -> Result<Tokens, SignInError> {
        // Timers may stand still while the computer sleeps; this clock does not.
        if self.clock.elapsed().saturating_sub(self.began) > self.patience {
            return Err(SignInError::Expired);
        }
        let code = match answer {
            Answer::Denied => return Err(SignInError::Denied),
            Answer::WrongIssuer => return Err(SignInError::WrongIssuer),
            Answer::Refused(refusal) => return Err(SignInError::Refused(refusal)),
            Answer::Code(code) => code,
        };
        let with = Exchange {
            code: &code,
            verifier: &self.verifier,
            redirect_uri: &self.redirect_uri,
            client_id: &self.client_id,
        };
        let mut tokens = exchange(&self.issuer, &with, self.clock).await?;
        // Scopes that are not told are the ones that were asked for (RFC 6749 §5.1).
        if tokens.scopes.is_empty() {
            tokens.scopes = self.scopes;
        }
        Ok(tokens)
    }
}

impl From<Failure> for SignInError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotSent(cause) => Self::Unreachable(cause),
            Failure::Refused(refusal) => Self::Refused(refusal),
            Failure::Unknown(cause) => Self::Lost(cause),
        }
    }
}

/// The first pasted text that is the answer. Never ends while there is none.
async fn pasted(expected: &Expected, paste: &mut mpsc::Receiver<String>) -> Answer {
    while let Some(text) = paste.recv().await {
        let text = Zeroizing::new(text);
        if let Ok(answer) = expected.judge_address(&text) {
            return answer;
        }
    }
    std::future::pending().await
}

fn page_of(outcome: &Result<Tokens, SignInError>) -> Page {
    match outcome {
        Ok(_) => Page::Done,
        Err(SignInError::Denied) => Page::Denied,
        Err(_) => Page::Failed,
    }
}

/// A path that no other issuer has, so that one portal's answer cannot pass for another's
/// (RFC 8252 §8.10).
fn redirect_path(issuer: &str) -> String {
    let digest = Sha256::digest(issuer.as_bytes());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("/callback/{hex}")
}

fn authorization_url(
    issuer: &Issuer,
    client_id: &str,
    scopes: &[String],
    redirect_uri: &str,
    challenge: PkceCodeChallenge,
    state: CsrfToken,
) -> Result<Url, SignInError> {
    let client = BasicClient::new(ClientId::new(client_id.to_owned()))
        .set_auth_uri(AuthUrl::from_url(issuer.authorization_endpoint.clone()))
        .set_redirect_uri(RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| SignInError::Listener)?);
    let (url, _) = client
        .authorize_url(|| state)
        .add_scopes(scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(challenge)
        .url();
    Ok(url)
}

fn into_secret(verifier: PkceCodeVerifier) -> Secret {
    Secret::from_text(verifier.into_secret())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_of_rfc_7636_appendix_b() {
        let verifier = PkceCodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(challenge.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(challenge.method().as_str(), "S256");
    }

    #[test]
    fn every_issuer_has_a_path_of_its_own() {
        let paths = ["https://a.example", "https://a.example/", "https://b.example"].map(redirect_path);
        assert!(paths.iter().all(|path| path.len() == "/callback/".len() + 32));
        assert!(paths[0] != paths[1] && paths[1] != paths[2] && paths[0] != paths[2]);
    }
}
