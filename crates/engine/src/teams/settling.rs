//! How a change of a team ended: what was refused is explained by reading the team again, and so is a lost answer.

use keystow_connect::{Failure, RefusalKind};
use keystow_domain::{AccountId, MemberId, TeamBar, TeamId};

use super::{Whole, is_own};
use crate::engine::Engine;
use crate::{Trouble, words};

/// What was to be done with a team.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Rename(String),
    Delete,
    Invite(String),
    Withdraw,
    Role(MemberId),
    Remove(MemberId),
    Leave,
    HandOver(MemberId),
}

impl Engine {
    /// How a change ended. It is done if it was, or if its answer was lost and the team is as it was wanted.
    ///
    /// # Errors
    ///
    /// Says why it was not done, or that it is not known.
    pub(super) async fn settle_team<T>(
        &self,
        account: &AccountId,
        (id, name): (&TeamId, &str),
        change: &Change,
        told: Result<T, Failure>,
        done: impl FnOnce(Option<&Whole>) -> bool,
    ) -> Result<(), Trouble> {
        match told {
            Ok(_) => {
                // What it looks like now is read, not guessed; the change is made either way.
                let gone = matches!(change, Change::Delete | Change::Leave);
                if gone {
                    self.forget_team(account, id);
                } else {
                    let _ = self.read_team(account, id).await;
                }
                Ok(())
            }
            Err(Failure::Unknown(_)) => match self.read_team(account, id).await {
                Ok(now) if done(now.as_ref()) => Ok(()),
                Ok(_) => Err(words::team_not_done(name)),
                Err(_) => Err(words::team_unknown(name)),
            },
            Err(failed) => Err(self.team_refused(account, id, change, &failed).await),
        }
    }

    /// Why a change was not made. Where things are not as they were thought to be, they are read again.
    async fn team_refused(
        &self,
        account: &AccountId,
        id: &TeamId,
        change: &Change,
        failed: &Failure,
    ) -> Trouble {
        let Failure::Refused(refusal) = failed else { return words::of_teams(failed) };
        if refusal.kind == RefusalKind::Throttled && matches!(change, Change::Invite(_)) {
            // Where calls are left, it was not too many of them.
            let left = self.portal(account).ok().and_then(|portal| portal.limits()?.remaining);
            let used_up = left == Some(0);
            return if used_up { words::of_teams(failed) } else { words::team_too_many_invitations() };
        }
        let stale =
            matches!(refusal.kind, RefusalKind::NotFound | RefusalKind::Conflict | RefusalKind::Forbidden);
        if !stale {
            return words::of_teams(failed);
        }
        if refusal.kind == RefusalKind::Forbidden {
            self.read_abilities(account).await;
        }
        let now = match self.read_team(account, id).await {
            Ok(Some(now)) => now,
            Ok(None) => return words::team_gone(),
            Err(_) => return words::of_teams(failed),
        };
        let person = self.known(account).ok().and_then(|known| known.account.person);
        let looks = self.known(account).ok().and_then(|known| known.abilities);
        match refusal.kind {
            RefusalKind::Forbidden if looks.is_some_and(|abilities| abilities.only_looks()) => {
                words::only_looks()
            }
            RefusalKind::Forbidden => {
                let bar = bar(change, &now, person.as_deref());
                bar.map_or_else(words::team_role_forbids, words::team_bar)
            }
            RefusalKind::Conflict => match change {
                Change::Rename(name) => words::team_name_taken(name),
                Change::Delete => words::team_owns(refusal),
                Change::Invite(email) if is_member(&now, email) => words::team_is_member(email),
                Change::Invite(email) if waits(&now, email) => words::team_invited_before(email),
                Change::Withdraw => words::team_invitation_over(),
                Change::Leave => words::team_bar(TeamBar::LastOwner),
                Change::Role(whom) | Change::Remove(whom) | Change::HandOver(whom) => {
                    match now.team.members.iter().find(|member| member.id == *whom) {
                        None => words::team_member_gone(),
                        Some(member) => now
                            .team
                            .bar_to_lose(member)
                            .map_or_else(|| words::of_teams(failed), words::team_bar),
                    }
                }
                Change::Invite(_) => words::of_teams(failed),
            },
            // An invitation that is not there is over; the team is.
            _ if matches!(change, Change::Withdraw) => words::team_invitation_over(),
            _ => words::of_teams(failed),
        }
    }
}

/// What keeps whoever is signed in from a change, as the team is now.
fn bar(change: &Change, now: &Whole, person: Option<&str>) -> Option<TeamBar> {
    let role = &now.team.role;
    match change {
        Change::Delete | Change::HandOver(_) => role.bar_to_own(),
        Change::Rename(_) | Change::Invite(_) | Change::Withdraw => role.bar_to_manage(),
        Change::Leave => None,
        Change::Role(whom) | Change::Remove(whom) => {
            let member = now.team.members.iter().find(|member| member.id == *whom)?;
            now.team.bar_to_touch(member, is_own(member, person))
        }
    }
}

pub(super) fn is_member(now: &Whole, email: &str) -> bool {
    now.team.members.iter().any(|member| same(member.email.as_deref().unwrap_or_default(), email))
}

pub(super) fn waits(now: &Whole, email: &str) -> bool {
    now.invitations.iter().flatten().any(|invitation| same(&invitation.email, email))
}

/// Portals keep addresses in a form of their own.
fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}
