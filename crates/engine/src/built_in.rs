//! The built-in portal, as far as the engine knows of it: where it listens, or why it does not run.

use std::time::Duration;

use keystow_domain::PortalKind;
use url::Url;

use crate::engine::Engine;
use crate::events::Event;
use crate::{Trouble, words};

/// How long the built-in portal may take to start.
const PORTAL_START: Duration = Duration::from_secs(30);

/// Why the built-in portal could not be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltInFault {
    /// Its data folder cannot be used.
    Folder,
    /// Another program uses its data folder.
    Running,
    /// This computer gave it no address to listen on.
    Address,
    /// The disk is full.
    DiskFull,
    /// Its data was written by a newer version.
    Newer,
    /// A file is missing without which its database cannot be used.
    Incomplete,
    /// Its database failed.
    Database,
}

impl Engine {
    /// Tells where the built-in portal listens. Its accounts follow it to a new port.
    pub async fn set_built_in(&self, origin: &str) {
        let Ok(url) = Url::parse(origin) else { return };
        let issuer = origin.trim_end_matches('/').to_owned();
        let moved: Vec<_> = {
            let mut state = self.state();
            state.built_in = Some(url);
            state.built_in_fault = None;
            let built_in = |account: &&mut crate::AccountState| account.account.portal == PortalKind::BuiltIn;
            let changed = state.accounts.iter_mut().filter(built_in).filter(|a| a.account.issuer != issuer);
            changed
                .map(|account| {
                    account.account.issuer.clone_from(&issuer);
                    (account.account.clone(), account.session.clone())
                })
                .collect()
        };
        for (account, session) in moved {
            self.state().portals.remove(&account.id);
            self.state().issuers.remove(&account.id);
            let _ = self.0.store.save_account(account, session).await;
        }
        self.tell(Event::App);
    }

    /// Tells that the built-in portal could not be started and why, so that nobody waits for it.
    pub fn built_in_failed(&self, why: BuiltInFault) {
        self.state().built_in_fault = Some(why);
        self.tell(Event::App);
    }

    /// Tells what happened to the built-in portal at its start: a damaged database put aside, or
    /// another port because its own was taken.
    pub fn built_in_changed(&self, set_aside: Option<&str>, moved: bool) {
        let mut state = self.state();
        if let Some(file) = set_aside {
            state.notices.tell_once("built_in_set_aside", words::built_in_set_aside(file));
        }
        if moved {
            state.notices.tell_once("built_in_moved", words::built_in_moved());
        }
        drop(state);
        self.tell(Event::App);
    }

    /// Where the built-in portal listens, once it does.
    pub fn built_in(&self) -> Option<String> {
        self.state().built_in.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned())
    }

    /// What is said while the built-in portal does not run.
    pub(crate) fn built_in_down(&self) -> Trouble {
        words::built_in_down(self.state().built_in_fault)
    }

    /// The built-in portal's address, waited for while it starts.
    pub(crate) async fn built_in_started(&self) -> Result<Url, Trouble> {
        let mut events = self.watch();
        let started = async {
            loop {
                let (url, fault) = {
                    let state = self.state();
                    (state.built_in.clone(), state.built_in_fault)
                };
                match url {
                    Some(url) => return Some(url),
                    None if fault.is_some() => return None,
                    None => drop(events.recv().await),
                }
            }
        };
        let url = tokio::time::timeout(PORTAL_START, started).await.ok().flatten();
        url.ok_or_else(|| self.built_in_down())
    }
}
