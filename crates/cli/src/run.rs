//! `keystow run`: a program with secrets in its environment, and in nobody else's.

use std::ffi::OsString;
use std::process::{ExitCode, ExitStatus};

use clap::Args;
use keystow_engine::{Beside, Wanted};

use crate::{Failure, desk, ends, fail, say};
use signals::Signals;

/// `keystow run`.
#[derive(Args)]
pub(crate) struct Run {
    /// A key's name or id, and the variable's name if it is not the one that is remembered or guessed.
    #[arg(long = "key", value_name = "NAME[=VAR]", required = true, value_parser = desk::wanted)]
    keys: Vec<Wanted>,
    #[command(flatten)]
    of: desk::Of,
    /// Leave the program's output as it is, and give it the terminal. It may then show the secret.
    #[arg(long)]
    no_redact: bool,
    /// The program and its arguments.
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

/// Runs a program and ends as it does.
pub(crate) async fn run(run: Run) -> ExitCode {
    match desk::open().await {
        Ok(beside) => with(&beside, &run).await.unwrap_or_else(|failure| fail(&failure)),
        Err(trouble) => fail(&trouble.into()),
    }
}

async fn with(beside: &Beside, run: &Run) -> Result<ExitCode, Failure> {
    let ready = beside.ready(&run.of.put_on(&run.keys)).await?;
    // Until now a signal ends this program, as it should. From here on the other one gets it.
    let mut signals = Signals::listen();
    let (program, arguments) = run.program.split_at(1);
    let running = ready.run((&program[0], arguments), !run.no_redact).await?;
    let id = running.id();
    let end = tokio::select! {
        status = running.finish(tokio::io::stdout(), tokio::io::stderr()) => code(status),
        signal = signals.pass_on(id) => shown(Some(128 + signal)),
    };
    if let Some(trouble) = beside.unlogged() {
        say(&trouble);
    }
    Ok(end)
}

/// The program's own exit status, or what a shell says of a signal.
fn code(status: std::io::Result<ExitStatus>) -> ExitCode {
    let Ok(status) = status else { return ends::failed() };
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let signal = None;
    shown(status.code().or(signal))
}

fn shown(code: Option<i32>) -> ExitCode {
    code.and_then(|code| u8::try_from(code).ok()).map_or_else(ends::failed, ExitCode::from)
}

#[cfg(unix)]
mod signals {
    use std::io::IsTerminal as _;

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
    use tokio::signal::unix::{SignalKind, signal};
    use tokio::sync::mpsc;

    /// The signals that this process gets, from the moment it listens.
    pub(super) struct Signals(mpsc::UnboundedReceiver<Signal>);

    impl Signals {
        pub(super) fn listen() -> Self {
            let kinds = [
                (SignalKind::terminate(), Signal::TERM),
                (SignalKind::hangup(), Signal::HUP),
                (SignalKind::interrupt(), Signal::INT),
                (SignalKind::quit(), Signal::QUIT),
                (SignalKind::user_defined1(), Signal::USR1),
                (SignalKind::user_defined2(), Signal::USR2),
            ];
            let (tell, told) = mpsc::unbounded_channel();
            for (kind, which) in kinds {
                let Ok(mut stream) = signal(kind) else { continue };
                let tell = tell.clone();
                tokio::spawn(
                    async move { while stream.recv().await.is_some() && tell.send(which).is_ok() {} },
                );
            }
            Self(told)
        }

        /// Passes them on to the program. What a terminal sends, it sends to both, so that an interrupt from
        /// there is not passed on a second time. Ends with the signal that came after the program's own end,
        /// while others still held its output.
        pub(super) async fn pass_on(&mut self, id: Option<u32>) -> i32 {
            let pid = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            let from_terminal = std::io::stdin().is_terminal();
            while let (Some(which), Some(pid)) = (self.0.recv().await, pid) {
                let both = from_terminal && (which == Signal::INT || which == Signal::QUIT);
                if ended(pid) {
                    return which.as_raw();
                }
                if !both {
                    let _ = kill_process(pid, which);
                }
            }
            std::future::pending().await
        }
    }

    /// Whether a child of ours ended that nobody asked about yet.
    fn ended(pid: Pid) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(pid), look), Ok(None))
    }
}

#[cfg(not(unix))]
mod signals {
    /// A console tells every program in it by itself; this one waits for the other's end.
    pub(super) struct Signals;

    impl Signals {
        pub(super) fn listen() -> Self {
            Self
        }

        pub(super) async fn pass_on(&mut self, _id: Option<u32>) -> i32 {
            while tokio::signal::ctrl_c().await.is_ok() {}
            std::future::pending().await
        }
    }
}
