//! An invitation into a team: for one address, for a week, once.

use std::time::Duration;

use keystow_domain::Timestamp;
use zeroize::Zeroizing;

use super::TeamRole;
use crate::{
    mail::MailState,
    random,
    seal::{Digest, Pepper, Purpose},
    storage::TeamRefusal,
};

/// How long an invitation is good.
pub(crate) const LIFE: Duration = Duration::from_secs(7 * 86_400);
/// How long invitations count against the limits.
const DAY: Duration = Duration::from_secs(86_400);
/// How many letters and digits its token has: 262 bits of chance.
const TOKEN: usize = 44;

/// How far an invitation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvitationState {
    Pending,
    Accepted,
    Declined,
    Withdrawn,
}

impl InvitationState {
    /// The word in which it is kept.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads a word; what is not known lets nobody in.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            "pending" => Self::Pending,
            "accepted" => Self::Accepted,
            "declined" => Self::Declined,
            _ => Self::Withdrawn,
        }
    }
}

/// An invitation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InvitationRecord {
    pub(crate) id: String,
    /// The keyed hash of its token: the token itself is in the mail alone.
    pub(crate) token: Digest,
    pub(crate) team: String,
    /// In the form in which addresses of accounts are kept.
    pub(crate) email: String,
    pub(crate) role: TeamRole,
    /// The account that invites.
    pub(crate) by: String,
    pub(crate) invited_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    pub(crate) state: InvitationState,
    /// How far its mail is.
    pub(crate) mail: MailState,
}

/// What somebody who was invited is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invited {
    pub(crate) team_name: String,
    pub(crate) role: TeamRole,
    /// The name and the address of who invites.
    pub(crate) by_name: String,
    pub(crate) by_email: String,
    pub(crate) ends_at: Timestamp,
}

/// How many invitations and members there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InvitationLimits {
    /// Invitations of a team a day.
    pub(crate) of_team: u32,
    /// Invitations by one person a day, over all teams.
    pub(crate) by_person: u32,
    /// Invitations to one address a day, over all teams.
    pub(crate) to_address: u32,
    /// Members of a team, those included who did not answer yet.
    pub(crate) members: u32,
    /// Teams that a person is in.
    pub(crate) memberships: u32,
}

/// The limits of every portal.
pub(crate) const LIMITS: InvitationLimits = InvitationLimits {
    of_team: 20,
    by_person: 40,
    to_address: 3,
    members: 200,
    memberships: super::MOST_MEMBERSHIPS,
};

impl InvitationRecord {
    /// A new invitation, and its token.
    pub(crate) fn new(
        pepper: &Pepper,
        (team, by): (&str, &str),
        (email, role): (String, TeamRole),
        now: Timestamp,
    ) -> (Self, Zeroizing<String>) {
        let token = random::base62(TOKEN);
        let invitation = Self {
            id: random::id("inv"),
            token: hash(pepper, &token),
            team: team.to_owned(),
            email,
            role,
            by: by.to_owned(),
            invited_at: now,
            ends_at: now.plus(LIFE),
            state: InvitationState::Pending,
            mail: MailState::Queued,
        };
        (invitation, token)
    }

    /// Whether it waits for an answer at `now`.
    ///
    /// # Errors
    ///
    /// Refused with what became of it.
    pub(crate) fn must_wait(&self, now: Timestamp) -> Result<(), TeamRefusal> {
        match self.state {
            InvitationState::Pending if now < self.ends_at => Ok(()),
            InvitationState::Pending => Err(TeamRefusal::InvitationEnded),
            InvitationState::Accepted | InvitationState::Declined => Err(TeamRefusal::AnsweredBefore),
            InvitationState::Withdrawn => Err(TeamRefusal::WithdrawnBefore),
        }
    }

    /// Since when invitations count against the limits for this one.
    pub(crate) fn counted_since(&self) -> Timestamp {
        self.invited_at.minus(DAY)
    }
}

/// What is kept of a token.
pub(crate) fn hash(pepper: &Pepper, token: &str) -> Digest {
    pepper.digest(Purpose::Invitation, &[token])
}

/// Whether a text can be the token of an invitation.
pub(crate) fn is_token(text: &str) -> bool {
    text.len() == TOKEN && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
