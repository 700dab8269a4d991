//! The servers that are loaded, each in a process of its own beside the one that loads it.

#![expect(clippy::print_stdout, reason = "a server tells its parent where it listens")]

use std::io::{BufRead, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::routing::get;
use keystow_portal::{Config, Crowd, Limits, Running};
use tokio::io::{AsyncBufReadExt as _, BufReader as AsyncBufReader};
use tokio::net::TcpListener;

use crate::stopwatch::MachineClock;

/// How long the measured portal accepts an old secret.
const GRACE: Duration = Duration::from_millis(20);

/// Which server a process shall be.
#[derive(clap::Subcommand)]
pub(crate) enum Serve {
    /// One line of text from axum.
    #[command(hide = true)]
    Hello,
    /// The reference portal, without its limits.
    #[command(hide = true)]
    Portal {
        /// Its data folder.
        data: PathBuf,
    },
}

/// A server that was started. It is ended when this is dropped.
pub(crate) struct Server {
    child: Child,
    asks: ChildStdin,
    says: BufReader<ChildStdout>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts one line of text.
    ///
    /// # Errors
    ///
    /// Fails if it does not start.
    pub(crate) fn hello() -> Result<Self> {
        Self::start(Command::new(std::env::current_exe()?).arg("hello"))
    }

    /// Starts the portal.
    ///
    /// # Errors
    ///
    /// Fails if it does not start.
    pub(crate) fn portal(data: &Path) -> Result<Self> {
        Self::start(Command::new(std::env::current_exe()?).arg("portal").arg(data))
    }

    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let asks = child.stdin.take().context("no input")?;
        let mut says = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        says.read_line(&mut line)?;
        let address = line.trim().parse().with_context(|| format!("the server said `{}`", line.trim()))?;
        Ok(Self { child, asks, says, address })
    }

    /// Gives an account of the portal many keys, each used in so many hours with so many calls.
    ///
    /// # Errors
    ///
    /// Fails if the portal does not take them.
    pub(crate) fn crowd(&mut self, email: &str, keys: u32, (hours, calls): (u32, u32)) -> Result<Crowded> {
        writeln!(self.asks, "{email} {keys} {hours} {calls}")?;
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let (key, secret) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        ensure!(!secret.is_empty(), "the portal was not filled: {line}");
        Ok(Crowded { key, secret })
    }
}

/// The first of many keys, and its secret.
pub(crate) struct Crowded {
    pub(crate) key: String,
    pub(crate) secret: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Is this server until it is ended.
///
/// # Errors
///
/// Fails if it cannot listen.
pub(crate) async fn serve(what: Serve) -> Result<()> {
    match what {
        Serve::Hello => {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("{}", listener.local_addr()?);
            let router = Router::new().route("/", get(async || "hello"));
            axum::serve(listener, router).await?;
        }
        Serve::Portal { data } => {
            let mut config = Config::new(data);
            config.limits = Limits::NONE;
            // A key may have ten old secrets; rotated in a circle, it must have lost the first by then.
            config.grace = GRACE;
            let running = keystow_portal::start(config, Arc::new(MachineClock::new())).await?;
            println!("{}", running.base_url().trim_start_matches("http://").trim_end_matches('/'));
            follow(&running).await?;
        }
    }
    Ok(())
}

/// Fills accounts as the parent asks, and ends with it.
async fn follow(running: &Running) -> Result<()> {
    let mut lines = AsyncBufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let words: Vec<&str> = line.split(' ').collect();
        let [email, keys, hours, calls] = words[..] else { continue };
        let crowd = Crowd { keys: keys.parse()?, hours: hours.parse()?, calls: calls.parse()? };
        let crowded = running.crowd(email, crowd).await?;
        println!("{} {}", crowded.key, crowded.secret);
    }
    Ok(())
}
