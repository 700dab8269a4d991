//! `keystow-portal`: the portal by itself.
//!
//! It prints one line, its base URL, when it answers, and stops on SIGTERM or Ctrl-C with nothing
//! lost. Everything else it has to say goes to standard error.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use clap::Parser;
use keystow_portal::{Config, Mode, SystemClock, TokenDialect};

/// Runs a developer portal: accounts, OAuth sign-in, API keys, a metered sample API and usage.
#[derive(Parser)]
#[command(name = "keystow-portal", version)]
struct Switches {
    /// Where to listen, as in 127.0.0.1:8480; port 0 takes any that is free.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// The origin under which browsers and apps reach it, as in https://portal.example; needed unless it
    /// listens on a loopback address.
    #[arg(long, value_name = "ORIGIN")]
    base_url: Option<String>,
    /// The folder of everything the portal keeps; made if it is missing.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Fills the portal with sample data; on a loopback address only.
    #[arg(long)]
    demo: bool,
    /// The documented contract alone, or everything.
    #[arg(long, value_enum, default_value = "extended")]
    mode: Mode,
    /// The shape of the token calls.
    #[arg(long, value_enum, default_value = "both")]
    token_dialect: TokenDialect,
    /// How long an old secret stays accepted after a rotation if nothing else is asked for.
    #[arg(long, value_name = "N", default_value_t = 3600)]
    grace_seconds: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let switches = Switches::parse();
    let config = Config {
        listen: switches.listen,
        base_url: switches.base_url,
        demo: switches.demo,
        mode: switches.mode,
        tokens: switches.token_dialect,
        grace: Duration::from_secs(switches.grace_seconds),
        ..Config::new(switches.data)
    };
    // Before the portal answers, so that no signal finds it unprepared.
    let asked_to_stop = asked_to_stop()?;
    let portal = keystow_portal::start(config, Arc::new(SystemClock::new()))
        .await
        .context("the portal cannot start")?;
    writeln!(io::stdout(), "{}", portal.base_url()).context("the base URL cannot be printed")?;
    asked_to_stop.await;
    portal.stop().await.context("the portal could not store everything")
}

#[cfg(unix)]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a way to be asked, the portal runs until it is ended.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
