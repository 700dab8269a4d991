//! The layout of the database, and how it came to be.

use rusqlite::Connection;

use super::super::StorageError;

/// A layout, and what only a program can carry over into it.
struct Step {
    layout: &'static str,
    fill: Option<fn(&Connection) -> rusqlite::Result<()>>,
}

impl Step {
    const fn plain(layout: &'static str) -> Self {
        Self { layout, fill: None }
    }
}

/// Each entry brings the database from the layout of its index to the next.
const STEPS: &[Step] = &[
    Step::plain(
        "
    CREATE TABLE accounts (
        id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, team TEXT NOT NULL,
        password TEXT NOT NULL, created_at INTEGER NOT NULL, sample INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sessions (
        cookie BLOB PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts, ends_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE clients (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, redirect_uris TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE grants (
        id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts, client TEXT NOT NULL,
        scopes TEXT NOT NULL, granted_at INTEGER NOT NULL, ended_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE codes (
        hash BLOB PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants, redirect_uri TEXT NOT NULL,
        challenge TEXT NOT NULL, ends_at INTEGER NOT NULL, used_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE access_tokens (
        hash BLOB PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants, ends_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE refresh_tokens (
        hash BLOB PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants, ends_at INTEGER NOT NULL,
        used_at INTEGER, next_refresh BLOB, next_access BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE keys (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL REFERENCES accounts, name TEXT NOT NULL, scopes TEXT NOT NULL,
        environment TEXT NOT NULL, owner TEXT NOT NULL, created_by TEXT NOT NULL,
        standing INTEGER NOT NULL, created_at INTEGER NOT NULL, last_used_at INTEGER,
        expires_at INTEGER, rotated_at INTEGER, version INTEGER NOT NULL,
        hash BLOB NOT NULL, prefix TEXT NOT NULL, suffix TEXT NOT NULL,
        current_used_at INTEGER, grace_until INTEGER
    ) STRICT;
    CREATE INDEX keys_of_account ON keys (account, number);
    CREATE TABLE secrets (
        hash BLOB PRIMARY KEY, key_number INTEGER NOT NULL REFERENCES keys, version INTEGER NOT NULL,
        prefix TEXT NOT NULL, suffix TEXT NOT NULL, ends_at INTEGER, last_used_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX secrets_of_key ON secrets (key_number, version);
    CREATE TABLE calls (
        name BLOB PRIMARY KEY, content BLOB NOT NULL, answered_at INTEGER NOT NULL, sealed BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE hours (
        key_number INTEGER NOT NULL REFERENCES keys, hour INTEGER NOT NULL, version INTEGER NOT NULL,
        requests INTEGER NOT NULL, client_errors INTEGER NOT NULL, server_errors INTEGER NOT NULL,
        throttled INTEGER NOT NULL, billable INTEGER NOT NULL, micros_least INTEGER NOT NULL,
        micros_most INTEGER NOT NULL, micros_sum INTEGER NOT NULL, histogram BLOB NOT NULL,
        PRIMARY KEY (key_number, hour, version)
    ) STRICT, WITHOUT ROWID;
",
    ),
    Step::plain(
        "
    ALTER TABLE sessions ADD COLUMN asked_by BLOB;
",
    ),
    Step::plain(
        "
    CREATE INDEX codes_of_grant ON codes (grant_id);
    CREATE INDEX access_tokens_of_grant ON access_tokens (grant_id);
    CREATE INDEX refresh_tokens_of_grant ON refresh_tokens (grant_id);
    CREATE INDEX grants_of_account ON grants (account);
",
    ),
    Step {
        layout: "
    CREATE TABLE account_hours (
        account TEXT NOT NULL REFERENCES accounts, hour INTEGER NOT NULL,
        requests INTEGER NOT NULL, client_errors INTEGER NOT NULL, server_errors INTEGER NOT NULL,
        throttled INTEGER NOT NULL, billable INTEGER NOT NULL, micros_least INTEGER NOT NULL,
        micros_most INTEGER NOT NULL, micros_sum INTEGER NOT NULL, histogram BLOB NOT NULL,
        PRIMARY KEY (account, hour)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX keys_by_making ON keys (account, created_at);
",
        fill: Some(super::usage::sum_up_accounts),
    },
    Step::plain(
        "
    CREATE TABLE roles (
        account TEXT PRIMARY KEY REFERENCES accounts, role TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX accounts_of_people ON accounts (sample);
    INSERT INTO roles SELECT id, 'admin' FROM accounts WHERE sample = 0 ORDER BY created_at, id LIMIT 1;
    CREATE TABLE products (
        id TEXT PRIMARY KEY, place INTEGER NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
        scopes TEXT NOT NULL, elevated TEXT NOT NULL, quota INTEGER NOT NULL, rate_limit INTEGER NOT NULL,
        tier TEXT NOT NULL, approval TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE apps (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL REFERENCES accounts, name TEXT NOT NULL, description TEXT NOT NULL,
        callbacks TEXT NOT NULL, attributes TEXT NOT NULL, owner TEXT NOT NULL,
        created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX apps_of_account ON apps (account, number);
    CREATE UNIQUE INDEX apps_by_name ON apps (account, name);
    CREATE TABLE subscriptions (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, app TEXT NOT NULL,
        product TEXT NOT NULL, scopes TEXT NOT NULL, state TEXT NOT NULL, justification TEXT NOT NULL,
        reason TEXT NOT NULL, asked_at INTEGER NOT NULL, decided_at INTEGER, decided_by TEXT NOT NULL,
        place INTEGER NOT NULL, ended_at INTEGER
    ) STRICT;
    CREATE INDEX subscriptions_of_app ON subscriptions (app) WHERE state <> 'withdrawn';
    CREATE UNIQUE INDEX subscriptions_in_force ON subscriptions (app, product) WHERE state = 'approved';
    CREATE UNIQUE INDEX subscriptions_asked ON subscriptions (app, product) WHERE state IN ('pending', 'rejected');
    CREATE INDEX subscriptions_ended ON subscriptions (ended_at) WHERE state = 'withdrawn';
    CREATE INDEX subscriptions_waiting ON subscriptions (number) WHERE state = 'pending';
    ALTER TABLE keys ADD COLUMN app TEXT NOT NULL DEFAULT '';
    CREATE INDEX keys_of_app ON keys (app, number) WHERE app <> '';
",
    ),
    Step::plain(
        "
    CREATE TABLE teams (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE REFERENCES accounts,
        name TEXT NOT NULL, founder TEXT NOT NULL REFERENCES accounts, created_at INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX teams_by_name ON teams (founder, name);
    CREATE TABLE memberships (
        team TEXT NOT NULL REFERENCES teams (id), account TEXT NOT NULL REFERENCES accounts,
        role TEXT NOT NULL, joined_at INTEGER NOT NULL, PRIMARY KEY (team, account)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX memberships_of_account ON memberships (account);
",
    ),
    Step::plain(
        "
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY, at INTEGER NOT NULL, account TEXT NOT NULL, email TEXT NOT NULL,
        client TEXT NOT NULL, operation TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL,
        name TEXT NOT NULL, app TEXT NOT NULL, owner TEXT NOT NULL, outcome TEXT NOT NULL, code TEXT NOT NULL,
        request TEXT NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL, hash BLOB NOT NULL
    ) STRICT;
    CREATE INDEX audit_of_account ON audit (account, number);
    CREATE INDEX audit_of_owner ON audit (owner, number);
    CREATE INDEX audit_of_target ON audit (target, number);
    CREATE INDEX audit_of_app ON audit (app, number);
    CREATE TRIGGER audit_is_not_altered BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
    CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
    CREATE TABLE audit_head (
        one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, hash BLOB NOT NULL, seal BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER audit_end_stays BEFORE DELETE ON audit_head
        BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
",
    ),
    Step::plain(
        "
    ALTER TABLE keys ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX clients_of_account ON keys (account, number) WHERE kind = 1;
    ALTER TABLE clients ADD COLUMN auth INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX grants_of_client ON grants (client);
    CREATE TABLE client_keys (
        key_number INTEGER NOT NULL REFERENCES keys, version INTEGER NOT NULL, kid TEXT NOT NULL,
        algorithm TEXT NOT NULL, public BLOB NOT NULL, added_at INTEGER NOT NULL,
        PRIMARY KEY (key_number, version)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE client_tokens (
        hash BLOB PRIMARY KEY, key_number INTEGER NOT NULL REFERENCES keys, version INTEGER NOT NULL,
        scopes TEXT NOT NULL, ends_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX client_tokens_of_client ON client_tokens (key_number);
    CREATE TABLE assertions (hash BLOB PRIMARY KEY, ends_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE acquisitions (
        key_number INTEGER NOT NULL REFERENCES keys, subject TEXT NOT NULL, item TEXT NOT NULL,
        ends_at INTEGER NOT NULL, PRIMARY KEY (key_number, subject, item)
    ) STRICT, WITHOUT ROWID;
",
    ),
    Step::plain(
        "
    CREATE TABLE invitations (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, token BLOB NOT NULL UNIQUE,
        team TEXT NOT NULL, email TEXT NOT NULL, role TEXT NOT NULL,
        invited_by TEXT NOT NULL REFERENCES accounts, invited_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
        state TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX invitations_waiting ON invitations (team, email) WHERE state = 'pending';
    CREATE INDEX invitations_of_team ON invitations (team, invited_at);
    CREATE INDEX invitations_by_person ON invitations (invited_by, invited_at);
    CREATE INDEX invitations_to_address ON invitations (email, invited_at);
    CREATE INDEX invitations_by_end ON invitations (ends_at);
    CREATE TABLE mails (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, about TEXT NOT NULL,
        sealed BLOB NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, queued_at INTEGER NOT NULL,
        due_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX mails_due ON mails (due_at) WHERE state = 'queued';
    CREATE INDEX mails_about ON mails (about);
    CREATE INDEX mails_by_queuing ON mails (queued_at);
",
    ),
    Step::plain(
        "
    CREATE TABLE suspensions (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, preview BLOB NOT NULL,
        criteria TEXT NOT NULL, reason TEXT NOT NULL, account TEXT NOT NULL REFERENCES accounts,
        at INTEGER NOT NULL, resumed_at INTEGER
    ) STRICT;
    CREATE INDEX suspensions_by_preview ON suspensions (preview);
    CREATE TABLE suspended (
        suspension TEXT NOT NULL REFERENCES suspensions (id), place INTEGER NOT NULL, kind INTEGER NOT NULL,
        target TEXT NOT NULL, name TEXT NOT NULL, state INTEGER NOT NULL, stood INTEGER NOT NULL,
        at INTEGER NOT NULL, PRIMARY KEY (suspension, place)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX suspended_now ON suspended (target) WHERE state = 1;
    CREATE INDEX suspended_by_state ON suspended (suspension, state, place);
",
    ),
];

/// Brings a database to the newest layout.
///
/// # Errors
///
/// Fails if the database belongs to a later version of this program, or cannot be written.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StorageError> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StorageError::Newer { found, known });
    }
    let done = usize::try_from(found).unwrap_or_default();
    for (step, layout) in STEPS.iter().zip(1_i64..).skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step.layout)?;
        if let Some(fill) = step.fill {
            fill(&transaction)?;
        }
        transaction.pragma_update(None, "user_version", layout)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_of_before_there_were_apps_keeps_its_keys_and_its_oldest_account_decides() {
        let mut connection = Connection::open_in_memory().unwrap();
        for step in &STEPS[..4] {
            connection.execute_batch(step.layout).unwrap();
        }
        connection.pragma_update(None, "user_version", 4).unwrap();
        for (id, created_at, sample) in [("demo", 1, 1), ("bob", 30, 0), ("ada", 20, 0)] {
            let sql = "INSERT INTO accounts VALUES (?1, ?1, ?1, '', '', ?2, ?3)";
            connection.execute(sql, (id, created_at, sample)).unwrap();
        }
        let sql = "INSERT INTO keys (id, account, name, scopes, environment, owner, created_by, standing, created_at,
            version, hash, prefix, suffix) VALUES ('key_1', 'bob', 'n', 'read', '', '', '', 1, 0, 1, x'', '', '')";
        connection.execute(sql, []).unwrap();
        migrate(&mut connection).unwrap();
        let roles: Vec<(String, String)> = {
            let mut rows = connection.prepare("SELECT account, role FROM roles").unwrap();
            let read = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            read.map(Result::unwrap).collect()
        };
        assert_eq!(roles, [("ada".to_owned(), "admin".to_owned())]);
        let of_no_app = "SELECT count(*) FROM keys WHERE id = 'key_1' AND app = '' AND standing = 1";
        assert_eq!(connection.query_row(of_no_app, [], |row| row.get::<_, u32>(0)), Ok(1));
    }
}
