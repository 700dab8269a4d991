//! A data folder as a person has it: signed in at a portal, with keys in it.
//!
//! Made by the engine itself, through a real sign-in at a real portal, so that nothing here knows how
//! the app keeps what it knows.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use keystow_engine::{Address, Engine, Host, Order, Query, Setup, SystemClock};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::servers::Server;
use crate::visitor::Visitor;

/// The pause between two looks at a list that is being read.
const GLANCE: Duration = Duration::from_millis(50);
/// How long signing in and reading a long list may take.
const LIMIT: Duration = Duration::from_secs(120);

/// A data folder, and the portal it belongs to, which must answer while the app runs.
pub(crate) struct Seed {
    folder: TempDir,
    _portal: Server,
}

impl Seed {
    /// Signs in somebody who has this many keys. `guard` is the clipboard guard of the app.
    ///
    /// # Errors
    ///
    /// Fails if the sign-in does, or if the list does not arrive.
    pub(crate) fn with_keys(keys: u32, guard: &Path) -> Result<Self> {
        keystow_engine::install_tls();
        let folder = tempfile::tempdir()?;
        let portal = Server::portal(&folder.path().join("portal"))?;
        let runtime = Runtime::new()?;
        let owner = runtime.block_on(async {
            let mut owner = Visitor::register(portal.address, "owner").await?;
            for number in 0..keys {
                owner.create_key(&format!("service-{number:05}-production")).await?;
            }
            anyhow::Ok(owner)
        })?;
        let data = folder.path().join("data");
        let browser = Arc::new(Browser(Mutex::new(Some(owner))));
        runtime.block_on(sign_in(
            data,
            guard.to_owned(),
            browser,
            format!("http://{}", portal.address),
            keys,
        ))?;
        Ok(Self { folder, _portal: portal })
    }

    /// What `KEYSTOW_DATA_DIR` must be.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// A browser that says yes to whatever it is asked to open.
struct Browser(Mutex<Option<Visitor>>);

impl Host for Browser {
    fn open_browser(&self, address: &str) -> bool {
        let visitor = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut visitor) = visitor else { return false };
        let address = address.to_owned();
        thread::spawn(move || Runtime::new().map(|runtime| runtime.block_on(visitor.say_yes(&address))));
        true
    }
}

async fn sign_in(data: PathBuf, guard: PathBuf, host: Arc<Browser>, portal: String, keys: u32) -> Result<()> {
    // The name the app gives the entry of a data folder of one's own.
    let keyring_service = format!("dev.keystow.desktop {}", data.display());
    let setup = Setup { folder: data, guard, keyring_service, host, clock: Arc::new(SystemClock) };
    let engine = Engine::open(setup).await.map_err(|trouble| anyhow!("{trouble}"))?;
    let background = tokio::spawn({
        let engine = engine.clone();
        async move { engine.run().await }
    });
    let address =
        Address::Remote { address: portal, client_id: "keystow-desktop".into(), name: "Bench".into() };
    engine.start_sign_in(&address).map_err(|trouble| anyhow!("{trouble}"))?;
    let arrived = tokio::time::timeout(LIMIT, list_arrives(&engine, keys)).await;
    background.abort();
    arrived.context("the list did not arrive")?
}

async fn list_arrives(engine: &Engine, keys: u32) -> Result<()> {
    loop {
        if let Some(trouble) = engine.sign_in_sight().and_then(|sight| sight.trouble) {
            return Err(anyhow!("{trouble}")).context("the sign-in failed");
        }
        let query =
            Query { search: String::new(), environment: None, order: Order::Name, offset: 0, limit: 1 };
        if let Ok(page) = engine.keys(&query)
            && page.freshness.read_at.is_some()
        {
            ensure!(page.total == keys, "{} keys of {keys} arrived", page.total);
            return Ok(());
        }
        tokio::time::sleep(GLANCE).await;
    }
}
