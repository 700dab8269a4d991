//! Teams in SQLite. One thread writes, so that whoever changes a team finds what the one before left.

use std::collections::HashSet;

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    super::{Holder, TeamChange, TeamRefusal, TeamStore},
    Result, Sqlite,
};
use crate::teams::{Member, Membership, Team, TeamRole, is_team};

const TEAM: &str = "SELECT t.id, t.name, t.founder, t.created_at FROM teams t
    WHERE t.id = ?2 AND EXISTS (SELECT 1 FROM memberships m WHERE m.team = t.id AND m.account = ?1)";
const MEMBERS: &str = "SELECT m.account, a.name, a.email, m.role, m.joined_at FROM memberships m
    JOIN accounts a ON a.id = m.account WHERE m.team = ?1 ORDER BY m.joined_at, m.account";
const TEAMS: &str =
    "SELECT t.id, t.name, m.role, (SELECT count(*) FROM memberships o WHERE o.team = t.id), t.created_at
    FROM memberships m JOIN teams t ON t.id = m.team WHERE m.account = ?1 ORDER BY t.number DESC";

const HOLDER_OF_KEY: &str = "SELECT k.account, t.name, m.role FROM keys k
    LEFT JOIN memberships m ON m.team = k.account AND m.account = ?1 LEFT JOIN teams t ON t.id = m.team
    WHERE k.id = ?2 AND (k.account = ?1 OR t.id IS NOT NULL)";
const HOLDER_OF_APP: &str = "SELECT o.account, t.name, m.role
    FROM (SELECT account FROM apps WHERE id = ?2 UNION SELECT account FROM keys WHERE app = ?2 AND app <> '') o
    LEFT JOIN memberships m ON m.team = o.account AND m.account = ?1 LEFT JOIN teams t ON t.id = m.team
    WHERE o.account = ?1 OR t.id IS NOT NULL";
const HOLDER_TEAM: &str = "SELECT t.id, t.name, m.role FROM memberships m JOIN teams t ON t.id = m.team
    WHERE m.account = ?1 AND m.team = ?2";
/// Mails of invitations into a team that was deleted.
const DROP_MAILS: &str = "UPDATE mails SET state = 'dropped', sealed = x'' WHERE state = 'queued'
    AND about IN (SELECT id FROM invitations WHERE team = ?1 AND state = 'pending')";

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        account: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
        role: TeamRole::read(row.get_ref(3)?.as_str()?),
        joined_at: Timestamp::from_millis(row.get(4)?),
    })
}

fn holder(row: &Row<'_>) -> rusqlite::Result<Holder> {
    let name: Option<String> = row.get(1)?;
    let role: Option<String> = row.get(2)?;
    Ok(Holder { id: row.get(0)?, team: name.zip(role.map(|role| TeamRole::read(&role))) })
}

/// The team of this id, if the account is in it.
pub(super) fn find(connection: &Connection, account: &str, id: &str) -> rusqlite::Result<Option<Team>> {
    let found = connection.prepare_cached(TEAM)?.query_row([account, id], |row| {
        Ok(Team {
            id: row.get(0)?,
            name: row.get(1)?,
            founder: row.get(2)?,
            created_at: Timestamp::from_millis(row.get(3)?),
            members: Vec::new(),
        })
    });
    let Some(mut team) = found.optional()? else { return Ok(None) };
    let mut rows = connection.prepare_cached(MEMBERS)?;
    team.members = rows.query_map([id], member)?.collect::<rusqlite::Result<_>>()?;
    Ok(Some(team))
}

/// Whether apps can be made under this row of the accounts: a person's, or that of a team that is not deleted.
pub(super) fn may_own(connection: &Connection, account: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM teams WHERE id = ?1)";
    Ok(!is_team(account) || connection.prepare_cached(sql)?.query_row([account], |row| row.get(0))?)
}

/// How many rows a question finds.
pub(super) fn count(connection: &Connection, sql: &str, of: &str) -> rusqlite::Result<u64> {
    let found: i64 = connection.prepare_cached(sql)?.query_row([of], |row| row.get(0))?;
    Ok(found.try_into().unwrap_or_default())
}

/// Whether the founder made another team of this name.
fn is_taken(connection: &Connection, team: &Team) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM teams WHERE founder = ?1 AND name = ?2 AND id <> ?3)";
    connection.prepare_cached(sql)?.query_row([&team.founder, &team.name, &team.id], |row| row.get(0))
}

/// Whether somebody is in as many teams as anybody may.
pub(super) fn is_in_too_many(connection: &Connection, account: &str, most: u32) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM memberships WHERE account = ?1";
    Ok(count(connection, sql, account)? >= u64::from(most))
}

fn insert(connection: &Connection, team: &Team) -> rusqlite::Result<()> {
    // What belongs to the team hangs on this row, as what belongs to a person does. It has no address and no password.
    let owner = "INSERT INTO accounts (id, email, name, team, password, created_at, sample)
        SELECT ?1, ?1, ?2, '', '', ?3, sample FROM accounts WHERE id = ?4";
    let created_at = team.created_at.as_millis();
    connection.prepare_cached(owner)?.execute(params![team.id, team.name, created_at, team.founder])?;
    let sql = "INSERT INTO teams (id, name, founder, created_at) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![team.id, team.name, team.founder, created_at])?;
    put_members(connection, &[], team)
}

/// Writes who is in a team, as far as it is not as before.
pub(super) fn put_members(connection: &Connection, before: &[Member], team: &Team) -> rusqlite::Result<()> {
    let after: HashSet<&str> = team.members.iter().map(|member| member.account.as_str()).collect();
    for gone in before.iter().filter(|member| !after.contains(member.account.as_str())) {
        let sql = "DELETE FROM memberships WHERE team = ?1 AND account = ?2";
        connection.prepare_cached(sql)?.execute([&team.id, &gone.account])?;
    }
    let sql = "INSERT INTO memberships (team, account, role, joined_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (team, account) DO UPDATE SET role = excluded.role";
    let mut put = connection.prepare_cached(sql)?;
    for member in team.members.iter().filter(|member| !before.contains(member)) {
        let joined_at = member.joined_at.as_millis();
        put.execute(params![team.id, member.account, member.role.word(), joined_at])?;
    }
    Ok(())
}

fn add(
    connection: &Connection,
    team: &Team,
    founded: u32,
    most: u32,
) -> rusqlite::Result<Result<Team, TeamRefusal>> {
    let made = count(connection, "SELECT count(*) FROM teams WHERE founder = ?1", &team.founder)?;
    if made >= u64::from(founded) || is_in_too_many(connection, &team.founder, most)? {
        return Ok(Err(TeamRefusal::TooManyTeams));
    }
    if is_taken(connection, team)? {
        return Ok(Err(TeamRefusal::NameTaken));
    }
    insert(connection, team)?;
    Ok(find(connection, &team.founder, &team.id)?.ok_or(TeamRefusal::NotFound))
}

fn rewrite(
    connection: &Connection,
    account: &str,
    id: &str,
    change: TeamChange,
) -> rusqlite::Result<Result<Team, TeamRefusal>> {
    let Some(before) = find(connection, account, id)? else { return Ok(Err(TeamRefusal::NotFound)) };
    let mut team = before.clone();
    if let Err(refusal) = change(&mut team) {
        return Ok(Err(refusal));
    }
    if team.name != before.name {
        if is_taken(connection, &team)? {
            return Ok(Err(TeamRefusal::NameTaken));
        }
        for table in ["teams", "accounts"] {
            let sql = format!("UPDATE {table} SET name = ?2 WHERE id = ?1");
            connection.prepare_cached(&sql)?.execute([&team.id, &team.name])?;
        }
    }
    put_members(connection, &before.members, &team)?;
    Ok(Ok(team))
}

fn delete(connection: &Connection, account: &str, id: &str) -> rusqlite::Result<Result<(), TeamRefusal>> {
    let Some(team) = find(connection, account, id)? else { return Ok(Err(TeamRefusal::NotFound)) };
    if let Err(refusal) = team.must_be(account, TeamRole::Owner) {
        return Ok(Err(refusal));
    }
    let apps = count(connection, "SELECT count(*) FROM apps WHERE account = ?1", id)?;
    let keys = count(connection, "SELECT count(*) FROM keys WHERE account = ?1 AND standing <> 2", id)?;
    if apps > 0 || keys > 0 {
        return Ok(Err(TeamRefusal::Owns { apps, keys }));
    }
    connection.prepare_cached(DROP_MAILS)?.execute([id])?;
    let back = "UPDATE invitations SET state = 'withdrawn' WHERE team = ?1 AND state = 'pending'";
    connection.prepare_cached(back)?.execute([id])?;
    connection.prepare_cached("DELETE FROM memberships WHERE team = ?1")?.execute([id])?;
    // Its row among the accounts stays: what was counted of its keys hangs on it.
    connection.prepare_cached("DELETE FROM teams WHERE id = ?1")?.execute([id])?;
    Ok(Ok(()))
}

#[async_trait]
impl TeamStore for Sqlite {
    async fn add_team(&self, team: Team, founded: u32, most: u32) -> Result<Result<Team, TeamRefusal>> {
        self.writer.change(move |connection| add(connection, &team, founded, most)).await
    }

    async fn teams(&self, account: &str) -> Result<Vec<Membership>> {
        self.rows(TEAMS, [account], |row| {
            Ok(Membership {
                team: row.get(0)?,
                name: row.get(1)?,
                role: TeamRole::read(row.get_ref(2)?.as_str()?),
                members: row.get(3)?,
                created_at: Timestamp::from_millis(row.get(4)?),
            })
        })
    }

    async fn team(&self, account: &str, id: &str) -> Result<Option<Team>> {
        self.look(|connection| find(connection, account, id))
    }

    async fn change_team(
        &self,
        account: &str,
        id: &str,
        change: TeamChange,
    ) -> Result<Result<Team, TeamRefusal>> {
        let (account, id) = (account.to_owned(), id.to_owned());
        self.writer.change(move |connection| rewrite(connection, &account, &id, change)).await
    }

    async fn holder_of_key(&self, account: &str, key: &str) -> Result<Option<Holder>> {
        self.row(HOLDER_OF_KEY, [account, key], holder)
    }

    async fn holder_of_app(&self, account: &str, app: &str) -> Result<Option<Holder>> {
        self.row(HOLDER_OF_APP, [account, app], holder)
    }

    async fn holder_team(&self, account: &str, team: &str) -> Result<Option<Holder>> {
        self.row(HOLDER_TEAM, [account, team], holder)
    }

    async fn delete_team(&self, account: &str, id: &str) -> Result<Result<(), TeamRefusal>> {
        let (account, id) = (account.to_owned(), id.to_owned());
        self.writer.change(move |connection| delete(connection, &account, &id)).await
    }
}
