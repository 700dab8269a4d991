//! The clipboard guard: a process that holds one secret on the clipboard and then ends.
//!
//! It lives in the program `keystow-clipboard` and nowhere else. Whatever happens to the app, the
//! guard ends by clearing the clipboard in time, or by seeing that the person put something else
//! there. It clears only what is still its own, and its end takes every copy of the secret along.

mod alarm;
mod by_content;
mod fingerprint;
mod once;
mod parcel;
mod selection;
#[cfg(not(any(target_os = "macos", windows)))]
mod x11;

use std::io::Write as _;
use std::process::ExitCode;

use tokio::sync::mpsc;

use crate::clipboard::protocol::{Command, Event};
use crate::process;
use alarm::Alarm;
use parcel::Parcel;
use selection::Selection;

/// The argument that asks only whether there is a clipboard.
pub(crate) const CHECK: &str = "--check";
/// The argument that asks for the text on the clipboard.
pub(crate) const PASTE: &str = "--paste";
/// The argument that asks to clear the clipboard if the text that is handed over is there.
pub(crate) const FORGET: &str = "--forget";
/// How the program ends if the clipboard has something else, or nothing.
pub(crate) const OTHER: i32 = 3;
/// How it ends if the clipboard has more than a secret can be.
pub(crate) const TOO_LONG: i32 = 4;

/// Runs the guard on this process's standard input and output.
///
/// It ends with a failure if it was not given a secret or could not have the clipboard.
pub fn run() -> ExitCode {
    process::harden();
    match std::env::args_os().nth(1).as_deref().and_then(std::ffi::OsStr::to_str) {
        Some(CHECK) if arboard::Clipboard::new().is_ok() => return ExitCode::SUCCESS,
        Some(CHECK) => return ExitCode::FAILURE,
        Some(PASTE) => return once::paste(),
        Some(FORGET) => return once::forget(),
        _ => {}
    }
    process::detach();
    let Some((parcel, commands)) = parcel::receive() else { return ExitCode::FAILURE };
    // The alarm, the signals and the selection are waited for together; one thread is enough.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let last = runtime.map(|runtime| runtime.block_on(hold(parcel, commands)));
    match last {
        Ok(Event::Failed) | Err(_) => {
            report(Event::Failed);
            ExitCode::FAILURE
        }
        Ok(event) => {
            report(event);
            ExitCode::SUCCESS
        }
    }
}

/// Holds the secret until something ends it; returns what did.
async fn hold(parcel: Parcel, mut commands: mpsc::UnboundedReceiver<Command>) -> Event {
    let (Ok(mut alarm), Ok(mut stop)) = (Alarm::set(parcel.keep), Stop::new()) else { return Event::Failed };
    let mut selection = match Selection::take(parcel.secret).await {
        Ok(selection) => selection,
        Err(event) => return event,
    };
    report(Event::Owned { until: alarm.until() });
    // After the app is gone nobody commands any more, and the deadline stands.
    let mut commanded = true;
    loop {
        tokio::select! {
            () = selection.lost() => return Event::Replaced,
            () = alarm.rings() => break,
            () = stop.requested() => break,
            command = commands.recv(), if commanded => match command {
                Some(Command::Clear) => break,
                Some(Command::Keep(by)) => {
                    alarm.postpone(by);
                    report(Event::Owned { until: alarm.until() });
                }
                None => commanded = false,
            },
        }
    }
    selection.release().await
}

/// Writes an event for the app. It may be gone; then there is nobody to tell.
fn report(event: Event) {
    let Ok(mut line) = serde_json::to_vec(&event) else { return };
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(&line).and_then(|()| out.flush());
}

/// The system's request to end, which the guard answers by clearing first.
#[cfg(unix)]
struct Stop([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Stop {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn requested(&mut self) {
        let [terminate, interrupt, hangup] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Stop(tokio::signal::windows::CtrlShutdown);

#[cfg(windows)]
impl Stop {
    fn new() -> std::io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_shutdown()?))
    }

    async fn requested(&mut self) {
        self.0.recv().await;
    }
}
