//! Making, changing and deleting apps.
//!
//! Each change goes out once. Where its answer is lost the apps are read again, and what is found there is told: an
//! app is known by its name, which is unique among the apps of its owner.

use keystow_connect::{Failure, RefusalKind};
use keystow_domain::{AccountId, App, AppId, AppWish, KeyId, TeamId};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::session::ask;
use crate::{Trouble, words};

/// An app that is gone, and what went with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedApp {
    /// What it was called.
    pub name: String,
    /// The keys that were revoked with it.
    pub keys: Vec<KeyId>,
    /// Whether somebody had deleted it before.
    pub already: bool,
}

impl Engine {
    /// Makes an app.
    ///
    /// # Errors
    ///
    /// Says which fields are wrong, or what is known of an app whose answer did not arrive.
    pub async fn create_app(&self, wish: &AppWish) -> Result<App, Trouble> {
        let account = self.current_account()?;
        let turn = self.turn_of_changes(&account);
        let _turn = turn.lock().await;
        let name = wish.name.as_deref().unwrap_or_default().trim().to_owned();
        let before: Vec<AppId> = self.app_ids(&account);
        let made = ask!(self, &account, |portal, token| portal.create_app(token, wish));
        let app = match made {
            Ok(app) => app,
            Err(Failure::Unknown(_)) => {
                let whole = self.read_apps(&account).await;
                self.found_app(&account, &name, |app| app.name == name && !before.contains(&app.id), whole)?
            }
            Err(failed) => {
                return Err(self.app_change_failed(&account, None, wish.team.as_ref(), &failed).await);
            }
        };
        self.take_app(&account, app.clone());
        self.log(Note::new(Deed::AppMade).of(&account).fact("app", &app.name)).await;
        Ok(app)
    }

    /// Changes what the wish names of an app.
    ///
    /// # Errors
    ///
    /// As [`Engine::create_app`].
    pub async fn change_app(&self, id: &AppId, wish: &AppWish) -> Result<App, Trouble> {
        let account = self.current_account()?;
        let turn = self.turn_of_changes(&account);
        let _turn = turn.lock().await;
        let before = self.known_app(&account, id)?;
        let changed = ask!(self, &account, |portal, token| portal.change_app(token, id, wish));
        let app = match changed {
            Ok(app) => app,
            Err(Failure::Unknown(_)) => {
                let whole = self.read_apps(&account).await;
                let is_changed = |app: &App| app.id == *id && app.changed_at != before.changed_at;
                self.found_app(&account, &before.name, is_changed, whole)?
            }
            Err(failed) => {
                let team = before.team.as_ref();
                return Err(self.app_change_failed(&account, Some(id), team, &failed).await);
            }
        };
        self.take_app(&account, app.clone());
        self.log(Note::new(Deed::AppChanged).of(&account).fact("app", &app.name)).await;
        // What is approved decides how keys of the app stand.
        self.read_keys_of(&account, &app.keys).await;
        Ok(app)
    }

    /// Deletes an app and all its keys for good, after the person typed its name.
    ///
    /// # Errors
    ///
    /// Says why the app is still there, or that it is not known whether it is.
    pub async fn delete_app(&self, id: &AppId, typed: &str) -> Result<DeletedApp, Trouble> {
        let account = self.current_account()?;
        let turn = self.turn_of_changes(&account);
        let _turn = turn.lock().await;
        let before = self.known_app(&account, id)?;
        if typed.trim() != keystow_domain::visible(&before.name) && typed.trim() != before.name {
            return Err(words::app_name_differs());
        }
        let had = [before.keys, self.clients_of(&account, id)].concat();
        let deleted = ask!(self, &account, |portal, token| portal.delete_app(token, id));
        let (keys, already) = match deleted {
            Ok(keys) => (keys, false),
            Err(Failure::Refused(refusal)) if refusal.kind == RefusalKind::NotFound => (had, true),
            Err(Failure::Unknown(_)) => match self.is_app_gone(&account, id).await {
                Some(true) => (had, false),
                Some(false) => return Err(words::app_not_done(&before.name)),
                None => return Err(words::deletion_unknown(&before.name)),
            },
            Err(failed) => {
                let team = before.team.as_ref();
                return Err(self.app_change_failed(&account, Some(id), team, &failed).await);
            }
        };
        if let Some(known) = self.state().apps.get_mut(&account) {
            known.apps.retain(|app| app.id != *id);
            known.asks.retain(|ask| ask.app != *id);
        }
        self.log(
            Note::new(Deed::AppDeleted)
                .of(&account)
                .fact("app", &before.name)
                .fact("keys", keys.len().to_string()),
        )
        .await;
        self.tell(Event::Apps);
        self.read_keys_of(&account, &keys).await;
        self.end_clients(&account, &keys).await;
        for key in &keys {
            self.note_revoked(&account, key).await;
        }
        self.note_dead(&account).await;
        Ok(DeletedApp { name: before.name, keys, already })
    }

    /// Reads keys again whose state follows from their app. What cannot be read now is read with the list.
    pub(super) async fn read_keys_of(&self, account: &AccountId, keys: &[KeyId]) {
        for key in keys {
            let _ = self.read_key(account, key).await;
        }
        self.tell(Event::Keys);
    }

    /// An app of which a lost answer was about, as the portal has it now.
    fn found_app(
        &self,
        account: &AccountId,
        name: &str,
        is_it: impl Fn(&App) -> bool,
        whole: bool,
    ) -> Result<App, Trouble> {
        if !whole {
            return Err(words::app_unknown(name));
        }
        let state = self.state();
        let known = state.apps.get(account).map(|known| known.apps.as_slice()).unwrap_or_default();
        let found = known.iter().find(|app| is_it(app));
        found.cloned().ok_or_else(|| words::app_not_done(name))
    }

    /// Whether an app is gone; nothing if the portal cannot be asked.
    async fn is_app_gone(&self, account: &AccountId, id: &AppId) -> Option<bool> {
        let read = async { Ok::<_, Trouble>(ask!(self, account, |portal, token| portal.app(token, id))) };
        let told = read.await.ok()?.ok()?;
        let gone = told.is_none();
        if let Some(app) = told {
            self.take_app(account, app);
        }
        Some(gone)
    }

    /// What to say of a change that certainly was not made; where what is known turned out to be old, it is read again.
    pub(super) async fn app_change_failed(
        &self,
        account: &AccountId,
        id: Option<&AppId>,
        team: Option<&TeamId>,
        failed: &Failure,
    ) -> Trouble {
        match failed {
            Failure::Refused(refusal) if refusal.kind == RefusalKind::NotFound && id.is_some() => {
                self.read_apps(account).await;
            }
            Failure::Refused(refusal) if refusal.kind == RefusalKind::Forbidden => {
                let barred = self.role_refused(account, team).await;
                self.tell(Event::Apps);
                if let Some(barred) = barred {
                    return barred;
                }
            }
            _ => {}
        }
        words::of_apps(failed)
    }

    fn app_ids(&self, account: &AccountId) -> Vec<AppId> {
        let state = self.state();
        let known = state.apps.get(account).map(|known| known.apps.as_slice()).unwrap_or_default();
        known.iter().map(|app| app.id.clone()).collect()
    }

    /// One change of an account's apps at a time.
    pub(super) fn turn_of_changes(&self, account: &AccountId) -> std::sync::Arc<tokio::sync::Mutex<()>> {
        self.turn(format!("app changes {account}"))
    }
}
