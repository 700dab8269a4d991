//! The reference portal: accounts, sign-in, DeveloperService, a metered API and usage.
//!
//! A portal is a folder of data and an address; or several of them are one database of a PostgreSQL server, and one
//! address in front of them. It may run inside another program ([`start`]) or by
//! itself (the program `keystow-portal`). It keeps no secret and no token in the clear: what it must
//! recognise it keeps as a keyed hash, what it must say again it keeps sealed under a key only the
//! caller has.

mod accounts;
mod admin;
mod answering;
mod app;
mod apps;
mod audit;
mod billing;
mod callbacks;
mod caller;
mod capabilities;
mod clients;
mod clock;
mod config;
#[cfg(feature = "crowd")]
mod crowd;
mod demo;
#[cfg(feature = "faults")]
mod faults;
mod file;
mod gateway;
mod keys;
mod limits;
mod mail;
mod meter;
mod oauth;
mod openapi;
mod opening;
mod origin;
mod pages;
mod private;
mod proxies;
mod quota;
mod random;
mod reply;
mod seal;
mod serve;
mod stamp;
mod storage;
mod teams;
mod usage;

pub use apps::Role;
pub use audit::{LogPlace, Noted, Verdict, VerifyError, verify_log};
pub use clock::SystemClock;
pub use config::{Config, LimitError, Limits, Mode, Origin, TokenDialect};
#[cfg(feature = "crowd")]
pub use crowd::{Crowd, Crowded};
#[cfg(feature = "faults")]
pub use faults::Faults;
#[cfg(feature = "smtp")]
pub use mail::{Smtp, SmtpError};
pub use openapi::document as openapi_document;
pub use serve::{PortalError, Running, start};
pub use storage::StorageError;
#[cfg(feature = "postgres")]
pub use storage::{Database, DatabaseError};
