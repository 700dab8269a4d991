//! Invitations into teams, and the mails that wait to be sent, as operations.

use async_trait::async_trait;
use keystow_domain::Timestamp;

use super::{Result, TeamRefusal};
use crate::{
    mail::{MailRecord, MailState},
    seal::Digest,
    teams::{InvitationLimits, InvitationRecord, Invited},
};

/// Invitations. They are good once, for one address, until they end.
#[async_trait]
pub(crate) trait InvitationStore: Send + Sync {
    /// Adds an invitation by somebody whose role in the team gives what it gives, with the mail that brings it.
    async fn invite(
        &self,
        invitation: InvitationRecord,
        mail: MailRecord,
        limits: InvitationLimits,
    ) -> Result<std::result::Result<InvitationRecord, TeamRefusal>>;
    /// The invitations of a team that wait for an answer at `now`, newest first, told to who may invite.
    async fn invitations(
        &self,
        by: &str,
        team: &str,
        now: Timestamp,
    ) -> Result<std::result::Result<Vec<InvitationRecord>, TeamRefusal>>;
    /// Takes an invitation back, and its mail if it was not sent.
    async fn withdraw(
        &self,
        by: &str,
        team: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<std::result::Result<InvitationRecord, TeamRefusal>>;
    /// What an invitation invites to, if it is good at `now` for who signs in with this address.
    async fn invited(&self, token: &Digest, email: &str, now: Timestamp) -> Result<Option<Invited>>;
    /// Answers an invitation as an account of its address; whoever accepts is in the team from then on. Tells the team's
    /// name.
    async fn answer(
        &self,
        token: &Digest,
        account: &str,
        accept: bool,
        limits: InvitationLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<String, TeamRefusal>>;
}

/// Mails that wait to be sent.
#[async_trait]
pub(crate) trait MailStore: Send + Sync {
    /// Takes the mail that has been due the longest, and counts the try: it is due again after a
    /// [`pause`](crate::mail::pause) unless something is told of it. No two callers take the same.
    async fn take_mail(&self, now: Timestamp) -> Result<Option<MailRecord>>;
    /// Ends the trying, and forgets what the mail said.
    async fn end_mail(&self, id: &str, state: MailState) -> Result<()>;
    /// When the next mail is due; nothing if none waits.
    async fn mail_due(&self) -> Result<Option<Timestamp>>;
    /// Forgets invitations and mails that ended before an instant.
    async fn sweep_mails(&self, before: Timestamp) -> Result<()>;
}
