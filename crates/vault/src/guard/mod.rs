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
use std::time::Duration;

use tokio::sync::mpsc;

use crate::clipboard::protocol::{Command, Event};
use crate::process;
use alarm::Alarm;
use parcel::Parcel;
use selection::{Happening, Selection};

/// The argument that asks only whether there is a clipboard.
pub(crate) const CHECK: &str = "--check";
/// The argument that asks for the text on the clipboard.
pub(crate) const PASTE: &str = "--paste";
/// The argument that asks to clear the clipboard if the text that is handed over is there.
pub(crate) const FORGET: &str = "--forget";
/// The argument before the folder in which the guard writes itself down.
pub(crate) const REGISTER: &str = "--register";
/// How the program ends if the clipboard has something else, or nothing.
pub(crate) const OTHER: i32 = 3;
/// How long after a clear the guard looks whether somebody puts the secret back.
const RETURN: Duration = Duration::from_millis(1500);
/// How long it can be told to clear once more what was put back.
const RETRY: Duration = Duration::from_secs(120);
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
    let entry = Entry::wanted();
    process::detach();
    let Some((parcel, commands)) = parcel::receive() else { return ExitCode::FAILURE };
    // The alarm, the signals and the selection are waited for together; one thread is enough.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let held = runtime.is_ok_and(|runtime| runtime.block_on(hold(parcel, commands, entry)));
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Holds the secret until something ends it, and stays a moment to see that it does not come back;
/// whether it had the clipboard at all.
async fn hold(parcel: Parcel, mut commands: mpsc::UnboundedReceiver<Command>, mut entry: Entry) -> bool {
    let (Ok(alarm), Ok(mut stop)) = (Alarm::set(parcel.keep), Stop::new()) else {
        report(&Event::Failed);
        return false;
    };
    let (once, taken) = (parcel.once, Selection::take(parcel.secret, parcel.once).await);
    let mut selection = match taken {
        Ok(selection) => selection,
        Err(event) => {
            entry.close(true);
            report(&event);
            return event != Event::Failed;
        }
    };
    if wait(&mut selection, once, alarm, (&mut commands, &mut stop)).await == Turn::Lost {
        report(&Event::Replaced);
        entry.close(true);
        return true;
    }
    let (readings, event) = selection.release().await;
    readings.into_iter().for_each(|reading| report(&Event::Read(reading)));
    stay(&mut selection, event, (&mut commands, &mut stop), &mut entry).await;
    true
}

/// Stays for a moment after the end of the copy, to see that the secret does not come back, and for longer to
/// clear it once more where it may still be there.
async fn stay(
    selection: &mut Selection,
    mut event: Event,
    (commands, stop): (&mut mpsc::UnboundedReceiver<Command>, &mut Stop),
    entry: &mut Entry,
) {
    let mut stopped = false;
    loop {
        // The entry follows what is known: what is cleared later is gone from there too.
        entry.close(!matches!(event, Event::Unverified { .. }));
        report(&event);
        let stays = match event {
            _ if stopped => return,
            Event::Cleared if selection.may_return() => RETURN,
            Event::Unverified { .. } => RETRY,
            _ => return,
        };
        event = tokio::select! {
            back = selection.returned(), if event == Event::Cleared => back,
            Some(Command::Clear) = commands.recv() => selection.clear_again().await,
            () = stop.requested() => {
                if event == Event::Cleared {
                    return;
                }
                // Nobody is there to ask for it any more.
                stopped = true;
                selection.clear_again().await
            }
            () = tokio::time::sleep(stays) => return,
        };
    }
}

/// The guard's entry in the register, where one was asked for and could be made. A guard that nobody knows of
/// still keeps its own time.
#[cfg(unix)]
struct Entry(Option<crate::clipboard::register::Entry>);

#[cfg(unix)]
impl Entry {
    fn wanted() -> Self {
        let mut arguments = std::env::args_os().skip(1);
        let asked = arguments.next().is_some_and(|word| word == REGISTER);
        let folder = arguments.next().filter(|_| asked);
        Self(folder.and_then(|folder| crate::clipboard::register::Entry::write(folder.as_ref()).ok()))
    }

    fn close(&mut self, verified: bool) {
        if let Some(entry) = &mut self.0 {
            entry.close(verified);
        }
    }
}

/// Only the guard's own time clears it here.
#[cfg(not(unix))]
struct Entry;

#[cfg(not(unix))]
impl Entry {
    fn wanted() -> Self {
        Self
    }

    fn close(&mut self, _verified: bool) {}
}

/// Why the wait for the end of a copy is over.
#[derive(PartialEq, Eq)]
enum Turn {
    /// The clipboard has something else.
    Lost,
    /// It is time to clear it.
    Over,
}

/// Waits until the copy is lost, or it is time to clear it.
async fn wait(
    selection: &mut Selection,
    once: bool,
    mut alarm: Alarm,
    (commands, stop): (&mut mpsc::UnboundedReceiver<Command>, &mut Stop),
) -> Turn {
    let receipts = selection.tells_readers();
    report(&Event::Owned { until: alarm.until(), receipts });
    // After the app is gone nobody commands any more, and the deadline stands.
    let mut commanded = true;
    loop {
        tokio::select! {
            happening = selection.happens() => match happening {
                Happening::Lost => return Turn::Lost,
                Happening::Read(reading) => {
                    let was_pasted = once && reading.by.is_paste();
                    report(&Event::Read(reading));
                    if was_pasted {
                        return Turn::Over;
                    }
                }
            },
            () = alarm.rings() => return Turn::Over,
            () = stop.requested() => return Turn::Over,
            command = commands.recv(), if commanded => match command {
                Some(Command::Clear) => return Turn::Over,
                Some(Command::Keep(by)) => {
                    alarm.postpone(by);
                    report(&Event::Owned { until: alarm.until(), receipts });
                }
                None => commanded = false,
            },
        }
    }
}

/// Writes an event for the app. It may be gone; then there is nobody to tell.
fn report(event: &Event) {
    let Ok(mut line) = serde_json::to_vec(event) else { return };
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
