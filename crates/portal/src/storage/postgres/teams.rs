//! Teams in PostgreSQL.
//!
//! A team is locked by its row among the accounts, which is also what an app of it is made under: so nobody makes an
//! app for a team that is just being deleted. Of two changes at two portals the second is decided by what the first
//! left.

use async_trait::async_trait;
use tokio_postgres::Row;

use super::{
    super::{Holder, TeamChange, TeamRefusal, TeamStore},
    Postgres, Result, StorageError, can_be_kept,
    change::Change,
    instant, whole,
};
use crate::teams::{Member, Membership, Team, TeamRole, is_team};

const TEAM: &str = "SELECT t.id, t.name, t.founder, t.created_at FROM teams t
    WHERE t.id = $2 AND EXISTS (SELECT 1 FROM memberships m WHERE m.team = t.id AND m.account = $1)";
const MEMBERS: &str = "SELECT m.account, a.name, a.email, m.role, m.joined_at FROM memberships m
    JOIN accounts a ON a.id = m.account WHERE m.team = $1 ORDER BY m.joined_at, m.account";
const TEAMS: &str =
    "SELECT t.id, t.name, m.role, (SELECT count(*) FROM memberships o WHERE o.team = t.id), t.created_at
    FROM memberships m JOIN teams t ON t.id = m.team WHERE m.account = $1 ORDER BY t.number DESC";

pub(super) const HOLDER_OF_KEY: &str = "SELECT k.account, t.name, m.role FROM keys k
    LEFT JOIN memberships m ON m.team = k.account AND m.account = $1 LEFT JOIN teams t ON t.id = m.team
    WHERE k.id = $2 AND (k.account = $1 OR t.id IS NOT NULL)";
pub(super) const HOLDER_OF_APP: &str = "SELECT o.account, t.name, m.role
    FROM (SELECT account FROM apps WHERE id = $2 UNION SELECT account FROM keys WHERE app = $2 AND app <> '') o
    LEFT JOIN memberships m ON m.team = o.account AND m.account = $1 LEFT JOIN teams t ON t.id = m.team
    WHERE o.account = $1 OR t.id IS NOT NULL";
const HOLDER_TEAM: &str = "SELECT t.id, t.name, m.role FROM memberships m JOIN teams t ON t.id = m.team
    WHERE m.account = $1 AND m.team = $2";

fn team(row: &Row) -> Result<Team> {
    Ok(Team {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        founder: row.try_get(2)?,
        created_at: instant(row, 3)?,
        members: Vec::new(),
    })
}

fn member(row: &Row) -> Result<Member> {
    Ok(Member {
        account: row.try_get(0)?,
        name: row.try_get(1)?,
        email: row.try_get(2)?,
        role: TeamRole::read(row.try_get(3)?),
        joined_at: instant(row, 4)?,
    })
}

fn membership(row: &Row) -> Result<Membership> {
    Ok(Membership {
        team: row.try_get(0)?,
        name: row.try_get(1)?,
        role: TeamRole::read(row.try_get(2)?),
        members: u32::try_from(whole(row, 3)?).unwrap_or(u32::MAX),
        created_at: instant(row, 4)?,
    })
}

fn holder(row: &Row) -> Result<Holder> {
    let (name, role): (Option<String>, Option<&str>) = (row.try_get(1)?, row.try_get(2)?);
    Ok(Holder { id: row.try_get(0)?, team: name.zip(role.map(TeamRole::read)) })
}

/// Keeps everybody else from changing these teams, and what belongs to these people.
pub(super) async fn lock(change: &Change, ids: &[&str]) -> Result<()> {
    let sql = "SELECT id FROM accounts WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    change.rows(sql, &[&ids]).await.map(drop)
}

/// The team of this id, if the account is in it.
pub(super) async fn find(change: &Change, account: &str, id: &str) -> Result<Option<Team>> {
    let Some(row) = change.row(TEAM, &[&account, &id]).await? else { return Ok(None) };
    let members = change.rows(MEMBERS, &[&id]).await?.iter().map(member).collect::<Result<_>>()?;
    Ok(Some(Team { members, ..team(&row)? }))
}

/// Whether apps can be made under this row of the accounts, which is locked: a person's, or that of a team that is not
/// deleted.
pub(super) async fn may_own(change: &Change, account: &str) -> Result<bool> {
    Ok(!is_team(account) || change.row("SELECT 1 FROM teams WHERE id = $1", &[&account]).await?.is_some())
}

pub(super) async fn count(change: &Change, sql: &str, of: &str) -> Result<u64> {
    whole(&change.row(sql, &[&of]).await?.ok_or(StorageError::Damaged)?, 0)
}

/// Whether the founder, who is locked, made another team of this name.
async fn is_taken(change: &Change, team: &Team) -> Result<bool> {
    let sql = "SELECT 1 FROM teams WHERE founder = $1 AND name = $2 AND id <> $3";
    Ok(change.row(sql, &[&team.founder, &team.name, &team.id]).await?.is_some())
}

/// Whether somebody, who is locked, is in as many teams as anybody may.
pub(super) async fn is_in_too_many(change: &Change, account: &str, most: u32) -> Result<bool> {
    let sql = "SELECT count(*) FROM memberships WHERE account = $1";
    Ok(count(change, sql, account).await? >= u64::from(most))
}

async fn insert(change: &Change, team: &Team) -> Result<()> {
    // What belongs to the team hangs on this row, as what belongs to a person does. It has no address and no password.
    let owner = "INSERT INTO accounts (id, email, name, team, password, created_at, sample)
        SELECT $1, $1, $2, '', '', $3, sample FROM accounts WHERE id = $4";
    let created_at = team.created_at.as_millis();
    change.run(owner, &[&team.id, &team.name, &created_at, &team.founder]).await?;
    let sql = "INSERT INTO teams (id, name, founder, created_at) VALUES ($1, $2, $3, $4)";
    change.run(sql, &[&team.id, &team.name, &team.founder, &created_at]).await?;
    put_members(change, &[], team).await
}

/// Writes who is in a team, as far as it is not as before.
pub(super) async fn put_members(change: &Change, before: &[Member], team: &Team) -> Result<()> {
    let after: Vec<&str> = team.members.iter().map(|member| member.account.as_str()).collect();
    let gone = "DELETE FROM memberships WHERE team = $1 AND account <> ALL($2)";
    change.run(gone, &[&team.id, &after]).await?;
    let sql = "INSERT INTO memberships (team, account, role, joined_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (team, account) DO UPDATE SET role = excluded.role";
    for member in team.members.iter().filter(|member| !before.contains(member)) {
        let joined_at = member.joined_at.as_millis();
        change.run(sql, &[&team.id, &member.account, &member.role.word(), &joined_at]).await?;
    }
    Ok(())
}

async fn add(change: &Change, team: &Team, founded: u32, most: u32) -> Result<Result<Team, TeamRefusal>> {
    lock(change, &[&team.founder]).await?;
    let made = count(change, "SELECT count(*) FROM teams WHERE founder = $1", &team.founder).await?;
    if made >= u64::from(founded) || is_in_too_many(change, &team.founder, most).await? {
        return Ok(Err(TeamRefusal::TooManyTeams));
    }
    if is_taken(change, team).await? {
        return Ok(Err(TeamRefusal::NameTaken));
    }
    insert(change, team).await?;
    Ok(find(change, &team.founder, &team.id).await?.ok_or(TeamRefusal::NotFound))
}

/// Finds a team and keeps everybody else from changing it, and from giving its name to another of its founder.
async fn locked(change: &Change, account: &str, id: &str) -> Result<Option<Team>> {
    // Who founded it never changes.
    let Some(row) = change.row(TEAM, &[&account, &id]).await? else { return Ok(None) };
    lock(change, &[id, &team(&row)?.founder]).await?;
    // Asked anew: what was waited for is seen by a statement that begins after it.
    find(change, account, id).await
}

async fn rewrite(
    change: &Change,
    account: &str,
    id: &str,
    change_it: TeamChange,
) -> Result<Result<Team, TeamRefusal>> {
    let Some(before) = locked(change, account, id).await? else { return Ok(Err(TeamRefusal::NotFound)) };
    let mut team = before.clone();
    // Called here and nowhere else: whatever fails from now on fails the change, and nobody tries again.
    if let Err(refusal) = change_it(&mut team) {
        return Ok(Err(refusal));
    }
    if team.name != before.name {
        if is_taken(change, &team).await? {
            return Ok(Err(TeamRefusal::NameTaken));
        }
        change.run("UPDATE teams SET name = $2 WHERE id = $1", &[&team.id, &team.name]).await?;
        change.run("UPDATE accounts SET name = $2 WHERE id = $1", &[&team.id, &team.name]).await?;
    }
    put_members(change, &before.members, &team).await?;
    Ok(Ok(team))
}

async fn delete(change: &Change, account: &str, id: &str) -> Result<Result<(), TeamRefusal>> {
    let Some(team) = locked(change, account, id).await? else { return Ok(Err(TeamRefusal::NotFound)) };
    if let Err(refusal) = team.must_be(account, TeamRole::Owner) {
        return Ok(Err(refusal));
    }
    let apps = count(change, "SELECT count(*) FROM apps WHERE account = $1", id).await?;
    let keys = count(change, "SELECT count(*) FROM keys WHERE account = $1 AND standing <> 2", id).await?;
    if apps > 0 || keys > 0 {
        return Ok(Err(TeamRefusal::Owns { apps, keys }));
    }
    let mails = "UPDATE mails SET state = 'dropped', sealed = '' WHERE state = 'queued'
        AND about IN (SELECT id FROM invitations WHERE team = $1 AND state = 'pending')";
    change.run(mails, &[&id]).await?;
    let back = "UPDATE invitations SET state = 'withdrawn' WHERE team = $1 AND state = 'pending'";
    change.run(back, &[&id]).await?;
    change.run("DELETE FROM memberships WHERE team = $1", &[&id]).await?;
    // Its row among the accounts stays: what was counted of its keys hangs on it.
    change.run("DELETE FROM teams WHERE id = $1", &[&id]).await?;
    Ok(Ok(()))
}

/// Commits what happened, and undoes what was refused.
pub(super) async fn end<T>(
    change: Change,
    outcome: Result<T, TeamRefusal>,
) -> Result<Result<T, TeamRefusal>> {
    match outcome {
        Ok(_) => change.commit().await?,
        Err(_) => change.undo().await?,
    }
    Ok(outcome)
}

impl Postgres {
    async fn holder(&self, sql: &str, account: &str, id: &str) -> Result<Option<Holder>> {
        if !can_be_kept(id) {
            return Ok(None);
        }
        self.row(sql, &[&account, &id]).await?.as_ref().map(holder).transpose()
    }
}

#[async_trait]
impl TeamStore for Postgres {
    async fn add_team(&self, team: Team, founded: u32, most: u32) -> Result<Result<Team, TeamRefusal>> {
        let change = self.begin().await?;
        let added = add(&change, &team, founded, most).await?;
        end(change, added).await
    }

    async fn teams(&self, account: &str) -> Result<Vec<Membership>> {
        self.rows(TEAMS, &[&account]).await?.iter().map(membership).collect()
    }

    async fn team(&self, account: &str, id: &str) -> Result<Option<Team>> {
        if !can_be_kept(id) {
            return Ok(None);
        }
        let change = self.begin().await?;
        let found = find(&change, account, id).await?;
        change.undo().await?;
        Ok(found)
    }

    async fn change_team(
        &self,
        account: &str,
        id: &str,
        change_it: TeamChange,
    ) -> Result<Result<Team, TeamRefusal>> {
        if !can_be_kept(id) {
            return Ok(Err(TeamRefusal::NotFound));
        }
        let change = self.begin().await?;
        let changed = rewrite(&change, account, id, change_it).await?;
        end(change, changed).await
    }

    async fn holder_of_key(&self, account: &str, key: &str) -> Result<Option<Holder>> {
        self.holder(HOLDER_OF_KEY, account, key).await
    }

    async fn holder_of_app(&self, account: &str, app: &str) -> Result<Option<Holder>> {
        self.holder(HOLDER_OF_APP, account, app).await
    }

    async fn holder_team(&self, account: &str, team: &str) -> Result<Option<Holder>> {
        self.holder(HOLDER_TEAM, account, team).await
    }

    async fn delete_team(&self, account: &str, id: &str) -> Result<Result<(), TeamRefusal>> {
        if !can_be_kept(id) {
            return Ok(Err(TeamRefusal::NotFound));
        }
        let change = self.begin().await?;
        let deleted = delete(&change, account, id).await?;
        end(change, deleted).await
    }
}
