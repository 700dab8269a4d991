//! People: registering, signing in with a password, and the browser's session.
//!
//! A wrong password and an unknown address cost the same work and get the same answer. Only registering tells whether
//! an address is taken, because it must; how often a network may ask is limited.

mod guessable;
mod password;
mod session;
mod tries;

use std::{net::IpAddr, time::Duration};

use keystow_domain::{Timestamp, visible};

pub(crate) use password::{Busy, Passwords};
pub(crate) use session::{Browser, SESSION_LIFE, is_from_here};

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::{app::App, audit, random, reply::ApiError, storage::AccountRecord};

/// The shortest password, in characters: more than the eight of NIST SP 800-63B §5.1.1.2.
pub(crate) const SHORTEST_PASSWORD: usize = 10;
/// The longest password, in characters; longer ones would only cost time. The same paragraph wants 64 at least.
pub(crate) const LONGEST_PASSWORD: usize = 256;

/// Why somebody cannot register or sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The address is none.
    Email,
    /// The password is too short or too long.
    Password,
    /// The password is among the first that anybody would try.
    Guessable,
    /// The two passwords differ.
    Mismatch,
    /// The address is registered.
    Taken,
    /// Address and password do not belong together.
    Wrong,
    /// Too many failed tries; the next is allowed after this.
    Wait(Duration),
    /// Too many accounts from one network; the next is allowed after this.
    Crowded(Duration),
    /// The form is not one of this browser's.
    Form,
}

/// What somebody registers with.
pub(crate) struct Registration<'a> {
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    pub(crate) repeated: &'a str,
}

/// Makes an account.
///
/// # Errors
///
/// Fails if the storage does or if too many passwords are being checked; what the person can mend is
/// the inner result.
pub(crate) async fn register(
    app: &App,
    new: Registration<'_>,
    peer: Option<IpAddr>,
) -> Result<Result<AccountRecord, Trouble>, ApiError> {
    let Some(email) = address(new.email) else { return Ok(Err(Trouble::Email)) };
    let (password, name) = (normal(new.password), plain_name(new.name));
    if !(SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&password.chars().count()) {
        return Ok(Err(Trouble::Password));
    }
    if guessable::is_guessable(&password, &[email.as_str(), name.as_str(), app.name.as_str()]) {
        return Ok(Err(Trouble::Guessable));
    }
    if *password != *normal(new.repeated) {
        return Ok(Err(Trouble::Mismatch));
    }
    if let Err(wait) = tries::registration(app, peer).await? {
        return Ok(Err(Trouble::Crowded(wait)));
    }
    if app.storage.account_of(&email).await?.is_some() {
        return Ok(Err(Trouble::Taken));
    }
    let account = AccountRecord {
        id: random::id("acc"),
        email,
        name,
        team: String::new(),
        password: app.passwords.hash(&password).await?,
        created_at: app.clock.now(),
        sample: false,
    };
    audit::about_account(&account.id, &account.email);
    let added = app.storage.add_account(account.clone()).await?;
    Ok(if added { Ok(account) } else { Err(Trouble::Taken) })
}

/// A password the way it is hashed, whichever keyboard it was typed on (NFKC, NIST SP 800-63B §5.1.1.2).
fn normal(password: &str) -> Zeroizing<String> {
    // With room enough for all but the rarest, so that no copy is left where it grew.
    let mut normal = Zeroizing::new(String::with_capacity(4 * password.len()));
    normal.extend(password.nfkc());
    normal
}

/// A name without anything that hides or reorders what stands beside it.
fn plain_name(text: &str) -> String {
    let seen = text.chars().filter(|c| visible(c.encode_utf8(&mut [0; 4])).chars().eq([*c]));
    seen.take(100).collect::<String>().trim().to_owned()
}

/// Checks an address and a password.
///
/// # Errors
///
/// Fails if the storage does or if too many passwords are being checked; what the person can mend is
/// the inner result.
pub(crate) async fn sign_in(
    app: &App,
    browser: &Browser,
    peer: Option<IpAddr>,
    email: &str,
    password: &str,
) -> Result<Result<AccountRecord, Trouble>, ApiError> {
    let email = address(email).unwrap_or_default();
    let this = match tries::begin(app, &email, browser.known_to(app, &email), peer).await? {
        Ok(this) => this,
        Err(wait) => return Ok(Err(Trouble::Wait(wait))),
    };
    let checked = check(app, &email, password).await;
    match &checked {
        Ok(Ok(_)) => this.was_right(app).await?,
        Ok(Err(_)) => {}
        Err(_) => this.was_not_made(app).await?,
    }
    checked
}

async fn check(app: &App, email: &str, password: &str) -> Result<Result<AccountRecord, Trouble>, ApiError> {
    // The sample account's password is known to everybody.
    let account = app.storage.account_of(email).await?.filter(|account| app.demo || !account.sample);
    if let Some(account) = &account {
        audit::about_account(&account.id, &account.email);
    }
    let hash = account.as_ref().map(|account| account.password.clone());
    let password = normal(password);
    let right = password.len() <= 4 * LONGEST_PASSWORD && app.passwords.verify(&password, hash).await?;
    let signed_in = account.filter(|_| right);
    if let Some(account) = &signed_in {
        audit::by(&account.id, "");
    }
    Ok(signed_in.ok_or(Trouble::Wrong))
}

/// An address in the form in which it is kept; nothing if it is none.
pub(crate) fn address(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (person, host) = text.rsplit_once('@')?;
    let is_plain = |c: char| !c.is_whitespace() && !matches!(c, '<' | '>' | '"');
    let plain = text.len() <= 254 && text.chars().all(is_plain) && visible(&text) == text;
    (plain && !person.is_empty() && !host.is_empty() && !person.contains('@')).then_some(text)
}

/// When a session that begins now ends.
pub(crate) fn session_end(now: Timestamp) -> Timestamp {
    now.plus(SESSION_LIFE)
}

#[cfg(test)]
mod tests {
    use super::{address, plain_name};

    #[test]
    fn nothing_in_a_name_hides_or_reorders_what_stands_beside_it() {
        assert_eq!(plain_name(" Ada\u{202e} Love\u{200b}lace\u{1b}[2J "), "Ada Lovelace[2J");
        assert_eq!(plain_name("Zoë \u{645}\u{631}\u{64a}\u{645}"), "Zoë \u{645}\u{631}\u{64a}\u{645}");
        assert_eq!(plain_name("\u{2066}\u{2069}"), "");
    }

    #[test]
    fn addresses_are_kept_in_one_form() {
        assert_eq!(address(" Ada@Example.COM ").as_deref(), Some("ada@example.com"));
        for wrong in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "a@b@example.com",
            "<root>@example.com",
            "a\u{202e}b@example.com",
        ] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }
}
