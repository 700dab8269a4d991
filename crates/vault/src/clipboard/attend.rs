//! Starting a guard and listening to it for as long as it lives.
//!
//! A guard that does not confirm in time is ended, because it may hold the secret without a
//! deadline. A guard that confirmed is never ended by the app: it has its own deadline.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use keystow_domain::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::protocol::{self, Command, Event, Header};
use super::{CONFIRM, ClipboardError, ClipboardState, Receipts, Shared, Stay};
use crate::Secret;

/// A guard that holds, or held, a secret.
#[derive(Clone)]
pub(super) struct Attended {
    pub(super) number: u64,
    /// What this guard reported, whether or not its word counts.
    pub(super) life: watch::Receiver<ClipboardState>,
    commands: mpsc::UnboundedSender<Command>,
}

impl Attended {
    /// Starts a guard, gives it the secret, and waits until it owns the clipboard.
    pub(super) fn start(
        (program, register): (&Path, Option<&Path>),
        secret: &Secret,
        stay: Stay,
        shared: Arc<Shared>,
        number: u64,
    ) -> impl Future<Output = Result<Self, ClipboardError>> + use<> {
        let parcel = parcel(secret, stay);
        let child = spawn(program, register);
        async move {
            let mut guard = Pipes::of(child?)?;
            let handed_over = timeout(CONFIRM, guard.hand_over(parcel?)).await;
            match handed_over.unwrap_or(Err(ClipboardError::TimedOut)) {
                Ok(owned) => Ok(Self::attend(guard, owned, shared, number)),
                Err(error) => {
                    // It may hold the secret; without the app's attention it must not go on.
                    let _ = guard.child.kill().await;
                    Err(error)
                }
            }
        }
    }

    fn attend(guard: Pipes, (until, told): (Timestamp, bool), shared: Arc<Shared>, number: u64) -> Self {
        let held = ClipboardState::Held { until };
        let (tell, life) = watch::channel(held);
        let (commands, orders) = mpsc::unbounded_channel();
        shared.note(number, |receipts| *receipts = Receipts { told, ..Receipts::default() });
        shared.publish(number, held);
        tokio::spawn(guard.listen(orders, move |event| {
            let state = match event {
                Some(Event::Read(reading)) => return shared.note(number, |receipts| receipts.add(reading)),
                Some(Event::Owned { until, .. }) => {
                    ClipboardState::Held { until: Timestamp::from_millis(until) }
                }
                Some(Event::Replaced) => ClipboardState::Replaced,
                Some(Event::Cleared) => ClipboardState::Cleared,
                Some(Event::Unverified { why, by }) => {
                    shared.note(number, |receipts| receipts.returned_by = by);
                    ClipboardState::Unverified(why)
                }
                Some(Event::Failed) => ClipboardState::Lost,
                // The end of a guard that said before how it went.
                None if !matches!(*tell.borrow(), ClipboardState::Held { .. }) => return,
                None => ClipboardState::Lost,
            };
            tell.send_replace(state);
            shared.publish(number, state);
        }));
        Self { number, life, commands }
    }

    /// Sends a command to the guard.
    pub(super) fn send(&self, command: Command) -> Result<(), ClipboardError> {
        self.commands.send(command).map_err(|_| ClipboardError::Died)
    }
}

/// Header and secret in one buffer of exactly their size.
fn parcel(secret: &Secret, stay: Stay) -> Result<Zeroizing<Vec<u8>>, ClipboardError> {
    let plain = secret.expose().as_bytes();
    if plain.len() > protocol::LONGEST {
        return Err(ClipboardError::TooLong);
    }
    let header = Header { keep: stay.keep, length: plain.len(), once: stay.once }.to_line();
    let mut parcel = Zeroizing::new(Vec::with_capacity(header.len() + plain.len()));
    parcel.extend_from_slice(header.as_bytes());
    parcel.extend_from_slice(plain);
    Ok(parcel)
}

fn spawn(program: &Path, register: Option<&Path>) -> Result<Child, ClipboardError> {
    let mut command = tokio::process::Command::new(program);
    if let Some(folder) = register {
        command.arg(crate::guard::REGISTER).arg(folder);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().map_err(|_| ClipboardError::NoGuard)
}

/// A running guard and its pipes.
struct Pipes {
    child: Child,
    stdin: ChildStdin,
    events: Lines<BufReader<ChildStdout>>,
}

impl Pipes {
    fn of(mut child: Child) -> Result<Self, ClipboardError> {
        let (stdin, stdout) = child.stdin.take().zip(child.stdout.take()).ok_or(ClipboardError::NoGuard)?;
        Ok(Self { child, stdin, events: BufReader::new(stdout).lines() })
    }

    /// Writes the parcel and waits until the guard owns the clipboard; returns when it will clear it
    /// and whether it tells who reads.
    async fn hand_over(&mut self, parcel: Zeroizing<Vec<u8>>) -> Result<(Timestamp, bool), ClipboardError> {
        self.stdin.write_all(&parcel).await.map_err(|_| ClipboardError::Died)?;
        drop(parcel);
        match self.next_event().await {
            Some(Event::Owned { until, receipts }) => Ok((Timestamp::from_millis(until), receipts)),
            Some(Event::Failed) => Err(ClipboardError::NoClipboard),
            Some(Event::Replaced) => Err(ClipboardError::Taken),
            _ => Err(ClipboardError::Died),
        }
    }

    async fn next_event(&mut self) -> Option<Event> {
        let line = self.events.next_line().await.ok()??;
        serde_json::from_str(&line).ok()
    }

    /// Passes commands on and tells what the guard says, to its end.
    async fn listen(mut self, mut orders: mpsc::UnboundedReceiver<Command>, tell: impl Fn(Option<Event>)) {
        loop {
            let event = tokio::select! {
                event = self.next_event() => event,
                Some(command) = orders.recv() => {
                    // A guard that no longer listens says so by ending.
                    let _ = self.stdin.write_all(command.to_line().as_bytes()).await;
                    continue;
                }
            };
            let is_end = event.is_none();
            tell(event);
            if is_end {
                break;
            }
        }
        let _ = self.child.wait().await;
    }
}
