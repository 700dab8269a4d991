//! T15 and T16 as an account grows: what a page of keys, a call through the gateway and a year of usage cost
//! with a hundred keys, and with a hundred thousand and fifty million calls behind them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use keystow_domain::Clock as _;
use tokio::runtime::Runtime;

use crate::load::{Next, rate};
use crate::report::{self, Bar};
use crate::rounds::{Contender, Turns, interleave};
use crate::servers::{Crowded, Server};
use crate::stopwatch::MachineClock;
use crate::visitor::{Visitor, request, with_key};
use crate::wrk;

/// Connections that call at the same time.
const CONNECTIONS: usize = 16;
/// How long each is loaded in a turn.
const TURN: Duration = Duration::from_secs(1);
/// The accounts that are compared: the small one is what the big one is held against.
const KEYS: [u32; 3] = [100, 10_000, 100_000];
/// In how many hours each key was used, and how often in each of them.
const USED: (u32, u32) = (25, 20);

/// A portal with one account of some size, and what is asked of it.
struct Portal {
    server: Server,
    list: Next,
    check: Next,
    key_year: Next,
    account_year: Next,
    /// Of the person, for the portal.
    token: String,
    /// Of the first key, for the gateway.
    secret: String,
}

/// What is listed.
const PAGE: &str = "/v1/developer/keys?page_size=50";
/// What is called with a key.
const CALLED: &str = "/v1/catalog/items/item_001";

/// Measures and reports. `folder` must be on the disk that is meant.
///
/// # Errors
///
/// Fails if a server does not start, cannot be filled or does not answer.
pub(crate) fn run(turns: Turns, folder: &Path) -> Result<()> {
    let runtime = Runtime::new()?;
    let hello = Server::hello()?;
    let greeting: Next = {
        let bytes = request("GET", "/", hello.address, "", "");
        Arc::new(move |_| bytes.clone())
    };
    let data = tempfile::tempdir_in(folder)?;
    let mut portals = Vec::new();
    for keys in KEYS {
        portals.push(portal(&runtime, &data.path().join(keys.to_string()), keys)?);
    }
    let load = |to: SocketAddr, next: &Next| runtime.block_on(rate(to, CONNECTIONS, TURN, Arc::clone(next)));
    for (id, what, next, grows_to) in [
        ("T15", "a page of 50 keys", (|portal| &portal.list) as fn(&Portal) -> &Next, 0.8),
        ("T16", "a call through the gateway", |portal| &portal.check, 0.8),
        ("T11", "a year of one key, by hours", |portal| &portal.key_year, 0.8),
        ("T11", "a year of all keys, by days", |portal| &portal.account_year, 0.05),
    ] {
        report::heading(id, &format!("{what}, with 100, 10 000 and 100 000 keys"));
        let of = |place: usize, name| {
            let portal: &Portal = &portals[place];
            Contender::new(name, move || load(portal.server.address, next(portal)))
        };
        let rounds = interleave(
            turns,
            vec![
                of(0, "100 keys"),
                of(1, "10 000 keys"),
                of(2, "100 000 keys"),
                Contender::new("bare axum", || load(hello.address, &greeting)),
            ],
        )?;
        report::rounds("a second", &rounds);
        report::ratio(&rounds.series[1], &rounds.series[0], Bar::AtLeast(grows_to));
        report::ratio(&rounds.series[2], &rounds.series[0], Bar::AtLeast(grows_to));
        if id == "T15" {
            report::ratio(&rounds.series[2], &rounds.series[3], Bar::AtLeast(0.12));
        }
    }
    under_wrk(&portals)
}

/// The same once more under wrk.
fn under_wrk(portals: &[Portal]) -> Result<()> {
    report::heading("T15", "the portal under wrk, 64 connections, ten seconds each");
    for (portal, keys) in portals.iter().zip(KEYS) {
        let at = |path: &str| format!("http://{}{path}", portal.server.address);
        let bearer = format!("Bearer {}", portal.token);
        wrk::load(&format!("a page of 50 of {keys} keys"), &at(PAGE), ("Authorization", &bearer))?;
        wrk::load(&format!("the gateway with {keys} keys"), &at(CALLED), ("x-api-key", &portal.secret))?;
    }
    Ok(())
}

fn portal(runtime: &Runtime, data: &Path, keys: u32) -> Result<Portal> {
    let mut server = Server::portal(data)?;
    let at = server.address;
    let visitor = runtime.block_on(Visitor::register(at, "crowd"))?;
    let Crowded { key, secret } = server.crowd("crowd@keystow.example", keys, USED)?;
    let get = |path: &str| -> Next {
        let bytes = request("GET", path, at, &visitor.token, "");
        Arc::new(move |_| bytes.clone())
    };
    let check: Next = {
        let bytes = with_key(CALLED, at, &secret);
        Arc::new(move |_| bytes.clone())
    };
    let to = jiff::Timestamp::from_millisecond(MachineClock::new().now().as_millis())?;
    let from = to - jiff::SignedDuration::from_hours(364 * 24);
    let year = |rest: &str| format!("/v1/developer/usage?from={from:.0}&to={to:.0}&{rest}");
    Ok(Portal {
        list: get(PAGE),
        check,
        key_year: get(&year(&format!("resolution=hour&keyId={key}"))),
        account_year: get(&year("resolution=day")),
        token: visitor.token.clone(),
        secret,
        server,
    })
}
