//! The browser: what it carries, and whether a form is one that it was given.
//!
//! Cookies are shared by all ports of an address, so their names hold the port. That keeps nobody
//! apart: a form must come from a page of the portal's own origin, and prove itself by a value that was
//! given to this browser in this session.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    app::App,
    audit, random,
    seal::{Digest, Purpose},
    storage::{AccountRecord, SessionRecord, StorageError},
};

/// How long a browser is known as one that signed in to an account.
const KNOWN_LIFE: Duration = Duration::from_secs(180 * 24 * 3600);
/// How many letters a random value of a cookie has.
const LETTERS: usize = 43;
/// How long a browser stays signed in.
pub(crate) const SESSION_LIFE: Duration = Duration::from_secs(12 * 3600);

/// A browser and what it carries.
pub(crate) struct Browser {
    /// What the forms given to it are bound to.
    id: Zeroizing<String>,
    /// Whether it did not have one before.
    is_new: bool,
    session: Option<Zeroizing<String>>,
    /// What tells that it signed in to an account before.
    known: Option<Zeroizing<String>>,
}

impl Browser {
    /// Reads what a browser carries; one that comes for the first time gets an id.
    pub(crate) fn read(app: &App, headers: &HeaderMap) -> Self {
        let id = cookie(headers, &name(app, "form")).filter(|id| id.len() == LETTERS);
        let is_new = id.is_none();
        let id = id.unwrap_or_else(|| random::base62(LETTERS));
        let [session, known] = ["session", "known"].map(|kind| cookie(headers, &name(app, kind)));
        Self { id, is_new, session, known }
    }

    /// The name by which this browser is known at the account of an address, if it signed in there before.
    pub(super) fn known_to(&self, app: &App, email: &str) -> Option<&str> {
        let (id, proof) = self.known.as_ref()?.split_once('.')?;
        let right = random::spell(&app.pepper.digest(Purpose::Known, &[email, id]));
        bool::from(right.as_bytes().ct_eq(proof.as_bytes())).then_some(id)
    }

    /// What makes this browser known at the account of an address.
    fn proof(&self, app: &App, email: &str) -> Zeroizing<String> {
        let id = self.known_to(app, email).map_or_else(|| random::base62(LETTERS), |id| id.to_owned().into());
        let proof = random::spell(&app.pepper.digest(Purpose::Known, &[email, &id]));
        Zeroizing::new(format!("{}.{}", *id, *proof))
    }

    /// Who is signed in with this browser.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn account(&self, app: &App) -> Result<Option<AccountRecord>, StorageError> {
        match self.session_hash(app) {
            Some(hash) => app.storage.session(&hash, app.clock.now()).await,
            None => Ok(None),
        }
    }

    /// The value a form given to this browser in its session carries.
    pub(crate) fn form_token(&self, app: &App) -> Zeroizing<String> {
        let session = self.session.as_deref().map_or("", String::as_str);
        random::spell(&app.pepper.digest(Purpose::Form, &[&self.id, session]))
    }

    /// Whether a form was given to this browser.
    pub(crate) fn gave(&self, app: &App, token: &str) -> bool {
        !self.is_new && bool::from(self.form_token(app).as_bytes().ct_eq(token.as_bytes()))
    }

    /// Signs the browser in and returns the cookies it must carry from now on: its session, a new
    /// id for its forms, and what it is known by. A session it had before ends.
    ///
    /// `asked_by` is the request of an app this sign-in is for; see [`Self::leave_after`].
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn sign_in(
        &self,
        app: &App,
        account: &AccountRecord,
        asked_by: Option<&str>,
    ) -> Result<[HeaderValue; 3], StorageError> {
        let session = random::base62(LETTERS);
        let hash = app.pepper.digest(Purpose::Session, &[&session]);
        let new = SessionRecord {
            cookie: hash,
            account: account.id.clone(),
            ends_at: super::session_end(app.clock.now()),
            asked_by: asked_by.map(|request| asked_by_hash(app, request)),
        };
        app.storage.add_session(new, self.session_hash(app)).await?;
        let cookies = [
            ("session", session, SESSION_LIFE),
            ("form", random::base62(LETTERS), SESSION_LIFE),
            ("known", self.proof(app, &account.email), KNOWN_LIFE),
        ];
        Ok(cookies.map(|(kind, value, life)| set_cookie(app, kind, &value, life)))
    }

    /// Signs the browser out and returns the cookie that takes the old one away.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn sign_out(&self, app: &App) -> Result<HeaderValue, StorageError> {
        if let Some(hash) = self.session_hash(app) {
            if let Some(account) = self.account(app).await? {
                audit::by(&account.id, "");
                audit::about_account(&account.id, &account.email);
            }
            app.storage.end_session(hash).await?;
        }
        Ok(set_cookie(app, "session", "", Duration::ZERO))
    }

    /// Ends the session if it was begun to answer `request`, and returns the cookie that takes it away.
    /// Whoever signed in only to let an app in does not stay signed in with the browser.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn leave_after(
        &self,
        app: &App,
        request: &str,
    ) -> Result<Option<HeaderValue>, StorageError> {
        let Some(hash) = self.session_hash(app) else { return Ok(None) };
        let ended = app.storage.end_session_asked_by(hash, asked_by_hash(app, request)).await?;
        Ok(ended.then(|| set_cookie(app, "session", "", Duration::ZERO)))
    }

    /// The cookie for a browser that came for the first time.
    pub(crate) fn greeting(&self, app: &App) -> Option<HeaderValue> {
        self.is_new.then(|| set_cookie(app, "form", &self.id, SESSION_LIFE))
    }

    fn session_hash(&self, app: &App) -> Option<Digest> {
        self.session.as_ref().map(|session| app.pepper.digest(Purpose::Session, &[session]))
    }
}

/// Whether a form comes from a page of this portal, as far as the browser tells.
///
/// Browsers name the origin of every form they post. What names none must be no browser, or one that
/// says itself that the form is from here.
pub(crate) fn is_from_here(app: &App, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    headers
        .get_all(header::ORIGIN)
        .iter()
        .all(|origin| origin.to_str().is_ok_and(|origin| origin == app.base))
}

fn asked_by_hash(app: &App, request: &str) -> Digest {
    app.pepper.digest(Purpose::Asked, &[request])
}

/// Where the portal is reached by https, browsers take a cookie with this prefix from the portal alone: neither from a
/// neighbour below the same domain nor over http (RFC 6265bis §4.1.3.2).
fn name(app: &App, kind: &str) -> String {
    let port = app.base.rsplit(':').next().filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    let prefix = if is_https(app) { "__Host-" } else { "" };
    format!("{prefix}keystow_{kind}_{}", port.unwrap_or("default"))
}

fn is_https(app: &App) -> bool {
    app.base.starts_with("https:")
}

/// The path is the whole portal because the pages are: the home page is `/`, and the contract has the question
/// of consent at `/v1/auth/authorize`. Nothing but the pages reads a cookie.
fn set_cookie(app: &App, kind: &str, value: &str, life: Duration) -> HeaderValue {
    let (name, life) = (name(app, kind), life.as_secs());
    let secure = if is_https(app) { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).expect("letters, digits and signs of a cookie are a header")
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<Zeroizing<String>> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = sent.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| Zeroizing::new(value.to_owned()))
}
