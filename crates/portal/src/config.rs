//! How a portal is set up.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// How a portal is set up. Start from [`Config::new`] and change what shall differ.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder of everything the portal keeps; made if it is missing.
    pub data: PathBuf,
    /// The database of a PostgreSQL server that it keeps everything in, together with every other portal of that
    /// database; a file in the folder if there is none.
    #[cfg(feature = "postgres")]
    pub database: Option<crate::Database>,
    /// The file of the key of every hash, the same for all portals of a database; `pepper` in the folder if there is
    /// none.
    pub pepper: Option<PathBuf>,
    /// Where it listens. With port 0 the system chooses one.
    pub listen: SocketAddr,
    /// The origin under which browsers and apps reach it, as in `https://portal.example`, if that is not
    /// where it listens: the issuer of every sign-in. Needed unless `listen` is a loopback address.
    pub base_url: Option<String>,
    /// Whether the port of the last start is used again.
    pub origin: Origin,
    /// What it calls itself.
    pub name: String,
    /// Which contract it speaks.
    pub mode: Mode,
    /// Which shape of the token calls it accepts and answers.
    pub tokens: TokenDialect,
    /// How long an old secret stays accepted after a rotation, if the caller has no wish.
    pub grace: Duration,
    /// Roles that accounts are given at the start, by the address they sign in with, and keep from then on. The first
    /// account that registers is the administrator, every other a developer.
    pub roles: Vec<(String, crate::Role)>,
    /// The mail server that mails are handed to; without one each is a file in the folder `mail` of `data`.
    #[cfg(feature = "smtp")]
    pub smtp: Option<crate::Smtp>,
    /// The address that mails are from, a plain one of ASCII; `keystow` at the portal's own name if there is none.
    pub mail_from: Option<String>,
    /// Whether it is filled with sample data. Refused unless `listen` is a loopback address.
    pub demo: bool,
    /// How often it may be called.
    pub limits: Limits,
    /// Whether a gateway's connection ends with each answer, so that no secret stays in a buffer of it.
    pub forget_callers: bool,
    /// Whether a database that is damaged is moved aside, and the portal starts empty.
    pub set_aside_damaged: bool,
    /// What goes wrong on purpose.
    #[cfg(feature = "faults")]
    pub faults: crate::Faults,
}

impl Config {
    /// An extended portal for this computer alone, on a port the system chooses.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            #[cfg(feature = "postgres")]
            database: None,
            pepper: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            base_url: None,
            origin: Origin::AsListened,
            name: "Keystow portal".into(),
            mode: Mode::Extended,
            tokens: TokenDialect::Both,
            grace: Duration::from_secs(3600),
            roles: Vec::new(),
            #[cfg(feature = "smtp")]
            smtp: None,
            mail_from: None,
            demo: false,
            limits: Limits::default(),
            forget_callers: false,
            set_aside_damaged: false,
            #[cfg(feature = "faults")]
            faults: crate::Faults::default(),
        }
    }
}

/// Whether the port of the last start is used again, so that sign-ins and clients stay valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Listen exactly where the configuration says.
    AsListened,
    /// Use the port of the last start again, and fail if something else has taken it.
    Kept,
    /// Use the port of the last start again; if it is taken, choose a new one, keep that from now on,
    /// and say so through [`Running::origin_changed`](crate::Running::origin_changed).
    KeptOrMoved,
}

/// Which contract a portal speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// The documented contract alone: grace is invisible, calls cannot be repeated safely.
    Plain,
    /// Everything.
    Extended,
}

/// Which of the two documented shapes of the token calls is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TokenDialect {
    /// The shape of the API reference: lowerCamel, wrapped in `token`.
    Camel,
    /// The shape of the guide: snake_case, flat.
    Rfc,
    /// Either; a call is answered in the shape it came in.
    Both,
}

/// How often a portal may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls of DeveloperService a minute and access token.
    pub calls: u32,
    /// Keys made or rotated a minute and account.
    pub changes: u32,
    /// Calls without a good credential a minute and address; the token calls, the pages and all others
    /// are counted each by themselves.
    pub anonymous: u32,
    /// Calls of the gateway a minute and key.
    pub gateway: u32,
    /// Billable calls of the gateway a month and key.
    pub quota: u64,
    /// Failed sign-ins in five minutes and account before the next must wait.
    pub sign_ins: u32,
}

impl Limits {
    /// No limit that any program reaches; for measurements.
    pub const NONE: Self = Self {
        calls: u32::MAX,
        changes: u32::MAX,
        anonymous: u32::MAX,
        gateway: u32::MAX,
        quota: u64::MAX,
        sign_ins: u32::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls: 600, changes: 120, anonymous: 120, gateway: 300, quota: 100_000, sign_ins: 5 }
    }
}
