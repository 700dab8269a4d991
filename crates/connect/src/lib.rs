//! Portals: one trait for all of them, sign-in through the system browser, and one module for each
//! kind of portal.
//!
//! A secret that a portal issues goes from the reply's bytes into a [`keystow_vault::Secret`] and
//! nowhere else. A call that changes something goes out once: it is never repeated, redirected or
//! pooled here, and every way it can end is one of the three classes of [`Failure`].

mod admin;
mod apps;
mod clients;
mod developer_service;
mod failure;
#[cfg(feature = "fakes")]
pub mod fakes;
pub mod oauth;
mod portal;
mod portal_log;
mod teams;
mod transport;
mod trial;

pub use admin::{Admin, ReportPage};
pub use apps::{Apps, Part};
pub use clients::{Clients, Registered};
pub use developer_service::developer_service;
pub use failure::{Cause, Failure, Refusal, RefusalKind};
pub use portal::{Issued, KeyPage, Offset, PageToken, Portal, Probe, RateLimit, Revoked};
pub use portal_log::LogPage;
pub use teams::Teams;
pub use transport::{Unusable, install_tls};
pub use trial::{BadTrial, Trial};
