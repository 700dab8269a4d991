//! A window manager, as every desktop has one: it gives the focus to what opens, and takes it back.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _};

use crate::programs::{Program, Running};
use crate::stopwatch::now;

/// The pause between two looks.
const GLANCE: Duration = Duration::from_millis(20);
/// How long it may take to start.
const LIMIT: Duration = Duration::from_secs(10);

/// Starts one on the display of this process, and waits until it manages (Extended Window Manager Hints,
/// `_NET_SUPPORTING_WM_CHECK`). It ends with what is returned.
///
/// # Errors
///
/// Fails if it is missing or does not start.
pub(crate) fn start() -> Result<Running> {
    let (connection, screen) = x11rb::connect(None).context("cannot reach the display")?;
    let root = x11rb::connection::Connection::setup(&connection).roots[screen].root;
    let check = connection.intern_atom(false, b"_NET_SUPPORTING_WM_CHECK")?.reply()?.atom;
    let running = Program::new(Path::new("openbox")).start()?;
    loop {
        let property = connection.get_property(false, root, check, AtomEnum::WINDOW, 0, 1)?.reply()?;
        if property.value32().is_some_and(|mut windows| windows.next().is_some()) {
            return Ok(running);
        }
        ensure!(running.since.elapsed() < LIMIT, "the window manager does not start");
        thread::sleep(GLANCE.min(LIMIT.saturating_sub(now() - running.since)));
    }
}
