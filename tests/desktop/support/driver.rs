//! WebDriver: the drivers of the app's window and of the browser, and finding things as people do.
//!
//! Things are found by role and accessible name. These are part of the product, so a test that fails
//! because of a changed name is right to fail.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::{until, within};

/// Finds what a person would call by a role and a name.
const FIND: &str = include_str!("find.js");

/// The ports that are tried: below those that a system gives to whoever asks for any (Linux's begin at 32,768), which
/// a portal could be given between the choice and the driver's start.
const PORTS: Range<u16> = 20_000..30_000;

/// A port nobody listens on just now.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let count = PORTS.end - PORTS.start;
    // Two programs of tests at the same time begin at different places.
    let first = std::process::id() % u32::from(count);
    let free = (0..count).find_map(|_| {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + u16::try_from((first + step) % u32::from(count)).ok()?;
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok().map(|_| port)
    });
    free.expect("there is a free port")
}

/// Waits until a driver listens.
pub(crate) async fn listening(port: u16) {
    until("the driver listens", async || {
        tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()
    })
    .await;
}

/// Starts a session at a driver.
pub(crate) async fn connect(port: u16, capabilities: Value) -> Client {
    let Value::Object(capabilities) = capabilities else { panic!("capabilities are an object") };
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(Capabilities::from_iter(capabilities));
    let address = format!("http://127.0.0.1:{port}");
    let connecting = tokio::time::timeout(super::PATIENCE, builder.connect(&address));
    let session = connecting.await.expect("the driver answers");
    session.unwrap_or_else(|error| panic!("the driver starts nothing: {error}"))
}

/// The thing with this role and name, if it is to be seen. A name of `*` fits all.
pub(crate) async fn look_for(client: &Client, role: &str, name: &str) -> Option<Element> {
    look(client, role, name, "any").await
}

/// As [`look_for`]; `how` is `ready` for what is not switched off.
async fn look(client: &Client, role: &str, name: &str, how: &str) -> Option<Element> {
    let found = client.execute(FIND, vec![json!(role), json!(name), json!(how)]).await.ok()?;
    let id = found.as_object()?.values().next()?.as_str()?.to_owned();
    Some(Element::from_element_id(client.clone(), fantoccini::elements::ElementRef::from(id)))
}

/// How many things with this role and name are to be seen.
pub(crate) async fn count(client: &Client, role: &str, name: &str) -> u64 {
    let found = client.execute(FIND, vec![json!(role), json!(name), json!("count")]).await;
    found.ok().and_then(|found| found.as_u64()).expect("things can be counted")
}

/// Waits for the thing with this role and name.
pub(crate) async fn find(client: &Client, role: &str, name: &str) -> Element {
    let found = within(super::PATIENCE, async || look_for(client, role, name).await).await;
    match found {
        Some(found) => found,
        None => panic!("there is no {role} “{name}”; the page says:\n{}", text(client).await),
    }
}

/// Clicks the thing with this role and name, as soon as it is there and not switched off.
pub(crate) async fn click(client: &Client, role: &str, name: &str) {
    let mut said = String::new();
    let clicked =
        within(Duration::from_secs(20), async || match look_for(client, role, name).await?.click().await {
            Ok(()) => Some(()),
            Err(error) => {
                said = error.to_string();
                None
            }
        });
    if clicked.await.is_none() {
        let page = text(client).await;
        panic!("the {role} “{name}” cannot be clicked ({said}); the page says:\n{page}");
    }
}

/// Puts text in the place of what a field holds, as soon as the field takes it.
pub(crate) async fn fill(client: &Client, role: &str, name: &str, value: &str) {
    let filled = within(Duration::from_secs(20), async || {
        let field = look(client, role, name, "ready").await?;
        // A dialog that is still coming up takes nothing, or only a part.
        field.clear().await.ok()?;
        field.send_keys(value).await.ok()?;
        field.prop("value").await.ok()?.filter(|held| held == value)
    });
    if filled.await.is_none() {
        let page = text(client).await;
        panic!("the {role} “{name}” does not take “{value}”; the page says:\n{page}");
    }
}

/// Everything the page says to a person who sees.
pub(crate) async fn text(client: &Client) -> String {
    let asked = client.execute("return document.body ? document.body.innerText : ''", Vec::new());
    // A driver whose app has died does not answer at all.
    let said = tokio::time::timeout(Duration::from_secs(10), asked).await;
    let said = said.ok().and_then(Result::ok).unwrap_or_default();
    said.as_str().map(str::to_owned).unwrap_or_default()
}

/// Waits until the page says this, whatever the spaces and lines between its words.
pub(crate) async fn says(client: &Client, wanted: &str) {
    let mut said = String::new();
    let seen = within(super::PATIENCE, async || {
        said = text(client).await;
        flat(&said).contains(&flat(wanted)).then_some(())
    });
    if seen.await.is_none() {
        panic!("the page never says “{wanted}”; it says:\n{said}");
    }
}

/// Text as one line with single spaces.
pub(crate) fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
