//! Starting a portal, keeping it tidy, and stopping it with nothing lost.

use std::{
    collections::BTreeSet,
    fs::File,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use keystow_domain::Clock;
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    accounts::{self, Passwords},
    answering,
    app::{App, router},
    apps::{self, Role},
    audit,
    config::Config,
    demo,
    keys::{InFlight, Shelf, replay},
    limits::Windows,
    mail::{self, Post},
    meter::Meter,
    oauth,
    opening::{self, Opened},
    origin,
    quota::Quotas,
    storage::StorageError,
    usage,
};

/// How long after a call its counting becomes durable.
const SETTLE: Duration = Duration::from_millis(500);
/// How often what has ended is forgotten.
const SWEEP: Duration = Duration::from_secs(600);
/// How long it is told what became of an invitation and its mail.
const MAILS_KEPT: Duration = Duration::from_secs(30 * 86_400);
/// How often the lock of the folder is asked for, and the pause between.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Why a portal cannot start or stop.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// Sample data has a known password, so it is for this computer alone.
    #[error("sample data is served on a loopback address only, and {address} is none")]
    DemoInPublic {
        /// Where the portal was to listen.
        address: SocketAddr,
    },
    /// Whoever calls from elsewhere must be told one origin, which an address to listen on is not.
    #[error(
        "{address} can be called from elsewhere, so the portal needs to be told the origin it is reached by (--base-url)"
    )]
    NoBaseUrl {
        /// Where the portal was to listen.
        address: SocketAddr,
    },
    /// The origin cannot be used.
    #[error(
        "{text} is no origin to sign in at: it must be https://NAME or https://NAME:PORT and nothing more"
    )]
    BaseUrl {
        /// What was given.
        text: String,
    },
    /// Mails cannot be from there.
    #[error("{text} is no plain mail address for mails to be from, as in portal@mail.example")]
    MailFrom {
        /// What was given.
        text: String,
    },
    /// A role cannot be given to nobody.
    #[error("no account signs in as {email}, so it cannot be given a role; register it first")]
    NoAccount {
        /// The address that was named.
        email: String,
    },
    /// Nobody would be left who can decide about what waits.
    #[error(
        "these roles leave the portal without an administrator; make another account one with --role EMAIL=admin"
    )]
    NoAdministrator,
    /// The folder cannot be used.
    #[error("{} cannot be used", folder.display())]
    Folder {
        /// The folder or the file in it.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another portal uses the folder.
    #[error("another portal is running on {}", folder.display())]
    Running {
        /// The folder.
        folder: PathBuf,
    },
    /// The kept port is taken by another program.
    #[error("{address} is taken by another program")]
    Taken {
        /// The address of the last start.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Address {
        /// Where the portal was to listen.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The database is damaged. It is set aside if
    /// [`Config::set_aside_damaged`](crate::Config::set_aside_damaged) says so.
    #[error("the database {} is damaged", file.display())]
    Damaged {
        /// The database.
        file: PathBuf,
    },
    /// The database is there and the file it cannot be used without is not.
    #[error("the file {} is missing, without which the database beside it cannot be used; put it back", file.display())]
    PepperMissing {
        /// The missing file.
        file: PathBuf,
    },
    /// The file the database is used with is the one of another.
    #[error("the file {} is not the one that this database is used with; give every portal of a database the same", file.display())]
    PepperDiffers {
        /// The file.
        file: PathBuf,
    },
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A portal that answers.
///
/// Dropping it stops it too, without waiting; what was counted in the last half second may be lost.
pub struct Running {
    pub(crate) app: Arc<App>,
    address: SocketAddr,
    origin_changed: bool,
    set_aside: Option<PathBuf>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    keeper: JoinHandle<()>,
    postman: JoinHandle<()>,
    traffic: Option<JoinHandle<()>>,
}

impl Running {
    /// The origin, which is also the issuer, as in `http://127.0.0.1:49152`.
    pub fn base_url(&self) -> &str {
        &self.app.base
    }

    /// Where it listens.
    pub fn listens_on(&self) -> SocketAddr {
        self.address
    }

    /// Whether the port of the last start was taken, so that everything signed in before must sign in
    /// again (see [`Origin::KeptOrMoved`](crate::Origin::KeptOrMoved)).
    pub fn origin_changed(&self) -> bool {
        self.origin_changed
    }

    /// Where a damaged database was moved to at this start.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// Answers what is being asked, makes everything durable, and ends.
    ///
    /// # Errors
    ///
    /// Fails if what was counted last cannot be stored.
    pub async fn stop(self) -> Result<(), PortalError> {
        let _ = self.stop.send(true);
        if let Some(traffic) = self.traffic {
            let _ = traffic.await;
        }
        let _ = self.server.await;
        let _ = self.keeper.await;
        let _ = self.postman.await;
        self.app.meter.settle(&self.app.storage).await?;
        Ok(())
    }
}

/// Starts a portal and returns when it answers.
///
/// # Errors
///
/// Fails if the folder or the address cannot be used, if another portal uses them, or if the database
/// is damaged or too new.
pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Running, PortalError> {
    check(&config)?;
    let folder = |source| PortalError::Folder { folder: config.data.clone(), source };
    make_private(&config.data).map_err(folder)?;
    let lock = lock(&config.data).await?;
    let Opened { pepper, storage, shared, set_aside } = opening::open(&config, &*clock).await?;
    let bound = origin::bind(&config.data, config.listen, config.origin).await?;
    let (base, host) = origin::known_as(bound.address, config.base_url.as_deref())?;
    // A hash is made, which takes a while.
    let passwords = tokio::task::spawn_blocking(Passwords::new).await.map_err(|_| StorageError::Stopped)?;
    let post = Post::new(&config, &host);
    let log = audit::Log::new(&pepper);
    let app = Arc::new(App {
        base,
        host,
        name: if config.demo { format!("{} (sample data)", config.name) } else { config.name },
        mode: config.mode,
        tokens: config.tokens,
        grace: config.grace,
        demo: config.demo,
        limits: config.limits,
        forget_callers: config.forget_callers,
        clock,
        pepper,
        storage,
        meter: Meter::default(),
        quotas: Quotas::new(shared.clone()),
        windows: Windows::new(shared),
        passwords,
        in_flight: InFlight::default(),
        shelf: Shelf::default(),
        post,
        log,
        _lock: lock,
        #[cfg(feature = "faults")]
        faults: config.faults,
    });
    app.storage.put_client(oauth::built_in()).await?;
    app.storage.add_products(apps::offered(&app.limits)).await?;
    if app.demo {
        demo::fill(&app).await?;
    } else {
        demo::retire(&app).await?;
    }
    give_roles(&app, &config.roles).await?;
    let (address, origin_changed) = (bound.address, bound.changed);
    let (stop, stopped) = watch::channel(false);
    let proxies = config.proxies.into();
    let answering = answering::answer(bound.listener, router(app.clone()), proxies, stopped.clone());
    let server = tokio::spawn(answering);
    let keeper = tokio::spawn(keep_tidy(app.clone(), stopped.clone()));
    let postman = tokio::spawn(mail::deliver(app.clone(), stopped.clone()));
    let traffic = app.demo.then(|| tokio::spawn(demo::traffic(app.clone(), stopped)));
    Ok(Running { app, address, origin_changed, set_aside, stop, server, keeper, postman, traffic })
}

/// Gives accounts the roles that are asked for: all of them, or none if one cannot be.
async fn give_roles(app: &App, roles: &[(String, Role)]) -> Result<(), PortalError> {
    let mut known = Vec::with_capacity(roles.len());
    for (email, role) in roles {
        let address = accounts::address(email).unwrap_or_default();
        if app.storage.account_of(&address).await?.is_none() {
            return Err(PortalError::NoAccount { email: email.clone() });
        }
        known.push((address, *role));
    }
    let before: BTreeSet<String> = app.storage.administrators().await?.into_iter().collect();
    let mut after = before.clone();
    for (address, role) in &known {
        if *role == Role::Admin {
            after.insert(address.clone());
        } else {
            after.remove(address);
        }
    }
    // Before the first registration there is none, and whoever registers is one.
    if after.is_empty() && !before.is_empty() {
        return Err(PortalError::NoAdministrator);
    }
    for (address, role) in known {
        give_role(app, &address, role).await?;
    }
    tracing::info!(administrators = ?after, "who decides about what waits");
    Ok(())
}

/// Gives an account a role, and says so in the log if it had another.
async fn give_role(app: &App, address: &str, role: Role) -> Result<(), StorageError> {
    let Some(account) = app.storage.account_of(address).await? else { return Ok(()) };
    if app.storage.role(&account.id).await? == role {
        return app.storage.set_role(address, role).await.map(drop);
    }
    let set = async {
        audit::about_account(&account.id, &account.email);
        app.storage.set_role(address, role).await.map(drop)
    };
    app.log.by_operator(app.clock.now(), "giveRole").carry(set).await
}

/// Refuses what cannot be before anything is made in the folder.
fn check(config: &Config) -> Result<(), PortalError> {
    let (address, is_public) = (config.listen, !config.listen.ip().is_loopback());
    if config.demo && is_public {
        return Err(PortalError::DemoInPublic { address });
    }
    if config.base_url.is_none() && is_public {
        return Err(PortalError::NoBaseUrl { address });
    }
    if let Some(text) = config.mail_from.clone().filter(|from| !mail::mailable(from)) {
        return Err(PortalError::MailFrom { text });
    }
    origin::known_as(address, config.base_url.as_deref()).map(drop)
}

/// Ends when the portal is told to stop or is dropped.
pub(crate) async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that nobody can tell it to stop any more, which comes to the same.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Makes what was counted durable, and forgets what has ended.
async fn keep_tidy(app: Arc<App>, stopped: watch::Receiver<bool>) {
    let mut sweep = tokio::time::interval(SWEEP);
    let mut usage_swept = UsageSwept::default();
    let stop = until(stopped.clone());
    tokio::pin!(stop);
    loop {
        let done = tokio::select! {
            () = &mut stop => return,
            () = settle_due(&app) => app.meter.settle(&app.storage).await,
            _ = sweep.tick() => {
                usage_swept.begin_if_due(&app, &stopped);
                tidy(&app).await
            }
        };
        if let Err(error) = done {
            tracing::error!(error = &error as &dyn std::error::Error, "the storage failed");
        }
    }
}

/// Waits for a call, and then for those that come with it. A portal that nobody calls does not tick.
async fn settle_due(app: &App) {
    app.meter.counted().await;
    tokio::time::sleep(SETTLE).await;
}

/// When usage was last forgotten, which is done once a day and beside everything else: a big team's takes a while,
/// and what is counted meanwhile must become durable.
#[derive(Default)]
struct UsageSwept {
    day: Option<i64>,
    running: Option<tokio::task::JoinHandle<()>>,
}

impl UsageSwept {
    fn begin_if_due(&mut self, app: &Arc<App>, stopped: &watch::Receiver<bool>) {
        let today = app.clock.now().as_secs().div_euclid(86_400);
        if self.day == Some(today) || self.running.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        self.day = Some(today);
        let (app, stopped) = (app.clone(), stopped.clone());
        self.running = Some(tokio::spawn(async move {
            if let Err(error) = usage::sweep(&app, &stopped).await {
                tracing::error!(error = &error as &dyn std::error::Error, "old usage could not be forgotten");
            }
        }));
    }
}

async fn tidy(app: &App) -> Result<(), StorageError> {
    let now = app.clock.now();
    app.windows.tidy(now).await?;
    app.storage.sweep(now).await?;
    app.storage.sweep_mails(now.minus(MAILS_KEPT)).await?;
    app.storage.sweep_calls(now.minus(replay::WINDOW), now.minus(replay::MEMORY)).await
}

/// Makes a folder that only its owner can look into.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Keeps a second portal from using the same folder.
///
/// It waits a little: a portal that was killed a moment ago may not be gone, and a program that is just
/// being started by it holds what was open until it is loaded.
async fn lock(data: &Path) -> Result<File, PortalError> {
    let folder = |source| PortalError::Folder { folder: data.to_owned(), source };
    let file = File::create(data.join("lock")).map_err(folder)?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
            Err(std::fs::TryLockError::Error(source)) => return Err(folder(source)),
        }
    }
    Err(PortalError::Running { folder: data.to_owned() })
}
