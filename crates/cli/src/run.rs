//! `keystow run`: a program with secrets in its environment, and in nobody else's.

use std::ffi::OsString;
use std::process::{ExitCode, ExitStatus};

use clap::Args;
use keystow_engine::Wanted;

use crate::{Failure, desk, say};

/// Keystow could not do its part.
const OURS: u8 = 125;
/// The program could not be started.
const UNSTARTABLE: u8 = 126;
/// There is no such program.
const MISSING: u8 = 127;

/// `keystow run`.
#[derive(Args)]
pub(crate) struct Run {
    /// A key's name or id, and the variable's name if it is not the one that is remembered or guessed.
    #[arg(long = "key", value_name = "NAME[=VAR]", required = true, value_parser = desk::wanted)]
    keys: Vec<Wanted>,
    /// Leave the program's output as it is, and give it the terminal. It may then show the secret.
    #[arg(long)]
    no_redact: bool,
    /// The program and its arguments.
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

/// Runs a program and ends as it does.
pub(crate) async fn run(run: Run) -> ExitCode {
    // Signals that come before the program runs end this one, as they should.
    let (program, arguments) = run.program.split_at(1);
    let started = async {
        let beside = desk::open().await?;
        beside.run(&run.keys, (&program[0], arguments), !run.no_redact).await
    };
    let running = match started.await {
        Ok(running) => running,
        Err(trouble) => {
            let code = match trouble.code {
                "no_program" => MISSING,
                "unstartable" => UNSTARTABLE,
                _ => OURS,
            };
            say(&Failure::from(trouble));
            return ExitCode::from(code);
        }
    };
    let id = running.id();
    tokio::select! {
        status = running.finish(tokio::io::stdout(), tokio::io::stderr()) => code(status),
        () = signals::pass_on(id) => ExitCode::from(OURS),
    }
}

/// The program's own exit status, or what a shell says of a signal.
fn code(status: std::io::Result<ExitStatus>) -> ExitCode {
    let Ok(status) = status else { return ExitCode::from(OURS) };
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal).and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::from(OURS), ExitCode::from)
}

#[cfg(unix)]
mod signals {
    use std::io::IsTerminal as _;

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{SignalKind, signal};

    /// Passes the signals that this process gets on to the program. What a terminal sends, it sends to
    /// both, so that an interrupt from there is not passed on a second time.
    pub(super) async fn pass_on(id: Option<u32>) {
        let kinds = [
            (SignalKind::terminate(), Signal::TERM),
            (SignalKind::hangup(), Signal::HUP),
            (SignalKind::interrupt(), Signal::INT),
            (SignalKind::quit(), Signal::QUIT),
            (SignalKind::user_defined1(), Signal::USR1),
            (SignalKind::user_defined2(), Signal::USR2),
        ];
        let pid = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let from_terminal = std::io::stdin().is_terminal();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        for (kind, which) in kinds {
            let Ok(mut stream) = signal(kind) else { continue };
            let tell = tell.clone();
            tokio::spawn(async move {
                while stream.recv().await.is_some() {
                    let _ = tell.send(which);
                }
            });
        }
        while let Some(which) = told.recv().await {
            let both = from_terminal && (which == Signal::INT || which == Signal::QUIT);
            if let Some(pid) = pid.filter(|_| !both) {
                let _ = kill_process(pid, which);
            }
        }
    }
}

#[cfg(not(unix))]
mod signals {
    /// A console tells every program in it by itself; this one waits for the other's end.
    pub(super) async fn pass_on(_id: Option<u32>) {
        loop {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
