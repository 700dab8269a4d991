//! Developer apps as the current account has them: what is known of them, and reading it again.
//!
//! What a portal told last is shown while it cannot be asked; only what it told is known, never what was wished for.

mod approvals;
mod changes;
mod figures;
mod telling;

use std::sync::Arc;

use keystow_connect::{Failure, PageToken, Part, Portal, RefusalKind};
use keystow_domain::{AccountId, App, AppId, Ask, Key, Product, Reported, TeamId, Timestamp};
use keystow_vault::Secret;

pub use approvals::Decided;
pub use changes::DeletedApp;
pub use figures::AppFigures;

use crate::engine::Engine;
use crate::events::Event;
use crate::list::Row;
use crate::session::ask;
use crate::{Trouble, words};

/// More pages than this are a fault of the portal.
const MOST_PAGES: usize = 200;

/// What is known of the apps of an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    products: Vec<Product>,
    apps: Vec<App>,
    asks: Vec<Ask>,
    read_at: Option<Timestamp>,
    reading: bool,
    error: Option<Trouble>,
}

/// The apps of the current account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppsSight {
    /// The apps, the newest first.
    pub apps: Vec<App>,
    /// What apps can subscribe to.
    pub products: Vec<Product>,
    /// What waits for a decision of whoever is signed in, the longest waiting first.
    pub asks: Vec<Ask>,
    /// Whether whoever is signed in decides what others ask for.
    pub decides: bool,
    /// When the portal last told all of it.
    pub read_at: Option<Timestamp>,
    /// Whether it is being asked now.
    pub reading: bool,
    /// Why it could not be asked the last time.
    pub error: Option<Trouble>,
    /// Why nothing can be changed now; nothing if it can.
    pub writes_off: Option<Trouble>,
}

/// One app with its keys.
#[derive(Debug, Clone)]
pub struct AppSight {
    /// The app.
    pub app: App,
    /// Its keys as the list has them, the newest first, and then its OAuth clients. What was revoked is not among them.
    pub keys: Vec<Row>,
    /// How many keys it has that the list does not know yet.
    pub unlisted: u32,
}

impl Engine {
    /// The apps of the current account as they were last told. Nothing is asked of the portal.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen, or its portal has no apps.
    pub fn apps(&self) -> Result<AppsSight, Trouble> {
        let account = self.current_account()?;
        let state = self.known(&account)?;
        if state.abilities.as_ref().is_some_and(|abilities| !abilities.apps) {
            return Err(words::not_offered());
        }
        let known = if self.is_hidden() {
            Known::default()
        } else {
            self.state().apps.get(&account).cloned().unwrap_or_default()
        };
        Ok(AppsSight {
            decides: state.abilities.as_ref().is_some_and(|abilities| abilities.decides()),
            writes_off: self.writes_off(&state, known.error.as_ref()),
            apps: known.apps,
            products: known.products,
            asks: known.asks,
            read_at: known.read_at,
            reading: known.reading,
            error: known.error,
        })
    }

    /// One app with its keys. Nothing is asked of the portal.
    ///
    /// # Errors
    ///
    /// Fails if it is not known.
    pub fn app(&self, id: &AppId) -> Result<AppSight, Trouble> {
        let account = self.current_account()?;
        if self.is_hidden() {
            return Err(words::app_gone());
        }
        let app = self.known_app(&account, id)?;
        let mut keys: Vec<Row> = app.keys.iter().filter_map(|key| self.row(&account, key).ok()).collect();
        let unlisted = u32::try_from(app.keys.len() - keys.len()).unwrap_or(u32::MAX);
        let clients = self.clients_of(&account, id);
        keys.extend(clients.iter().filter_map(|client| self.row(&account, client).ok()));
        Ok(AppSight { app, keys, unlisted })
    }

    /// What the app of a key is called, as far as it is known.
    pub fn app_name(&self, app: &AppId) -> Option<String> {
        let account = self.current()?;
        let state = self.state();
        let apps = &state.apps.get(&account)?.apps;
        apps.iter().find(|one| one.id == *app).map(|one| one.name.clone())
    }

    /// How many subscriptions of the current account wait for somebody, and how many wait for whoever is signed in.
    pub fn waiting(&self) -> (u32, u32) {
        let Some(account) = self.current().filter(|_| !self.is_hidden()) else { return (0, 0) };
        let state = self.state();
        let Some(known) = state.apps.get(&account) else { return (0, 0) };
        let own: usize = known.apps.iter().map(App::waiting).sum();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (count(own), count(known.asks.len()))
    }

    /// Asks the portal for apps, products and what waits, and for the role of whoever is signed in.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen; what the portal says is told by [`Engine::apps`].
    pub async fn refresh_apps(&self) -> Result<(), Trouble> {
        let account = self.current_account()?;
        self.read_abilities(&account).await;
        self.read_apps(&account).await;
        self.read_teams(&account).await;
        Ok(())
    }

    /// The apps of a team, as far as they are known.
    pub(crate) fn apps_of_team(&self, account: &AccountId, team: &TeamId) -> Vec<App> {
        let state = self.state();
        let known = state.apps.get(account).map(|known| known.apps.as_slice()).unwrap_or_default();
        known.iter().filter(|app| app.team.as_ref() == Some(team)).cloned().collect()
    }

    pub(crate) fn known_app(&self, account: &AccountId, id: &AppId) -> Result<App, Trouble> {
        let state = self.state();
        let known = state.apps.get(account).ok_or_else(words::app_gone)?;
        known.apps.iter().find(|app| app.id == *id).cloned().ok_or_else(words::app_gone)
    }

    /// Reads apps, products and the queue again, where the portal has them. Whether all of it was told.
    pub(crate) async fn read_apps(&self, account: &AccountId) -> bool {
        let turn = self.turn_of_apps(account);
        let _turn = turn.lock().await;
        let Some(abilities) = self.known(account).ok().and_then(|known| known.abilities) else {
            return false;
        };
        if !abilities.apps {
            return false;
        }
        self.state().apps.entry(account.clone()).or_default().reading = true;
        self.tell(Event::Apps);
        let read = self.ask_for_apps(account, abilities.decides()).await;
        let whole = read.is_ok();
        {
            let now = self.portal_now(account);
            let mut state = self.state();
            let known = state.apps.entry(account.clone()).or_default();
            known.reading = false;
            match read {
                Ok((products, apps, asks)) => {
                    *known = Known { products, apps, asks, read_at: Some(now), reading: false, error: None };
                }
                Err(trouble) => known.error = Some(trouble),
            }
        }
        if whole {
            self.tell_decisions(account).await;
        }
        self.tell(Event::Apps);
        whole
    }

    async fn ask_for_apps(
        &self,
        account: &AccountId,
        decides: bool,
    ) -> Result<(Vec<Product>, Vec<App>, Vec<Ask>), Trouble> {
        let products = ask!(self, account, |portal, token| portal.products(token));
        let products = products.map_err(|failed| words::of_apps(&failed))?;
        let apps = ask!(self, account, |portal, token| all_apps(portal, token));
        let apps = apps.map_err(|failed| words::of_apps(&failed))?;
        if !decides {
            return Ok((products, apps, Vec::new()));
        }
        let asks = ask!(self, account, |portal, token| all_asks(portal, token));
        match asks {
            Ok(asks) => Ok((products, apps, asks)),
            Err(Failure::Refused(refusal)) if refusal.kind == RefusalKind::Forbidden => {
                // Not an administrator any more: what the account may do is read again.
                self.read_abilities(account).await;
                Ok((products, apps, Vec::new()))
            }
            Err(failed) => Err(words::of_apps(&failed)),
        }
    }

    /// One reading or change of an account's apps at a time.
    fn turn_of_apps(&self, account: &AccountId) -> Arc<tokio::sync::Mutex<()>> {
        self.turn(format!("apps {account}"))
    }

    /// Takes over which app a key belongs to, as the portal just told it: the app itself is read again later.
    pub(crate) fn take_key_of_app(&self, account: &AccountId, key: &Key) {
        let Some(of) = key.app.as_ref().filter(|_| key.client.is_none()) else { return };
        let mut state = self.state();
        let Some(known) = state.apps.get_mut(account) else { return };
        let Some(app) = known.apps.iter_mut().find(|app| app.id == *of) else { return };
        if key.reported == Reported::Revoked {
            app.keys.retain(|id| *id != key.id);
        } else if !app.keys.contains(&key.id) {
            app.keys.insert(0, key.id.clone());
        }
    }

    /// Takes over an app as the portal just told it.
    fn take_app(&self, account: &AccountId, app: App) {
        {
            let mut state = self.state();
            let known = state.apps.entry(account.clone()).or_default();
            match known.apps.iter_mut().find(|one| one.id == app.id) {
                Some(one) => *one = app,
                None => known.apps.insert(0, app),
            }
        }
        self.tell(Event::Apps);
        self.tell(Event::Keys);
    }
}

async fn all_apps(portal: &dyn Portal, token: &Secret) -> Result<Vec<App>, Failure> {
    let mut all: Vec<App> = Vec::new();
    let mut from = None;
    for _ in 0..MOST_PAGES {
        let Part { all: mut part, next } = portal.apps(token, from.as_ref()).await?;
        // An app that was made meanwhile moves the pages.
        part.retain(|app| all.iter().all(|one| one.id != app.id));
        all.append(&mut part);
        match moved_on(next, from.as_ref()) {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    Ok(all)
}

async fn all_asks(portal: &dyn Portal, token: &Secret) -> Result<Vec<Ask>, Failure> {
    let mut all: Vec<Ask> = Vec::new();
    let mut from = None;
    for _ in 0..MOST_PAGES {
        let Part { all: mut part, next } = portal.approvals(token, from.as_ref()).await?;
        part.retain(|ask| all.iter().all(|one| one.subscription.id != ask.subscription.id));
        all.append(&mut part);
        match moved_on(next, from.as_ref()) {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    Ok(all)
}

/// A next page that is another one.
fn moved_on(next: Option<PageToken>, from: Option<&PageToken>) -> Option<PageToken> {
    next.filter(|next| Some(next) != from)
}
