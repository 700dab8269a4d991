//! Invitations and mails in PostgreSQL.
//!
//! An invitation is decided about while its team is locked, and the person whom a limit is about; invitations to one
//! address, which need not be an account's, are counted one after the other. A mail is taken by one portal: the others
//! pass by a row that one of them is taking.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use tokio_postgres::Row;

use super::{
    super::{InvitationStore, MailStore, TeamRefusal},
    Postgres, Result, StorageError, can_be_kept,
    change::Change,
    digest, instant, instant_opt,
    teams::{end, find, is_in_too_many, lock, put_members},
    version, whole,
};
use crate::{
    audit,
    mail::{MailRecord, MailState, pause},
    seal::Digest,
    teams::{InvitationLimits, InvitationRecord, InvitationState, Invited, TeamRole},
};

const INVITATION: &str =
    "SELECT i.id, i.token, i.team, i.email, i.role, i.invited_by, i.invited_at, i.ends_at, i.state,
    coalesce((SELECT m.state FROM mails m WHERE m.about = i.id), '') FROM invitations i";
/// What waits for an answer of who signs in with the address.
const GOOD: &str = "i.token = $1 AND i.email = $2 AND i.state = 'pending' AND i.ends_at > $3";
const WAITING: &str =
    "SELECT count(*) FROM invitations WHERE team = $1 AND state = 'pending' AND ends_at > $2";
const OF_TEAM: &str = "SELECT count(*) FROM invitations WHERE team = $1 AND invited_at > $2";
const BY_PERSON: &str = "SELECT count(*) FROM invitations WHERE invited_by = $1 AND invited_at > $2";
const TO_ADDRESS: &str = "SELECT count(*) FROM invitations WHERE email = $1 AND invited_at > $2";
/// The lock of an address; the first of its two numbers keeps it apart from every other lock.
const ADDRESS_LOCK: &str = "SELECT pg_advisory_xact_lock(7, hashtext($1))";

fn invitation(row: &Row) -> Result<InvitationRecord> {
    Ok(InvitationRecord {
        id: row.try_get(0)?,
        token: digest(row, 1)?,
        team: row.try_get(2)?,
        email: row.try_get(3)?,
        role: TeamRole::read(row.try_get(4)?),
        by: row.try_get(5)?,
        invited_at: instant(row, 6)?,
        ends_at: instant(row, 7)?,
        state: InvitationState::read(row.try_get(8)?),
        mail: MailState::read(row.try_get(9)?),
    })
}

/// How many there are of somebody, after an instant.
async fn count(change: &Change, sql: &str, of: &str, after: Timestamp) -> Result<u64> {
    whole(&change.row(sql, &[&of, &after.as_millis()]).await?.ok_or(StorageError::Damaged)?, 0)
}

/// What speaks against an invitation.
async fn refusal(
    change: &Change,
    new: &InvitationRecord,
    limits: InvitationLimits,
) -> Result<Option<TeamRefusal>> {
    lock(change, &[&new.team, &new.by]).await?;
    change.run(ADDRESS_LOCK, &[&new.email]).await?;
    let Some(team) = find(change, &new.by, &new.team).await? else {
        return Ok(Some(TeamRefusal::NotFound));
    };
    if let Err(refusal) = team.may_invite(new) {
        return Ok(Some(refusal));
    }
    // One that ended without an answer makes room for the next.
    let ended = "UPDATE invitations SET state = 'ended' WHERE team = $1 AND email = $2 AND state = 'pending'
        AND ends_at <= $3";
    change.run(ended, &[&new.team, &new.email, &new.invited_at.as_millis()]).await?;
    let known = "SELECT 1 FROM invitations WHERE team = $1 AND email = $2 AND state = 'pending'";
    if change.row(known, &[&new.team, &new.email]).await?.is_some() {
        return Ok(Some(TeamRefusal::InvitedBefore));
    }
    let waiting = count(change, WAITING, &new.team, new.invited_at).await?;
    if waiting + team.members.len() as u64 >= u64::from(limits.members) {
        return Ok(Some(TeamRefusal::TeamFull));
    }
    let bounds = [
        (OF_TEAM, &new.team, limits.of_team),
        (BY_PERSON, &new.by, limits.by_person),
        (TO_ADDRESS, &new.email, limits.to_address),
    ];
    for (sql, of, most) in bounds {
        if count(change, sql, of, new.counted_since()).await? >= u64::from(most) {
            return Ok(Some(TeamRefusal::TooManyInvitations));
        }
    }
    Ok(None)
}

async fn insert(change: &Change, new: &InvitationRecord, mail: &MailRecord) -> Result<()> {
    let sql = "INSERT INTO invitations (id, token, team, email, role, invited_by, invited_at, ends_at, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (invited_at, ends_at) = (new.invited_at.as_millis(), new.ends_at.as_millis());
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 9] = [
        &new.id,
        &&new.token[..],
        &new.team,
        &new.email,
        &new.role.word(),
        &new.by,
        &invited_at,
        &ends_at,
        &new.state.word(),
    ];
    change.run(sql, &params).await?;
    let sql = "INSERT INTO mails (id, about, sealed, state, tries, queued_at, due_at)
        VALUES ($1, $2, $3, 'queued', 0, $4, $4)";
    change.run(sql, &[&mail.id, &mail.about, &mail.sealed, &mail.queued_at.as_millis()]).await.map(drop)
}

async fn close(change: &Change, invitation: &mut InvitationRecord, state: InvitationState) -> Result<()> {
    invitation.state = state;
    change.run("UPDATE invitations SET state = $2 WHERE id = $1", &[&invitation.id, &state.word()]).await?;
    // Nobody needs the mail any more.
    let sql = "UPDATE mails SET state = 'dropped', sealed = '' WHERE about = $1 AND state = 'queued'";
    change.run(sql, &[&invitation.id]).await.map(drop)
}

async fn withdraw(
    change: &Change,
    (by, team, id): (&str, &str, &str),
    now: Timestamp,
) -> Result<Result<InvitationRecord, TeamRefusal>> {
    lock(change, &[team]).await?;
    let Some(found) = find(change, by, team).await? else { return Ok(Err(TeamRefusal::NotFound)) };
    if let Err(refusal) = found.must_be(by, TeamRole::Admin) {
        return Ok(Err(refusal));
    }
    let sql = format!("{INVITATION} WHERE i.team = $1 AND i.id = $2");
    let Some(row) = change.row(&sql, &[&team, &id]).await? else { return Ok(Err(TeamRefusal::NotFound)) };
    let mut found = invitation(&row)?;
    if let Err(refusal) = found.must_wait(now) {
        return Ok(Err(refusal));
    }
    close(change, &mut found, InvitationState::Withdrawn).await?;
    Ok(Ok(found))
}

async fn answer(
    change: &Change,
    (token, account): (&Digest, &str),
    accept: bool,
    limits: InvitationLimits,
    now: Timestamp,
) -> Result<Result<String, TeamRefusal>> {
    // Of which team it is never changes; whether it is good is looked at only when nobody else can answer it.
    let whose = "SELECT team FROM invitations WHERE token = $1";
    let Some(row) = change.row(whose, &[&&token[..]]).await? else { return Ok(Err(TeamRefusal::NotFound)) };
    lock(change, &[row.try_get(0)?, account]).await?;
    let row = change.row("SELECT email FROM accounts WHERE id = $1", &[&account]).await?;
    let email: String = row.ok_or(StorageError::Damaged)?.try_get(0)?;
    let sql = format!("{INVITATION} WHERE {GOOD}");
    let row = change.row(&sql, &[&&token[..], &email, &now.as_millis()]).await?;
    let Some(row) = row else { return Ok(Err(TeamRefusal::NotFound)) };
    let mut invitation = invitation(&row)?;
    let Some(before) = find(change, &invitation.by, &invitation.team).await? else {
        return Ok(Err(TeamRefusal::NotFound));
    };
    audit::about_team(&before);
    if !accept {
        close(change, &mut invitation, InvitationState::Declined).await?;
        return Ok(Ok(before.name));
    }
    if is_in_too_many(change, account, limits.memberships).await? {
        return Ok(Err(TeamRefusal::TooManyTeams));
    }
    let mut team = before.clone();
    if let Err(refusal) = team.let_in(&invitation, account, limits.members, now) {
        return Ok(Err(refusal));
    }
    put_members(change, &before.members, &team).await?;
    close(change, &mut invitation, InvitationState::Accepted).await?;
    Ok(Ok(team.name))
}

#[async_trait]
impl InvitationStore for Postgres {
    async fn invite(
        &self,
        invitation: InvitationRecord,
        mail: MailRecord,
        limits: InvitationLimits,
    ) -> Result<Result<InvitationRecord, TeamRefusal>> {
        if !can_be_kept(&invitation.team) {
            return Ok(Err(TeamRefusal::NotFound));
        }
        let change = self.begin().await?;
        let outcome = match refusal(&change, &invitation, limits).await? {
            Some(refusal) => Err(refusal),
            None => {
                insert(&change, &invitation, &mail).await?;
                Ok(invitation)
            }
        };
        end(change, outcome).await
    }

    async fn invitations(
        &self,
        by: &str,
        team: &str,
        now: Timestamp,
    ) -> Result<Result<Vec<InvitationRecord>, TeamRefusal>> {
        if !can_be_kept(team) {
            return Ok(Err(TeamRefusal::NotFound));
        }
        let change = self.begin().await?;
        let found = find(&change, by, team).await?;
        let allowed = found.ok_or(TeamRefusal::NotFound).and_then(|team| team.must_be(by, TeamRole::Admin));
        if let Err(refusal) = allowed {
            return end(change, Err(refusal)).await;
        }
        let sql = format!(
            "{INVITATION} WHERE i.team = $1 AND i.state = 'pending' AND i.ends_at > $2 ORDER BY i.number DESC"
        );
        let rows = change.rows(&sql, &[&team, &now.as_millis()]).await?;
        let waiting = rows.iter().map(invitation).collect::<Result<Vec<_>>>()?;
        end(change, Ok(waiting)).await
    }

    async fn withdraw(
        &self,
        by: &str,
        team: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Result<InvitationRecord, TeamRefusal>> {
        if !can_be_kept(team) || !can_be_kept(id) {
            return Ok(Err(TeamRefusal::NotFound));
        }
        let change = self.begin().await?;
        let withdrawn = withdraw(&change, (by, team, id), now).await?;
        end(change, withdrawn).await
    }

    async fn invited(&self, token: &Digest, email: &str, now: Timestamp) -> Result<Option<Invited>> {
        let sql = format!(
            "SELECT t.name, i.role, a.name, a.email, i.ends_at FROM invitations i JOIN teams t ON t.id = i.team
             JOIN accounts a ON a.id = i.invited_by WHERE {GOOD}"
        );
        let read = |row: Row| {
            Ok(Invited {
                team_name: row.try_get(0)?,
                role: TeamRole::read(row.try_get(1)?),
                by_name: row.try_get(2)?,
                by_email: row.try_get(3)?,
                ends_at: instant(&row, 4)?,
            })
        };
        self.row(&sql, &[&&token[..], &email, &now.as_millis()]).await?.map(read).transpose()
    }

    async fn answer(
        &self,
        token: &Digest,
        account: &str,
        accept: bool,
        limits: InvitationLimits,
        now: Timestamp,
    ) -> Result<Result<String, TeamRefusal>> {
        let change = self.begin().await?;
        let answered = answer(&change, (token, account), accept, limits, now).await?;
        end(change, answered).await
    }
}

#[async_trait]
impl MailStore for Postgres {
    async fn take_mail(&self, now: Timestamp) -> Result<Option<MailRecord>> {
        let change = self.begin().await?;
        let sql =
            "SELECT id, about, sealed, queued_at, tries FROM mails WHERE state = 'queued' AND due_at <= $1
            ORDER BY due_at, number LIMIT 1 FOR UPDATE SKIP LOCKED";
        let Some(row) = change.row(sql, &[&now.as_millis()]).await? else {
            change.undo().await?;
            return Ok(None);
        };
        let mail = MailRecord {
            id: row.try_get(0)?,
            about: row.try_get(1)?,
            sealed: row.try_get(2)?,
            queued_at: instant(&row, 3)?,
            tries: version(&row, 4)? + 1,
        };
        let due_at = now.plus(pause(mail.tries)).as_millis();
        let sql = "UPDATE mails SET tries = $2, due_at = $3 WHERE id = $1";
        change.run(sql, &[&mail.id, &i64::from(mail.tries), &due_at]).await?;
        change.commit().await?;
        Ok(Some(mail))
    }

    async fn end_mail(&self, id: &str, state: MailState) -> Result<()> {
        let sql = "UPDATE mails SET state = $2, sealed = '' WHERE id = $1 AND state = 'queued'";
        self.run(sql, &[&id, &state.word()]).await.map(drop)
    }

    async fn mail_due(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(due_at) FROM mails WHERE state = 'queued'";
        self.row(sql, &[]).await?.map_or(Ok(None), |row| instant_opt(&row, 0))
    }

    async fn sweep_mails(&self, before: Timestamp) -> Result<()> {
        let before = before.as_millis();
        let change = self.begin().await?;
        change.run("SELECT pg_advisory_xact_lock($1)", &[&super::sign_in::SWEEP_LOCK]).await?;
        change.run("DELETE FROM mails WHERE queued_at < $1", &[&before]).await?;
        change.run("DELETE FROM invitations WHERE ends_at < $1", &[&before]).await?;
        change.commit().await
    }
}
