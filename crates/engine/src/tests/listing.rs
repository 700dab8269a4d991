//! A long list beside the app: what it costs is counted, not timed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keystow_domain::{Clock, Session, Timestamp};

use super::MockHost;
use crate::list::tests::key;
use crate::{Beside, Engine, Setup};

/// A clock that counts how often it is asked.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Clock for Counting {
    fn now(&self) -> Timestamp {
        self.0.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_secs(1_800_000_000)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

#[tokio::test]
async fn the_clock_is_asked_once_for_all_keys_of_an_account_and_they_come_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Counting::default());
    let setup = || Setup {
        folder: folder.path().to_owned(),
        guard: "unused".into(),
        keyring_service: "unused".into(),
        host: Arc::new(MockHost::default()),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
    };
    let app = Engine::open(setup()).await.unwrap();
    let account = super::account();
    app.keep_account(account.clone(), Session::SignedIn).await.unwrap();
    let keys: Vec<_> = (0..2000).rev().map(|n| key(&format!("service-{n:04}"))).collect();
    app.0.store.write_keys(account.id, move || (0..).zip(keys).collect()).await.unwrap();
    drop(app);
    let beside = Beside::open(setup(), Box::new(Nobody)).await.unwrap();
    let before = clock.0.load(Ordering::Relaxed);
    let keys = beside.keys();
    assert_eq!(clock.0.load(Ordering::Relaxed) - before, 1);
    assert_eq!((keys.len(), keys[0].1.key.name.as_str()), (2000, "service-0000"));
    assert!(keys.is_sorted_by_key(|(_, row)| row.key.name.clone()));
}

/// Nobody sits at the terminal.
struct Nobody;

impl crate::Person for Nobody {
    fn confirms(&self, _name: &str) -> bool {
        false
    }
}
