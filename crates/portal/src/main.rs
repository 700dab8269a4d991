//! `keystow-portal`: the portal by itself.
//!
//! It prints one line, its base URL, when it answers, and stops on SIGTERM or Ctrl-C with nothing
//! lost. Everything else it has to say goes to standard error.

mod verifying;

use std::{
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
#[cfg(feature = "smtp")]
use keystow_portal::Smtp;
use keystow_portal::{Config, Limits, Mode, Role, SystemClock, TokenDialect};
#[cfg(feature = "postgres")]
use {keystow_portal::Database, std::path::Path};

/// Runs a developer portal: accounts, OAuth sign-in, API keys, a metered sample API and usage.
#[derive(Parser)]
#[command(
    name = "keystow-portal",
    version,
    subcommand_negates_reqs = true,
    args_conflicts_with_subcommands = true
)]
struct Line {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    switches: Option<Switches>,
}

#[derive(Subcommand)]
enum Command {
    /// The log of what was done and tried.
    #[command(subcommand)]
    Audit(verifying::AuditCommand),
}

#[derive(Args)]
struct Switches {
    /// Where to listen, as in 127.0.0.1:8480; port 0 takes any that is free.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// The origin under which browsers and apps reach it, as in https://portal.example; needed unless it
    /// listens on a loopback address.
    #[arg(long, value_name = "ORIGIN")]
    base_url: Option<String>,
    /// The address of a proxy in front of the portal, which is believed about who calls (X-Forwarded-For); can be said
    /// several times. Without it everybody behind the proxy shares the limits of one address.
    #[arg(long = "proxy", value_name = "ADDRESS")]
    proxies: Vec<IpAddr>,
    /// The folder of everything the portal keeps; made if it is missing.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The database of a PostgreSQL server to keep everything in, as in postgres://portal@db.example/portal; any
    /// number of portals may share one. It may also stand in KEYSTOW_DATABASE.
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The file whose first line is the password there; PGPASSWORD counts too.
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "FILE")]
    database_password_file: Option<PathBuf>,
    /// The file that all portals of a database must have the same; by itself the file `pepper` in the folder.
    #[arg(long, value_name = "FILE")]
    pepper: Option<PathBuf>,
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
    /// The mail server that invitations are handed to, as in mail.example:587: through TLS, unless it is on this computer.
    /// Without one, each mail is a file in the folder `mail` of the data folder.
    #[cfg(feature = "smtp")]
    #[arg(long, value_name = "HOST:PORT")]
    smtp: Option<String>,
    /// The name to sign in with there; the password stands in KEYSTOW_SMTP_PASSWORD or a file.
    #[cfg(feature = "smtp")]
    #[arg(long, value_name = "NAME", requires = "smtp")]
    smtp_user: Option<String>,
    /// The file whose first line is the password there.
    #[cfg(feature = "smtp")]
    #[arg(long, value_name = "FILE", requires = "smtp_user")]
    smtp_password_file: Option<PathBuf>,
    /// The address mails are from; `keystow` at the portal's own name by itself.
    #[arg(long, value_name = "EMAIL")]
    mail_from: Option<String>,
    /// Gives an account another role, as in ada@example.com=admin; can be said several times. The roles are admin,
    /// developer and read-only. The first account of a portal is its administrator, every other a developer. A role
    /// is kept: leaving the switch out takes nothing back. Nobody proves an address when registering, so look that the
    /// account is the person's.
    #[arg(long = "role", value_name = "EMAIL=ROLE", value_parser = role)]
    roles: Vec<(String, Role)>,
    /// Sets how often something may be done, as in calls=1200; can be said several times. The names are calls (a
    /// minute and access token), changes (keys and apps made or rotated a minute and account), anonymous (calls
    /// without a good credential a minute and address), gateway (a minute and key), quota (a month and key),
    /// sign-ins (that may fail before the next must wait) and registrations (an hour and network).
    #[arg(long = "limit", value_name = "NAME=N", value_parser = limit)]
    limits: Vec<(String, String)>,
}

fn limit(text: &str) -> Result<(String, String), String> {
    let (name, number) = text.split_once('=').ok_or("say it as in calls=1200")?;
    // Tried out, so that a wrong one is told with the switch it came with.
    Limits::default().set(name, number).map_err(|wrong| wrong.to_string())?;
    Ok((name.to_owned(), number.to_owned()))
}

fn role(text: &str) -> Result<(String, Role), String> {
    let (email, role) = text.rsplit_once('=').ok_or("say it as in ada@example.com=admin")?;
    Ok((email.to_owned(), Role::from_str(role, true)?))
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let line = Line::parse();
    match (line.command, line.switches) {
        (Some(Command::Audit(command)), _) => Ok(command.run().await),
        (None, Some(switches)) => serve(switches).await.map(|()| ExitCode::SUCCESS),
        (None, None) => anyhow::bail!("say where to listen and where the data is; see --help"),
    }
}

async fn serve(switches: Switches) -> anyhow::Result<()> {
    let mut limits = Limits::default();
    for (name, number) in &switches.limits {
        limits.set(name, number)?;
    }
    let config = Config {
        #[cfg(feature = "postgres")]
        database: database(switches.database.as_deref(), switches.database_password_file.as_deref())?,
        #[cfg(feature = "smtp")]
        smtp: mail_server(&switches)?,
        mail_from: switches.mail_from,
        pepper: switches.pepper,
        listen: switches.listen,
        base_url: switches.base_url,
        proxies: switches.proxies,
        demo: switches.demo,
        mode: switches.mode,
        tokens: switches.token_dialect,
        grace: Duration::from_secs(switches.grace_seconds),
        roles: switches.roles,
        limits,
        ..Config::new(switches.data)
    };
    // Before the portal answers, so that no signal finds it unprepared.
    let asked_to_stop = asked_to_stop()?;
    let portal = keystow_portal::start(config, Arc::new(SystemClock::new()))
        .await
        .context("the portal cannot start")?;
    tracing::info!("listening on {}", portal.listens_on());
    writeln!(io::stdout(), "{}", portal.base_url()).context("the base URL cannot be printed")?;
    asked_to_stop.await;
    portal.stop().await.context("the portal could not store everything")
}

/// The database that is asked for. Its password need not be an argument, which everybody on the computer can read.
#[cfg(feature = "postgres")]
fn database(address: Option<&str>, password_file: Option<&Path>) -> anyhow::Result<Option<Database>> {
    let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    let Some(text) = address.map(str::to_owned).or_else(|| variable("KEYSTOW_DATABASE")) else {
        return Ok(None);
    };
    let mut database = Database::parse(&text)?;
    if address.is_some() && database.has_password() {
        tracing::warn!(
            "everybody on this computer can read the password in --database; see --help for other ways"
        );
    }
    if let Some(file) = password_file {
        database = database.with_password_file(file)?;
    }
    if let Some(password) = variable("PGPASSWORD") {
        database = database.with_password(password);
    }
    Ok(Some(database))
}

/// The mail server that is asked for. Its password is never an argument.
#[cfg(feature = "smtp")]
fn mail_server(switches: &Switches) -> anyhow::Result<Option<Smtp>> {
    let Some(address) = &switches.smtp else { return Ok(None) };
    let server = Smtp::parse(address)?;
    let Some(user) = switches.smtp_user.clone() else { return Ok(Some(server)) };
    if let Some(file) = &switches.smtp_password_file {
        return Ok(Some(server.with_password_file(user, file)?));
    }
    let password = std::env::var("KEYSTOW_SMTP_PASSWORD").ok().filter(|text| !text.is_empty());
    let password =
        password.context("--smtp-user needs a password: KEYSTOW_SMTP_PASSWORD or --smtp-password-file")?;
    Ok(Some(server.with_user(user, password)))
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
