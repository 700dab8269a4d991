//! Invitations and mails in SQLite.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    super::{InvitationStore, MailStore, TeamRefusal},
    Result, Sqlite,
    teams::{find, is_in_too_many, put_members},
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
const GOOD: &str = "i.token = ?1 AND i.email = ?2 AND i.state = 'pending' AND i.ends_at > ?3";
const WAITING: &str =
    "SELECT count(*) FROM invitations WHERE team = ?1 AND state = 'pending' AND ends_at > ?2";
const OF_TEAM: &str = "SELECT count(*) FROM invitations WHERE team = ?1 AND invited_at > ?2";
const BY_PERSON: &str = "SELECT count(*) FROM invitations WHERE invited_by = ?1 AND invited_at > ?2";
const TO_ADDRESS: &str = "SELECT count(*) FROM invitations WHERE email = ?1 AND invited_at > ?2";

fn invitation(row: &Row<'_>) -> rusqlite::Result<InvitationRecord> {
    Ok(InvitationRecord {
        id: row.get(0)?,
        token: row.get(1)?,
        team: row.get(2)?,
        email: row.get(3)?,
        role: TeamRole::read(row.get_ref(4)?.as_str()?),
        by: row.get(5)?,
        invited_at: Timestamp::from_millis(row.get(6)?),
        ends_at: Timestamp::from_millis(row.get(7)?),
        state: InvitationState::read(row.get_ref(8)?.as_str()?),
        mail: MailState::read(row.get_ref(9)?.as_str()?),
    })
}

/// How many there are of somebody, after an instant.
fn count(connection: &Connection, sql: &str, of: &str, after: Timestamp) -> rusqlite::Result<u64> {
    let found: i64 =
        connection.prepare_cached(sql)?.query_row(params![of, after.as_millis()], |row| row.get(0))?;
    Ok(found.try_into().unwrap_or_default())
}

/// What speaks against an invitation.
fn refusal(
    connection: &Connection,
    new: &InvitationRecord,
    limits: InvitationLimits,
) -> rusqlite::Result<Option<TeamRefusal>> {
    let Some(team) = find(connection, &new.by, &new.team)? else { return Ok(Some(TeamRefusal::NotFound)) };
    if let Err(refusal) = team.may_invite(new) {
        return Ok(Some(refusal));
    }
    // One that ended without an answer makes room for the next.
    let ended = "UPDATE invitations SET state = 'ended' WHERE team = ?1 AND email = ?2 AND state = 'pending'
        AND ends_at <= ?3";
    connection.prepare_cached(ended)?.execute(params![new.team, new.email, new.invited_at.as_millis()])?;
    let known =
        "SELECT EXISTS (SELECT 1 FROM invitations WHERE team = ?1 AND email = ?2 AND state = 'pending')";
    if connection.prepare_cached(known)?.query_row([&new.team, &new.email], |row| row.get(0))? {
        return Ok(Some(TeamRefusal::InvitedBefore));
    }
    if count(connection, WAITING, &new.team, new.invited_at)? + team.members.len() as u64
        >= u64::from(limits.members)
    {
        return Ok(Some(TeamRefusal::TeamFull));
    }
    let since = new.counted_since();
    let bounds = [
        (OF_TEAM, &new.team, limits.of_team),
        (BY_PERSON, &new.by, limits.by_person),
        (TO_ADDRESS, &new.email, limits.to_address),
    ];
    for (sql, of, most) in bounds {
        if count(connection, sql, of, since)? >= u64::from(most) {
            return Ok(Some(TeamRefusal::TooManyInvitations));
        }
    }
    Ok(None)
}

fn insert(connection: &Connection, new: &InvitationRecord, mail: &MailRecord) -> rusqlite::Result<()> {
    let sql = "INSERT INTO invitations (id, token, team, email, role, invited_by, invited_at, ends_at, state)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    connection.prepare_cached(sql)?.execute(params![
        new.id,
        new.token,
        new.team,
        new.email,
        new.role.word(),
        new.by,
        new.invited_at.as_millis(),
        new.ends_at.as_millis(),
        new.state.word(),
    ])?;
    let sql = "INSERT INTO mails (id, about, sealed, state, tries, queued_at, due_at)
        VALUES (?1, ?2, ?3, 'queued', 0, ?4, ?4)";
    let queued_at = mail.queued_at.as_millis();
    connection.prepare_cached(sql)?.execute(params![mail.id, mail.about, mail.sealed, queued_at])?;
    Ok(())
}

fn close(
    connection: &Connection,
    invitation: &mut InvitationRecord,
    state: InvitationState,
) -> rusqlite::Result<()> {
    invitation.state = state;
    let sql = "UPDATE invitations SET state = ?2 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute([&invitation.id, state.word()])?;
    // Nobody needs the mail any more.
    let sql = "UPDATE mails SET state = 'dropped', sealed = x'' WHERE about = ?1 AND state = 'queued'";
    connection.prepare_cached(sql)?.execute([&invitation.id]).map(drop)
}

fn withdraw(
    connection: &Connection,
    (by, team, id): (&str, &str, &str),
    now: Timestamp,
) -> rusqlite::Result<Result<InvitationRecord, TeamRefusal>> {
    let Some(found) = find(connection, by, team)? else { return Ok(Err(TeamRefusal::NotFound)) };
    if let Err(refusal) = found.must_be(by, TeamRole::Admin) {
        return Ok(Err(refusal));
    }
    let sql = format!("{INVITATION} WHERE i.team = ?1 AND i.id = ?2");
    let found = connection.prepare_cached(&sql)?.query_row([team, id], invitation).optional()?;
    let Some(mut found) = found else { return Ok(Err(TeamRefusal::NotFound)) };
    if let Err(refusal) = found.must_wait(now) {
        return Ok(Err(refusal));
    }
    close(connection, &mut found, InvitationState::Withdrawn)?;
    Ok(Ok(found))
}

fn answer(
    connection: &Connection,
    (token, account): (&Digest, &str),
    accept: bool,
    limits: InvitationLimits,
    now: Timestamp,
) -> rusqlite::Result<Result<String, TeamRefusal>> {
    let sql = format!("{INVITATION} WHERE {GOOD}");
    let email = "SELECT email FROM accounts WHERE id = ?1";
    let email: String = connection.prepare_cached(email)?.query_row([account], |row| row.get(0))?;
    let params = params![token, email, now.as_millis()];
    let found = connection.prepare_cached(&sql)?.query_row(params, invitation).optional()?;
    let Some(mut invitation) = found else { return Ok(Err(TeamRefusal::NotFound)) };
    let Some(before) = find(connection, &invitation.by, &invitation.team)? else {
        return Ok(Err(TeamRefusal::NotFound));
    };
    audit::about_team(&before);
    if !accept {
        close(connection, &mut invitation, InvitationState::Declined)?;
        return Ok(Ok(before.name));
    }
    if is_in_too_many(connection, account, limits.memberships)? {
        return Ok(Err(TeamRefusal::TooManyTeams));
    }
    let mut team = before.clone();
    if let Err(refusal) = team.let_in(&invitation, account, limits.members, now) {
        return Ok(Err(refusal));
    }
    put_members(connection, &before.members, &team)?;
    close(connection, &mut invitation, InvitationState::Accepted)?;
    Ok(Ok(team.name))
}

fn take(connection: &Connection, now: Timestamp) -> rusqlite::Result<Option<MailRecord>> {
    let sql = "SELECT id, about, sealed, queued_at, tries FROM mails WHERE state = 'queued' AND due_at <= ?1
        ORDER BY due_at, number LIMIT 1";
    let found = connection.prepare_cached(sql)?.query_row([now.as_millis()], |row| {
        Ok(MailRecord {
            id: row.get(0)?,
            about: row.get(1)?,
            sealed: row.get(2)?,
            queued_at: Timestamp::from_millis(row.get(3)?),
            tries: row.get(4)?,
        })
    });
    let Some(mut mail) = found.optional()? else { return Ok(None) };
    mail.tries += 1;
    let due_at = now.plus(pause(mail.tries)).as_millis();
    let sql = "UPDATE mails SET tries = ?2, due_at = ?3 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![mail.id, mail.tries, due_at])?;
    Ok(Some(mail))
}

#[async_trait]
impl InvitationStore for Sqlite {
    async fn invite(
        &self,
        invitation: InvitationRecord,
        mail: MailRecord,
        limits: InvitationLimits,
    ) -> Result<Result<InvitationRecord, TeamRefusal>> {
        let invited = self.writer.change(move |connection| {
            if let Some(refusal) = refusal(connection, &invitation, limits)? {
                return Ok(Err(refusal));
            }
            insert(connection, &invitation, &mail)?;
            Ok(Ok(invitation))
        });
        invited.await
    }

    async fn invitations(
        &self,
        by: &str,
        team: &str,
        now: Timestamp,
    ) -> Result<Result<Vec<InvitationRecord>, TeamRefusal>> {
        let sql = format!(
            "{INVITATION} WHERE i.team = ?1 AND i.state = 'pending' AND i.ends_at > ?2 ORDER BY i.number DESC"
        );
        self.look(|connection| {
            let Some(found) = find(connection, by, team)? else { return Ok(Err(TeamRefusal::NotFound)) };
            if let Err(refusal) = found.must_be(by, TeamRole::Admin) {
                return Ok(Err(refusal));
            }
            let mut rows = connection.prepare_cached(&sql)?;
            let waiting = rows.query_map(params![team, now.as_millis()], invitation)?;
            waiting.collect::<rusqlite::Result<_>>().map(Ok)
        })
    }

    async fn withdraw(
        &self,
        by: &str,
        team: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Result<InvitationRecord, TeamRefusal>> {
        let (by, team, id) = (by.to_owned(), team.to_owned(), id.to_owned());
        self.writer.change(move |connection| withdraw(connection, (&by, &team, &id), now)).await
    }

    async fn invited(&self, token: &Digest, email: &str, now: Timestamp) -> Result<Option<Invited>> {
        let sql = format!(
            "SELECT t.name, i.role, a.name, a.email, i.ends_at FROM invitations i JOIN teams t ON t.id = i.team
             JOIN accounts a ON a.id = i.invited_by WHERE {GOOD}"
        );
        self.row(&sql, params![token, email, now.as_millis()], |row| {
            Ok(Invited {
                team_name: row.get(0)?,
                role: TeamRole::read(row.get_ref(1)?.as_str()?),
                by_name: row.get(2)?,
                by_email: row.get(3)?,
                ends_at: Timestamp::from_millis(row.get(4)?),
            })
        })
    }

    async fn answer(
        &self,
        token: &Digest,
        account: &str,
        accept: bool,
        limits: InvitationLimits,
        now: Timestamp,
    ) -> Result<Result<String, TeamRefusal>> {
        let (token, account) = (*token, account.to_owned());
        self.writer
            .change(move |connection| answer(connection, (&token, &account), accept, limits, now))
            .await
    }
}

#[async_trait]
impl MailStore for Sqlite {
    async fn take_mail(&self, now: Timestamp) -> Result<Option<MailRecord>> {
        // Looked for first: a writer that has nothing to write does not wake the disk.
        match self.mail_due().await? {
            Some(due) if due <= now => self.writer.write(move |connection| take(connection, now)).await,
            _ => Ok(None),
        }
    }

    async fn end_mail(&self, id: &str, state: MailState) -> Result<()> {
        let id = id.to_owned();
        let ended = self.writer.write(move |connection| {
            let sql = "UPDATE mails SET state = ?2, sealed = x'' WHERE id = ?1 AND state = 'queued'";
            connection.prepare_cached(sql)?.execute([&id, state.word()])
        });
        ended.await.map(drop)
    }

    async fn mail_due(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(due_at) FROM mails WHERE state = 'queued'";
        let due = self.row(sql, [], |row| row.get::<_, Option<i64>>(0))?;
        Ok(due.flatten().map(Timestamp::from_millis))
    }

    async fn sweep_mails(&self, before: Timestamp) -> Result<()> {
        let before = before.as_millis();
        let swept = self.writer.write(move |connection| {
            connection.execute("DELETE FROM mails WHERE queued_at < ?1", [before])?;
            connection.execute("DELETE FROM invitations WHERE ends_at < ?1", [before])
        });
        swept.await.map(drop)
    }
}
