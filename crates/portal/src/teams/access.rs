//! Who may do what with what somebody owns: the person it belongs to, or those who are in the team it belongs to.
//!
//! In a team the higher counts of the person's role there and their role at the portal; but who may only look at the
//! portal changes nothing anywhere, which is refused before anything else is asked. To everybody else there is no such
//! thing: the answer is that to an id that never was, after the same one question to the storage.

use super::{Membership, TeamRole};
use crate::{
    app::App,
    apps::{AppRecord, Role},
    caller::Caller,
    keys::KeyRecord,
    reply::ApiError,
    storage::{Holder, StorageError},
};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Look, at masks and usage too.
    Look,
    /// Rotate a key, and end the grace of its old secrets.
    Rotate,
    /// Make, change and end.
    Manage,
}

/// Whose apps and keys a caller sees: their own and those of their teams.
pub(crate) struct Owners {
    account: String,
    teams: Vec<Membership>,
}

impl Owners {
    /// The owners, the caller first.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.account.as_str()).chain(self.teams.iter().map(|team| team.team.as_str()))
    }

    /// The name of an owner that is a team.
    pub(crate) fn team_name(&self, owner: &str) -> Option<&str> {
        self.teams.iter().find(|team| team.team == owner).map(|team| team.name.as_str())
    }
}

impl Holder {
    /// Lets a key tell its team by the name that it has now.
    pub(crate) fn named(&self, mut key: KeyRecord) -> KeyRecord {
        if let Some((name, _)) = &self.team {
            key.owner.clone_from(name);
        }
        key
    }

    /// Lets an app tell its team by the name that it has now.
    pub(crate) fn named_app(&self, mut app: AppRecord) -> AppRecord {
        if let Some((name, _)) = &self.team {
            app.owner.clone_from(name);
        }
        app
    }
}

impl App {
    /// Whose apps and keys a caller sees.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn owners(&self, caller: &Caller) -> Result<Owners, StorageError> {
        let account = caller.account().to_owned();
        let teams = if self.is_extended() { self.storage.teams(&account).await? } else { Vec::new() };
        Ok(Owners { account, teams })
    }

    /// Who holds a key that the caller wants to do something with.
    ///
    /// # Errors
    ///
    /// 404 if it is unknown or not theirs to see, 403 if their role does not reach.
    pub(crate) async fn holder_of_key(
        &self,
        caller: &Caller,
        id: &str,
        deed: Deed,
    ) -> Result<Holder, ApiError> {
        let holder = self.storage.holder_of_key(caller.account(), id).await?;
        self.may(caller, holder, deed).await
    }

    /// Who holds an app that the caller wants to do something with; also one that was deleted and had keys.
    ///
    /// # Errors
    ///
    /// As [`Self::holder_of_key`].
    pub(crate) async fn holder_of_app(
        &self,
        caller: &Caller,
        id: &str,
        deed: Deed,
    ) -> Result<Holder, ApiError> {
        let holder = self.storage.holder_of_app(caller.account(), id).await?;
        self.may(caller, holder, deed).await
    }

    /// A team that the caller wants to do something for.
    ///
    /// # Errors
    ///
    /// As [`Self::holder_of_key`].
    pub(crate) async fn holder_team(
        &self,
        caller: &Caller,
        id: &str,
        deed: Deed,
    ) -> Result<Holder, ApiError> {
        let holder = self.storage.holder_team(caller.account(), id).await?;
        self.may(caller, holder, deed).await
    }

    async fn may(&self, caller: &Caller, holder: Option<Holder>, deed: Deed) -> Result<Holder, ApiError> {
        let holder = holder.filter(|holder| holder.team.is_none() || self.is_extended());
        let holder = holder.ok_or_else(ApiError::not_found)?;
        let role = holder.team.as_ref().map(|(_, role)| *role);
        if deed == Deed::Manage
            && role == Some(TeamRole::Member)
            && self.storage.role(caller.account()).await? != Role::Admin
        {
            return Err(ApiError::forbidden(
                "your role in the team lets you look and rotate its keys; its owners and admins may do this",
            ));
        }
        Ok(holder)
    }
}
