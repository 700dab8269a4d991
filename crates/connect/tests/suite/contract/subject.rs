//! The portals that the suite is run against.

use std::sync::Arc;

use keystow_connect::Portal;
use keystow_connect::fakes::MemoryPortal;
use keystow_vault::Secret;

use crate::support::{HandClock, secret};

/// A portal with somebody signed in and no keys yet.
pub(super) struct Subject {
    pub(super) portal: Arc<dyn Portal>,
    pub(super) token: Secret,
    pub(super) clock: Arc<HandClock>,
}

pub(super) async fn memory_extended() -> Subject {
    let clock = HandClock::new();
    Subject { portal: Arc::new(MemoryPortal::new(clock.clone())), token: secret("any"), clock }
}

pub(super) async fn memory_plain() -> Subject {
    let clock = HandClock::new();
    Subject { portal: Arc::new(MemoryPortal::plain(clock.clone())), token: secret("any"), clock }
}
