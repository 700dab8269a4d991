//! T4 and T14: what the app costs while nobody looks at it.
//!
//! Both programs show their window and are closed into the tray, as people do it, and wait there at the same time, so
//! that both meet the same minutes. The panel that shows the
//! tray is a stand-in: what is asked of it is only to be there.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, Window};
use x11rb::rust_connection::RustConnection;
use zbus::blocking::{Connection, connection};
use zbus::interface;

use crate::programs::Running;
use crate::report::{self, Bar};
use crate::rounds::{Rounds, load_average};
use crate::screen::Eyes;
use crate::series::Series;
use crate::startup::{Home, Programs};
use crate::stopwatch::now;

/// After this long the window that was closed is gone with its memory.
const SETTLED: Duration = Duration::from_secs(75);
/// How long both are watched doing nothing.
const WATCHED: Duration = Duration::from_secs(300);
/// The most often it may wake in a minute.
const WAKES: f64 = 2.0;
/// How KeePassXC is told to stay in the tray when its window is closed, and to do nothing of its own.
const IN_TRAY: &str = "[General]\nConfigVersion=2\n[GUI]\nShowTrayIcon=true\nMinimizeToTray=true\n\
    MinimizeOnClose=true\nCheckForUpdates=false\nCheckForUpdatesNextCheck=0\n[Browser]\nEnabled=false\n";

/// A desktop's panel, as far as programs ask for one (StatusNotifierItem specification).
struct Panel;

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Panel {
    fn register_status_notifier_item(&self, _place: &str) {}

    fn register_status_notifier_host(&self, _name: &str) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Starts it on the session bus of this process; it ends with what is returned.
///
/// # Errors
///
/// Fails if there is no bus, or another panel on it.
pub(crate) fn panel() -> Result<Connection> {
    let panel = connection::Builder::session()?
        .name("org.kde.StatusNotifierWatcher")?
        .serve_at("/StatusNotifierWatcher", Panel)?;
    panel.build().context("there is no session bus")
}

/// Measures and reports both, since they need the same minutes.
///
/// # Errors
///
/// Fails if a program does not go into the tray.
pub(crate) fn run(programs: &Programs) -> Result<()> {
    report::heading("T4", "memory in the tray, a minute after the window was closed");
    let _panel = panel()?;
    let (our_home, their_home) = (Home::new()?, Home::new()?);
    let eyes = Eyes::open()?;
    // The first program with GTK on a display asks what it can draw, and leaves the answer there for all others: on a
    // desktop that is its panel.
    eyes.painted(programs.start_hello(&our_home)?.since)?;
    eyes.rest();
    let ours = programs.start_keystow(&our_home)?;
    eyes.painted(ours.since)?;
    eyes.rest();
    close("Keystow")?;
    eyes.rest();
    let theirs = keepassxc(&their_home)?;
    eyes.painted(theirs.since)?;
    eyes.rest();
    close("KeePassXC")?;
    thread::sleep(SETTLED);
    ensure!(ours.processes()? <= 2, "the window is still there: {} processes", ours.processes()?);
    let load = load_average()?;
    let rounds = once(load, load_average()?, [ours.memory()?, theirs.memory()?]);
    report::rounds("MiB", &rounds);
    report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtMost(0.8));

    report::heading("T14", "five minutes in the tray");
    let (before, since) = ([ours.toil()?, theirs.toil()?], now());
    thread::sleep(WATCHED);
    let after = [ours.toil()?, theirs.toil()?];
    let minutes = since.elapsed().as_secs_f64() / 60.0;
    let grown = |of: fn(&crate::programs::Toil) -> u64| {
        [0, 1].map(|side| of(&after[side]).saturating_sub(of(&before[side])) as f64)
    };
    let ticks = grown(|toil| toil.ticks);
    let wakes = grown(|toil| toil.wakes).map(|wakes| wakes / minutes);
    report::rounds("ticks of 10 ms", &once(load, load_average()?, ticks));
    // A program that uses less than a tick has no share to be compared with.
    report::bound("ticks, ours over theirs", ticks[0] / ticks[1].max(1.0), "", 1.0);
    report::rounds("wake-ups a minute", &once(load, load_average()?, wakes));
    report::bound("wake-ups a minute", wakes[0], "", WAKES);
    Ok(())
}

fn once(before: f64, after: f64, values: [f64; 2]) -> Rounds {
    let names = ["keystow", "keepassxc"].into_iter().map(str::to_owned);
    let series = names.zip(values.map(|value| [value].into_iter().collect::<Series>())).collect();
    Rounds { series, load: (before.min(after), before.max(after)), busy: 0 }
}

fn keepassxc(home: &Home) -> Result<Running> {
    let config = tempfile::Builder::new().suffix(".ini").tempfile()?;
    fs::write(&config, IN_TRAY)?;
    // It reads its file while it starts, and the file must be there for as long as it writes to it.
    let config = config.into_temp_path().keep()?;
    home.program(Path::new("keepassxc")).arg("--config").arg(config).start()
}

/// Closes the window whose title begins so, as its own button does (ICCCM, section 4.2.8.1).
///
/// # Errors
///
/// Fails if there is none.
pub(crate) fn close(title: &str) -> Result<()> {
    let (connection, screen) = x11rb::connect(None).context("cannot reach the display")?;
    let root = connection.setup().roots[screen].root;
    let mut windows = vec![root];
    let mut next = 0;
    // A window manager puts a frame around it.
    while let Some(window) = windows.get(next).copied() {
        windows.extend(connection.query_tree(window)?.reply().map(|tree| tree.children).unwrap_or_default());
        next += 1;
    }
    let found = windows.into_iter().find(|window| is_named(&connection, *window, title).unwrap_or(false));
    let window = found.with_context(|| format!("no window's title begins “{title}”"))?;
    let atom =
        |name: &str| -> Result<u32> { Ok(connection.intern_atom(false, name.as_bytes())?.reply()?.atom) };
    let data = [atom("WM_DELETE_WINDOW")?, x11rb::CURRENT_TIME, 0, 0, 0];
    let message = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS")?, data);
    connection.send_event(false, window, EventMask::NO_EVENT, message)?.check()?;
    Ok(())
}

fn is_named(connection: &RustConnection, window: Window, title: &str) -> Result<bool> {
    let name = connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 256)?;
    let shown = connection.get_window_attributes(window)?.reply()?.map_state;
    Ok(name.reply()?.value.starts_with(title.as_bytes())
        && shown == x11rb::protocol::xproto::MapState::VIEWABLE)
}
