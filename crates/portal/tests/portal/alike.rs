//! What is unknown and what is somebody else's look alike: in status, in body, and in the work that is done.
//!
//! Work is counted, not timed: the portal notes each hash of a password and each look into its storage.

use std::{cell::RefCell, sync::Once};

use axum::http::Method;
use serde_json::{Value, json};
use tracing::{Event, Subscriber, field::Visit};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt};

use crate::desk::{Answer, App, Desk};

thread_local! {
    /// What the portal noted of its work in this thread, which is the test's own.
    static NOTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Hears the portal in every test of this program: a listener that comes and goes with one test would miss what
/// another test made the first to say.
struct Ear;

impl<S: Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "keystow_portal::work" {
            event.record(&mut Note);
        }
    }
}

struct Note;

impl Visit for Note {
    fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        NOTED.with_borrow_mut(|noted| noted.push(format!("{value:?}")));
    }
}

/// What was noted of the portal's work.
struct Work;

impl Work {
    /// Does something, and gives what came back with the work it took. The portal runs in the thread of the test.
    async fn of(&self, doing: impl Future<Output = Answer>) -> (Answer, Vec<String>) {
        NOTED.take();
        let answer = doing.await;
        (answer, NOTED.take())
    }
}

fn watched() -> Work {
    static HEARS: Once = Once::new();
    HEARS.call_once(|| {
        let ear = tracing_subscriber::registry().with(Ear);
        tracing::subscriber::set_global_default(ear).expect("nobody else listens in this program");
    });
    Work
}

/// Answers without what differs in each.
fn shown(answer: &Answer, own: &str) -> (u16, String) {
    (answer.status.as_u16(), answer.text.replace(own, "[own]"))
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_take_the_same_work() {
    let desk = Desk::open().await;
    desk.register().await;
    let work = watched();
    let mut seen = Vec::new();
    for email in ["ada@example.com", "bob@example.com"] {
        let browser = Desk::at(desk.base());
        let page = browser.browse("/sign-in").await;
        let fields = [("email", email), ("password", "a wrong password")];
        let (answer, took) = work.of(browser.fill_in(&page, "/sign-in", &fields)).await;
        assert!(took.iter().any(|note| note == "hash"), "no hash was noted: {took:?}");
        let form = crate::desk::hidden(&answer.text)["form"].clone();
        seen.push((answer.status, answer.text.replace(email, "[own]").replace(&form, "[form]"), took));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_wrong_form_of_address_is_hashed_for_as_well() {
    let desk = Desk::open().await;
    let work = watched();
    let page = desk.browse("/sign-in").await;
    let fields = [("email", "no address"), ("password", "a wrong password")];
    let (_, took) = work.of(desk.fill_in(&page, "/sign-in", &fields)).await;
    assert_eq!(took.iter().filter(|note| *note == "hash").count(), 1, "{took:?}");
}

/// Ada's things, by the part of the path that stands before their id.
struct Things {
    key: String,
    app: String,
    subscription: String,
    team: String,
}

impl Things {
    async fn of(ada: &App<'_>) -> Self {
        let products = [json!({"productId": "partner", "justification": "prices"})];
        let app = ada.post("/v1/developer/apps", json!({"name": "shop", "products": products})).await;
        let app = app.expect(200).json()["app"].clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let subscription = text(&app["subscriptions"][0]["id"]);
        let team = ada.post("/v1/developer/teams", json!({"name": "crew"})).await.expect(200).json();
        let team = text(&team["team"]["id"]);
        Self { key: ada.create("billing").await.0, app: text(&app["id"]), subscription, team }
    }

    /// The id of Ada's thing of the kind that a path is about.
    fn id(&self, path: &str) -> Option<&str> {
        let kinds = [
            ("keys", &self.key),
            ("apps", &self.app),
            ("approvals", &self.subscription),
            ("teams", &self.team),
        ];
        let kind = kinds.into_iter().find(|(kind, _)| path.contains(&format!("/{kind}/{{id}}")));
        kind.map(|(_, id)| id.as_str())
    }
}

/// A body with which a call would be made if the thing were the caller's.
fn body(path: &str, id: &str) -> Value {
    match path.rsplit('/').next().unwrap() {
        "rotate" | "revoke" | "end" => json!({"id": id}),
        "reject" => json!({"reason": "no"}),
        "{id}" => json!({"name": "mine"}),
        "{memberId}" => json!({"role": "member"}),
        "handover" => json!({"memberId": "acc_1"}),
        "invitations" => json!({"email": "bob@example.com", "role": "member"}),
        _ => json!({}),
    }
}

#[tokio::test]
async fn what_is_foreign_is_answered_as_what_is_not_there_by_every_call() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let things = Things::of(&ada).await;
    desk.register_as("mallory@example.com").await;
    let mallory = desk.sign_in().await;
    let document: Value = serde_json::from_str(&keystow_portal::openapi_document()).unwrap();
    let work = watched();
    let mut compared = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(foreign) = things.id(path) else { continue };
        let unknown = format!("{}x", &foreign[..foreign.len() - 1]);
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let call = async |id: &str| {
                let body = if method == Method::GET { String::new() } else { body(path, id).to_string() };
                let address = path.replace("{id}", id).replace("{memberId}", "acc_1");
                let (answer, took) = work.of(mallory.call(method.clone(), &address, &[], &body)).await;
                (shown(&answer, id), took)
            };
            let (seen, took) = call(foreign).await;
            assert!([403, 404].contains(&seen.0), "{method} {path}: {seen:?}");
            assert!(!took.is_empty(), "{method} {path}: no work was noted");
            assert_eq!((seen, took), call(&unknown).await, "{method} {path}");
            compared += 1;
        }
    }
    assert!(compared >= 10, "only {compared} calls were compared");
    ada.get(&format!("/v1/developer/keys/{}", things.key)).await.expect(200);
}

#[tokio::test]
async fn usage_of_what_is_foreign_is_answered_as_of_what_is_not_there() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let things = Things::of(&ada).await;
    desk.register_as("mallory@example.com").await;
    let mallory = desk.sign_in().await;
    for (field, foreign) in [("keyId", &things.key), ("appId", &things.app)] {
        let ask = async |id: &str| {
            let span = "from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z";
            let answer = mallory.get(&format!("/v1/developer/usage?{span}&{field}={id}")).await.expect(404);
            shown(&answer, id)
        };
        assert_eq!(ask(foreign).await, ask("nothing").await, "{field}");
    }
}
