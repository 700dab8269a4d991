//! The real portal, over HTTP: signing in, sessions, lost answers and counted calls.

use std::sync::Arc;
use std::time::Duration;

use keystow_connect::oauth::{Dialect, Issuer, SignIn, SignInError, Tokens, discover, refresh, revoke};
use keystow_connect::{Cause, Failure, Portal, Trial, developer_service};
use keystow_domain::{Clock as _, Grouping, LogOutcome, NewKey, OperationId, Resolution, UsageQuery};
use keystow_portal::{Config, Faults, Mode, Running, TokenDialect};
use keystow_vault::Secret;
use tokio::sync::mpsc;
use url::Url;

use crate::person::{EMAIL, Person};
use crate::support::{HandClock, secret};

const CLIENT: &str = "keystow-desktop";

/// A portal that runs in this process, with nobody signed in.
pub(crate) struct Desk {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) portal: Arc<dyn Portal>,
    issuer: Issuer,
    origin: Url,
    faults: Faults,
    _running: Running,
    data: tempfile::TempDir,
}

impl Desk {
    pub(crate) async fn open(mode: Mode, tokens: TokenDialect) -> Self {
        let (clock, data, faults) = (HandClock::new(), tempfile::tempdir().unwrap(), Faults::default());
        let config = Config { mode, tokens, faults: faults.clone(), ..Config::new(data.path()) };
        let running = keystow_portal::start(config, clock.clone()).await.unwrap();
        let origin = Url::parse(running.base_url()).unwrap();
        let issuer = discover(&origin, clock.clone()).await.unwrap();
        let portal = developer_service(&origin, clock.clone()).unwrap();
        Self { clock, portal, issuer, origin, faults, _running: running, data }
    }

    async fn extended() -> Self {
        Self::open(Mode::Extended, TokenDialect::Both).await
    }

    /// Registers somebody and signs in.
    pub(crate) async fn sign_in(&self) -> Tokens {
        self.answer("allow").await.unwrap()
    }

    /// Somebody who was invited follows the link of their mail, registers and accepts.
    pub(crate) async fn join(&self, email: &str) {
        let link = self.link_to(email).await;
        Person::at(&self.origin).register_and_join(&link, email).await;
    }

    /// The link in the mail to an address, as soon as the portal has written it.
    async fn link_to(&self, email: &str) -> Url {
        let (folder, to) = (self.data.path().join("mail"), format!("To: <{email}>\r\n"));
        let page = self.origin.join("/invitation/").unwrap();
        let arrived = async {
            loop {
                let files = std::fs::read_dir(&folder).into_iter().flatten().map(|file| file.unwrap().path());
                let written = files.filter(|file| file.extension().is_some_and(|kind| kind == "eml"));
                let mut mails = written.map(|file| std::fs::read_to_string(file).unwrap());
                if let Some(mail) = mails.find(|mail| mail.contains(&to)) {
                    return mail;
                }
                tokio::task::yield_now().await;
            }
        };
        let mail = tokio::time::timeout(Duration::from_secs(60), arrived).await.expect("the mail is written");
        let link = mail.lines().find(|line| line.starts_with(page.as_str())).expect("it holds a link");
        Url::parse(link.trim()).unwrap()
    }

    /// Registers somebody who is asked for consent and decides.
    async fn answer(&self, decision: &str) -> Result<Tokens, SignInError> {
        let scopes = ["read".to_owned(), "stream".to_owned()];
        let (sign_in, url) = SignIn::begin(&self.issuer, CLIENT, &scopes, self.clock.clone()).unwrap();
        let waiting = tokio::spawn(sign_in.wait(mpsc::channel(1).1));
        let mut person = Person::at(&self.origin);
        let back = person.register_and(decision, &url).await;
        person.follow(&back).await;
        waiting.await.unwrap()
    }

    async fn refresh(&self, token: &Secret) -> Result<Tokens, Failure> {
        refresh(&self.issuer, CLIENT, token, self.clock.clone()).await
    }
}

fn new_key() -> NewKey {
    NewKey {
        name: "billing".into(),
        scopes: vec!["read".into()],
        environment: None,
        expires_at: None,
        app: None,
    }
}

fn operation(number: u8) -> OperationId {
    OperationId::new(format!("operation-{number}-0123456789abcdefghij"))
}

#[tokio::test]
async fn a_person_registers_consents_and_is_known() {
    let desk = Desk::extended().await;
    assert_eq!((desk.issuer.dialect, desk.issuer.iss_required), (Dialect::Rfc, true));
    let tokens = desk.sign_in().await;
    assert_eq!(tokens.scopes, ["read", "stream"]);
    assert_eq!(desk.portal.person(&tokens.access).await.unwrap().as_deref(), Some(EMAIL));
    assert!(desk.portal.limits().is_some_and(|limits| limits.remaining < limits.limit));
}

#[tokio::test]
async fn every_spelling_of_the_token_calls_signs_in_refreshes_and_signs_out() {
    for dialect in [TokenDialect::Camel, TokenDialect::Rfc, TokenDialect::Both] {
        let desk = Desk::open(Mode::Plain, dialect).await;
        assert_eq!((desk.issuer.dialect, desk.issuer.iss_required), (Dialect::Camel, false), "{dialect:?}");
        let tokens = desk.sign_in().await;
        assert_eq!(desk.portal.person(&tokens.access).await, Ok(None), "a plain portal does not tell");
        let next = desk.refresh(&tokens.refresh.unwrap()).await.unwrap();
        assert!(desk.portal.keys(&next.access, None, 20).await.unwrap().keys.is_empty());
        let last = next.refresh.unwrap();
        assert_eq!(revoke(&desk.issuer, CLIENT, &last, desk.clock.clone()).await, Ok(()));
        assert!(desk.refresh(&last).await.unwrap_err().is_signed_out(), "{dialect:?}");
    }
}

#[tokio::test]
async fn a_person_who_says_no_is_not_signed_in() {
    let desk = Desk::extended().await;
    assert_eq!(desk.answer("deny").await.unwrap_err(), SignInError::Denied);
}

#[tokio::test]
async fn a_token_that_the_portal_does_not_know_is_signed_out() {
    let desk = Desk::extended().await;
    assert!(desk.portal.keys(&secret("kat_nobody"), None, 20).await.unwrap_err().is_signed_out());
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_gets_the_same_successor_within_a_minute() {
    let desk = Desk::extended().await;
    let first = desk.sign_in().await.refresh.unwrap();
    let second = desk.refresh(&first).await.unwrap();
    desk.clock.advance(Duration::from_secs(59));
    let again = desk.refresh(&first).await.unwrap();
    let third = desk.refresh(&again.refresh.unwrap()).await.unwrap();
    // Were the repeated answer another successor, using both would end the session.
    let same = desk.refresh(&second.refresh.unwrap()).await.unwrap();
    for tokens in [third, same] {
        assert!(desk.portal.keys(&tokens.access, None, 20).await.is_ok());
    }
}

#[tokio::test]
async fn a_refresh_token_that_comes_back_late_ends_the_session() {
    let desk = Desk::extended().await;
    let first = desk.sign_in().await.refresh.unwrap();
    let second = desk.refresh(&first).await.unwrap();
    desk.clock.advance(Duration::from_secs(61));
    assert!(desk.refresh(&first).await.unwrap_err().is_signed_out());
    assert!(desk.refresh(&second.refresh.unwrap()).await.unwrap_err().is_signed_out());
    assert!(desk.portal.keys(&second.access, None, 20).await.unwrap_err().is_signed_out());
}

#[tokio::test]
async fn a_lost_answer_is_had_by_asking_again_and_nothing_happens_twice() {
    let desk = Desk::extended().await;
    let token = desk.sign_in().await.access;
    let issue = async || desk.portal.issue(&token, &operation(1), &new_key()).await;
    desk.faults.lose_answers(1);
    assert!(matches!(issue().await.unwrap_err(), Failure::Unknown(_)));
    let issued = issue().await.unwrap();
    let rotate = async || desk.portal.rotate(&token, &operation(2), &issued.key.id, None).await;
    desk.faults.lose_answers(1);
    assert!(matches!(rotate().await.unwrap_err(), Failure::Unknown(_)));
    let rotated = rotate().await.unwrap();
    assert_eq!(rotated.key.version, Some(2), "one rotation, not two");
    assert!(rotated.secret.starts_with(&rotated.key.prefix));
    assert_eq!(desk.portal.keys(&token, None, 20).await.unwrap().keys.len(), 1);
}

#[tokio::test]
async fn usage_shows_exactly_the_calls_made_with_each_secret() {
    let desk = Desk::extended().await;
    let token = desk.sign_in().await.access;
    let gateway = desk.portal.abilities(&token).await.unwrap().gateway.unwrap();
    let old = desk.portal.issue(&token, &operation(1), &new_key()).await.unwrap();
    let new = desk.portal.rotate(&token, &operation(2), &old.key.id, None).await.unwrap();
    for secret in [&old.secret, &new.secret, &new.secret] {
        assert_eq!(desk.portal.probe(&Trial::own(gateway.as_str()), secret).await.unwrap().status, 200);
    }
    let now = desk.clock.now();
    let query = UsageQuery {
        from: now.minus(Duration::from_secs(3600)),
        to: now.plus(Duration::from_secs(3600)),
        resolution: Resolution::Hour,
        key: Some(old.key.id.clone()),
        app: None,
        team: None,
        grouping: Grouping::Secret,
    };
    let usage = desk.portal.usage(&token, &query).await.unwrap();
    let mut counted: Vec<(String, u64)> = usage
        .series
        .iter()
        .map(|series| (series.group.clone(), series.buckets.iter().map(|bucket| bucket.requests).sum()))
        .collect();
    counted.sort_by_key(|(_, calls)| *calls);
    assert_eq!(counted, [(old.key.prefix, 1), (new.key.prefix, 2)]);
    let quota = desk.portal.quota(&token, Some(&old.key.id)).await.unwrap().unwrap();
    assert_eq!(quota.used, 3);
    let too_old = UsageQuery { from: now.minus(Duration::from_secs(5000 * 86_400)), ..query };
    assert!(matches!(desk.portal.usage(&token, &too_old).await, Err(Failure::Refused(_))));
}

#[tokio::test]
async fn the_log_tells_what_was_done_and_refused_page_by_page_and_of_one_key() {
    let desk = Desk::extended().await;
    let token = desk.sign_in().await.access;
    let one = desk.portal.issue(&token, &operation(1), &new_key()).await.unwrap();
    let two = desk.portal.issue(&token, &operation(2), &new_key()).await.unwrap();
    desk.portal.revoke(&token, &one.key.id).await.unwrap();
    desk.portal.revoke(&token, &one.key.id).await.unwrap();
    let about = desk.portal.log(&token, Some(one.key.id.as_str()), None, 20).await.unwrap().unwrap();
    let told: Vec<_> = about.entries.iter().map(|entry| (entry.operation.as_str(), entry.outcome)).collect();
    let expected = [
        ("revokeApiKey", LogOutcome::Refused),
        ("revokeApiKey", LogOutcome::Done),
        ("createApiKey", LogOutcome::Done),
    ];
    assert_eq!((told.as_slice(), about.next), (expected.as_slice(), None));
    let made = &about.entries[2];
    assert_eq!((made.who.as_deref(), made.client.as_deref()), (Some(EMAIL), Some(CLIENT)));
    assert_eq!(made.target.as_ref().and_then(|target| target.name.as_deref()), Some("billing"));
    let (mut numbers, mut page) = (Vec::new(), None);
    loop {
        let read = desk.portal.log(&token, None, page.as_ref(), 3).await.unwrap().unwrap();
        numbers.extend(read.entries.iter().map(|entry| entry.number));
        page = read.next;
        if page.is_none() {
            break;
        }
    }
    assert_eq!(numbers, (1..=numbers.len() as u64).rev().collect::<Vec<_>>());
    assert!(numbers.len() >= 7, "{numbers:?} and {:?}", two.key.id);
    let plain = Desk::open(Mode::Plain, TokenDialect::Both).await;
    let token = plain.sign_in().await.access;
    assert_eq!(plain.portal.log(&token, None, None, 20).await, Ok(None));
}

#[tokio::test]
async fn a_portal_that_stopped_was_not_reached() {
    let desk = Desk::extended().await;
    let Desk { portal, _running: running, .. } = desk;
    running.stop().await.unwrap();
    let outcome = portal.keys(&secret("any"), None, 20).await;
    assert!(matches!(outcome, Err(Failure::NotSent(Cause::Connect))), "{outcome:?}");
}
