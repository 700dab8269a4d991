//! The portals that the suite is run against.

use std::any::Any;
use std::sync::Arc;

use keystow_connect::Portal;
use keystow_connect::fakes::MemoryPortal;
use keystow_portal::{Mode, TokenDialect};
use keystow_vault::Secret;

use crate::portal::Desk;
use crate::support::{HandClock, secret};

/// A portal with somebody signed in and no keys yet.
pub(super) struct Subject {
    pub(super) portal: Arc<dyn Portal>,
    pub(super) token: Secret,
    pub(super) clock: Arc<HandClock>,
    /// What runs for as long as the subject is used.
    _desk: Option<Box<dyn Any>>,
}

pub(super) async fn memory_extended() -> Subject {
    let clock = HandClock::new();
    Subject { portal: Arc::new(MemoryPortal::new(clock.clone())), token: secret("any"), clock, _desk: None }
}

pub(super) async fn memory_plain() -> Subject {
    let clock = HandClock::new();
    Subject { portal: Arc::new(MemoryPortal::plain(clock.clone())), token: secret("any"), clock, _desk: None }
}

pub(super) async fn developer_service_extended() -> Subject {
    over_http(Mode::Extended).await
}

pub(super) async fn developer_service_plain() -> Subject {
    over_http(Mode::Plain).await
}

async fn over_http(mode: Mode) -> Subject {
    let desk = Desk::open(mode, TokenDialect::Both).await;
    let token = desk.sign_in().await.access;
    let (portal, clock) = (Arc::clone(&desk.portal), Arc::clone(&desk.clock));
    Subject { portal, token, clock, _desk: Some(Box::new(desk)) }
}
