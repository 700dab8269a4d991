//! Starting a guard and listening to it for as long as it lives.
//!
//! A guard that does not confirm in time is ended, because it may hold the secret without a
//! deadline. A guard that confirmed is never ended by the app: it has its own deadline.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use keystow_domain::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::protocol::{self, Command, Event, Header};
use super::{CONFIRM, ClipboardError, ClipboardState, Shared};
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
        program: &Path,
        secret: &Secret,
        keep: Duration,
        shared: Arc<Shared>,
        number: u64,
    ) -> impl Future<Output = Result<Self, ClipboardError>> + use<> {
        let parcel = parcel(secret, keep);
        let child = spawn(program);
        async move {
            let mut guard = Pipes::of(child?)?;
            let handed_over = timeout(CONFIRM, guard.hand_over(parcel?)).await;
            match handed_over.unwrap_or(Err(ClipboardError::TimedOut)) {
                Ok(until) => Ok(Self::attend(guard, until, shared, number)),
                Err(error) => {
                    // It may hold the secret; without the app's attention it must not go on.
                    let _ = guard.child.kill().await;
                    Err(error)
                }
            }
        }
    }

    fn attend(guard: Pipes, until: Timestamp, shared: Arc<Shared>, number: u64) -> Self {
        let held = ClipboardState::Held { until };
        let (tell, life) = watch::channel(held);
        let (commands, orders) = mpsc::unbounded_channel();
        shared.publish(number, held);
        tokio::spawn(guard.listen(orders, move |state| {
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
fn parcel(secret: &Secret, keep: Duration) -> Result<Zeroizing<Vec<u8>>, ClipboardError> {
    let plain = secret.expose().as_bytes();
    if plain.len() > protocol::LONGEST {
        return Err(ClipboardError::TooLong);
    }
    let header = Header { keep, length: plain.len() }.to_line();
    let mut parcel = Zeroizing::new(Vec::with_capacity(header.len() + plain.len()));
    parcel.extend_from_slice(header.as_bytes());
    parcel.extend_from_slice(plain);
    Ok(parcel)
}

fn spawn(program: &Path) -> Result<Child, ClipboardError> {
    let mut command = tokio::process::Command::new(program);
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

    /// Writes the parcel and waits until the guard owns the clipboard; returns when it will clear it.
    async fn hand_over(&mut self, parcel: Zeroizing<Vec<u8>>) -> Result<Timestamp, ClipboardError> {
        self.stdin.write_all(&parcel).await.map_err(|_| ClipboardError::Died)?;
        drop(parcel);
        match self.next_event().await {
            Some(Event::Owned { until }) => Ok(Timestamp::from_millis(until)),
            Some(Event::Failed) => Err(ClipboardError::NoClipboard),
            Some(Event::Replaced) => Err(ClipboardError::Taken),
            _ => Err(ClipboardError::Died),
        }
    }

    async fn next_event(&mut self) -> Option<Event> {
        let line = self.events.next_line().await.ok()??;
        serde_json::from_str(&line).ok()
    }

    /// Passes commands on and reports what the guard says, to its last word.
    async fn listen(mut self, mut orders: mpsc::UnboundedReceiver<Command>, tell: impl Fn(ClipboardState)) {
        loop {
            let event = tokio::select! {
                event = self.next_event() => event,
                Some(command) = orders.recv() => {
                    // A guard that no longer listens says so by ending.
                    let _ = self.stdin.write_all(command.to_line().as_bytes()).await;
                    continue;
                }
            };
            let state = match event {
                Some(Event::Owned { until }) => ClipboardState::Held { until: Timestamp::from_millis(until) },
                Some(Event::Replaced) => ClipboardState::Replaced,
                Some(Event::Cleared) => ClipboardState::Cleared,
                Some(Event::Unverified { why }) => ClipboardState::Unverified(why),
                Some(Event::Failed) | None => ClipboardState::Lost,
            };
            tell(state);
            if !matches!(state, ClipboardState::Held { .. }) {
                break;
            }
        }
        let _ = self.child.wait().await;
    }
}
