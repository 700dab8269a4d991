//! What only a portal that keeps everything in a file can meet.

use std::sync::Arc;

use keystow_portal::{Config, PortalError, SystemClock};

#[tokio::test]
async fn a_damaged_database_is_an_error_and_is_moved_aside_only_on_request() {
    let data = tempfile::tempdir().unwrap();
    let config = Config::new(data.path());
    std::fs::write(data.path().join("portal.db"), "this is no database, however long it may be").unwrap();
    let clock = Arc::new(SystemClock::new());
    let refused = keystow_portal::start(config.clone(), clock.clone()).await;
    assert!(matches!(refused, Err(PortalError::Damaged { .. })));
    let again = Config { set_aside_damaged: true, ..config };
    let portal = keystow_portal::start(again, clock).await.unwrap();
    let aside = portal.set_aside().unwrap().to_owned();
    assert!(std::fs::read_to_string(aside).unwrap().starts_with("this is no database"));
    portal.stop().await.unwrap();
}
