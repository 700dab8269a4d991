//! T15: how many calls the portal answers.
//!
//! Listing is held against a server that does nothing but answer, a rotation against the disk: what
//! the portal promises to remember costs one write that reaches it.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::runtime::Runtime;

use crate::load::{Next, rate};
use crate::report::{self, Bar};
use crate::rounds::{Contender, Turns, interleave};
use crate::servers::Server;
use crate::stopwatch::now;
use crate::visitor::{Visitor, request};

/// Connections that call at the same time.
const CONNECTIONS: usize = 16;
/// How many call at the same time where commits may be shared.
const CROWD: usize = 64;
/// How long each is loaded in a turn.
const TURN: Duration = Duration::from_secs(1);
/// Keys on the page that is listed.
const LISTED: usize = 50;
/// Keys that are rotated in turn: enough that each has lost its old secrets when its turn comes again.
const ROTATED: usize = 200;
/// What a record of a log is taken to weigh, in bytes.
const RECORD: [u8; 64] = [b'x'; 64];

/// Measures and reports. `folder` must be on the disk that is meant.
///
/// # Errors
///
/// Fails if a server does not start or does not answer.
pub(crate) fn run(turns: Turns, folder: &Path) -> Result<()> {
    report::heading("T15", "the portal: lists and durable rotations");
    let data = tempfile::tempdir_in(folder)?;
    let runtime = Runtime::new()?;
    let (hello, portal) = (Server::hello()?, Server::portal(&data.path().join("portal"))?);
    let (list, rotate) = runtime.block_on(requests(portal.address))?;
    let greeting: Next = {
        let bytes = request("GET", "/", hello.address, "", "");
        Arc::new(move |_| bytes.clone())
    };
    let load = |to: SocketAddr, connections: usize, next: &Next| {
        runtime.block_on(rate(to, connections, TURN, Arc::clone(next)))
    };
    let log = data.path().join("log");
    let rounds = interleave(
        turns,
        vec![
            Contender::new("list of 50 keys", || load(portal.address, CONNECTIONS, &list)),
            Contender::new("bare axum", || load(hello.address, CONNECTIONS, &greeting)),
            Contender::new("rotate", || load(portal.address, CONNECTIONS, &rotate)),
            Contender::new("rotate, 64 at once", || load(portal.address, CROWD, &rotate)),
            Contender::new("append and fsync", || commits(&log)),
        ],
    )?;
    report::rounds("a second", &rounds);
    report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtLeast(0.12));
    report::ratio(&rounds.series[2], &rounds.series[4], Bar::AtLeast(0.85));
    report::ratio(&rounds.series[3], &rounds.series[4], Bar::AtLeast(2.0));
    Ok(())
}

/// The two calls that are measured. Rotations happen on another account, whose keys grow old secrets.
async fn requests(portal: SocketAddr) -> Result<(Next, Next)> {
    let mut reader = Visitor::register(portal, "reader").await?;
    let mut writer = Visitor::register(portal, "writer").await?;
    let mut rotations = Vec::new();
    for number in 0..LISTED {
        reader.create_key(&format!("reader-{number}")).await?;
    }
    for number in 0..ROTATED {
        let id = writer.create_key(&format!("writer-{number}")).await?;
        let path = format!("/v1/developer/keys/{id}/rotate");
        rotations.push(request("POST", &path, portal, &writer.token, &format!("{{\"id\":\"{id}\"}}")));
    }
    let list = request("GET", &format!("/v1/developer/keys?page_size={LISTED}"), portal, &reader.token, "");
    let next_list: Next = Arc::new(move |_| list.clone());
    let next_rotation: Next = Arc::new(move |number| rotations[number as usize % rotations.len()].clone());
    Ok((next_list, next_rotation))
}

/// Writes that reach the disk, one after the other, per second.
fn commits(path: &Path) -> Result<f64> {
    let mut file: File = OpenOptions::new().create(true).append(true).open(path)?;
    let (since, mut written) = (now(), 0_u32);
    while since.elapsed() < TURN {
        file.write_all(&RECORD)?;
        file.sync_all()?;
        written += 1;
    }
    Ok(f64::from(written) / since.elapsed().as_secs_f64())
}
