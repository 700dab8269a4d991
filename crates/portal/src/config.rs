//! How a portal is set up.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

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
    /// Proxies in front of it, which are believed about who calls (`X-Forwarded-For`).
    pub proxies: Vec<IpAddr>,
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
            proxies: Vec::new(),
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
    /// Calls of DeveloperService a minute and access token; four times as many of all tokens of an account.
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
    /// Failed sign-ins of an account, by a network or by a browser that signed in there before, until the next must
    /// wait for the end of the minute; after twice as many it waits for the end of ten minutes, after four times as
    /// many for that of the hour. A network has ten times as many in ten minutes, whichever the accounts, and an
    /// account twenty times as many in an hour, whoever tries.
    pub sign_ins: u32,
    /// Registrations an hour and network.
    pub registrations: u32,
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
        registrations: u32::MAX,
    };
}

/// The limits that can be set one by one, as [`Limits::set`] names them.
const LIMITS: [&str; 7] = ["calls", "changes", "anonymous", "gateway", "quota", "sign-ins", "registrations"];

/// Why a limit cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// No limit is called so.
    #[error("there is no limit `{0}`; there are {names}", names = LIMITS.join(", "))]
    Unknown(String),
    /// The number is none, or more than can be counted.
    #[error("`{0}` is no number that can be counted to")]
    Number(String),
}

impl Limits {
    /// Sets the limit of this name, spelled as its field with `-` between words.
    ///
    /// # Errors
    ///
    /// Fails if no limit is called so, or if the number is none.
    pub fn set(&mut self, name: &str, number: &str) -> Result<(), LimitError> {
        let wrong = || LimitError::Number(number.to_owned());
        let small = || number.parse::<u32>().map_err(|_| wrong());
        match name {
            "calls" => self.calls = small()?,
            "changes" => self.changes = small()?,
            "anonymous" => self.anonymous = small()?,
            "gateway" => self.gateway = small()?,
            "quota" => self.quota = number.parse().map_err(|_| wrong())?,
            "sign-ins" => self.sign_ins = small()?,
            "registrations" => self.registrations = small()?,
            _ => return Err(LimitError::Unknown(name.to_owned())),
        }
        Ok(())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: 600,
            changes: 120,
            anonymous: 120,
            gateway: 300,
            quota: 100_000,
            sign_ins: 5,
            registrations: 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_that_is_named_can_be_set_and_no_other() {
        let mut limits = Limits::NONE;
        for name in LIMITS {
            limits.set(name, "7").unwrap();
        }
        let seven = Limits {
            calls: 7,
            changes: 7,
            anonymous: 7,
            gateway: 7,
            quota: 7,
            sign_ins: 7,
            registrations: 7,
        };
        assert_eq!(limits, seven);
        assert_eq!(limits.set("everything", "7"), Err(LimitError::Unknown("everything".into())));
        for number in ["", "-1", "many", "5000000000"] {
            assert_eq!(limits.set("calls", number), Err(LimitError::Number(number.into())), "{number}");
        }
    }
}
