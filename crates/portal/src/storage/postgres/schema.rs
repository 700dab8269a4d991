//! The layout of the database, and how it came to be.

use super::{Postgres, Result, StorageError};

/// The lock under which tables are made: portals that start together do it one after the other.
const LAYOUT_LOCK: i64 = 0x6b65_7973_746f_7701;

/// Each entry brings the database from the layout of its index to the next.
pub(super) const STEPS: &[&str] = &["
    CREATE TABLE accounts (
        id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, team TEXT NOT NULL,
        password TEXT NOT NULL, created_at BIGINT NOT NULL, sample BOOLEAN NOT NULL
    );
    CREATE TABLE sessions (
        cookie BYTEA PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts, ends_at BIGINT NOT NULL, asked_by BYTEA
    );
    CREATE INDEX sessions_by_end ON sessions (ends_at);
    CREATE TABLE clients (id TEXT PRIMARY KEY, name TEXT NOT NULL, redirect_uris TEXT NOT NULL);
    CREATE TABLE grants (
        id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts, client TEXT NOT NULL,
        scopes TEXT NOT NULL, granted_at BIGINT NOT NULL, ended_at BIGINT
    );
    CREATE INDEX grants_of_account ON grants (account);
    CREATE TABLE codes (
        hash BYTEA PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants, redirect_uri TEXT NOT NULL,
        challenge TEXT NOT NULL, ends_at BIGINT NOT NULL, used_at BIGINT
    );
    CREATE INDEX codes_of_grant ON codes (grant_id);
    CREATE TABLE access_tokens (
        hash BYTEA PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants, ends_at BIGINT NOT NULL
    );
    CREATE INDEX access_tokens_of_grant ON access_tokens (grant_id);
    CREATE INDEX access_tokens_by_end ON access_tokens (ends_at);
    CREATE TABLE refresh_tokens (
        hash BYTEA PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants, ends_at BIGINT NOT NULL,
        used_at BIGINT, next_refresh BYTEA, next_access BYTEA
    );
    CREATE INDEX refresh_tokens_of_grant ON refresh_tokens (grant_id);
    CREATE TABLE keys (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL REFERENCES accounts, name TEXT NOT NULL, scopes TEXT NOT NULL,
        environment TEXT NOT NULL, owner TEXT NOT NULL, created_by TEXT NOT NULL,
        standing SMALLINT NOT NULL, created_at BIGINT NOT NULL, last_used_at BIGINT,
        expires_at BIGINT, rotated_at BIGINT, version BIGINT NOT NULL,
        hash BYTEA NOT NULL, prefix TEXT NOT NULL, suffix TEXT NOT NULL,
        current_used_at BIGINT, grace_until BIGINT
    );
    CREATE INDEX keys_of_account ON keys (account, number);
    CREATE INDEX keys_by_making ON keys (account, created_at);
    CREATE TABLE secrets (
        hash BYTEA PRIMARY KEY, key_number BIGINT NOT NULL REFERENCES keys, version BIGINT NOT NULL,
        prefix TEXT NOT NULL, suffix TEXT NOT NULL, ends_at BIGINT, last_used_at BIGINT,
        UNIQUE (key_number, version)
    );
    CREATE TABLE calls (
        name BYTEA PRIMARY KEY, content BYTEA NOT NULL, answered_at BIGINT NOT NULL, sealed BYTEA
    );
    CREATE INDEX calls_by_answer ON calls (answered_at);
    CREATE TABLE hours (
        key_number BIGINT NOT NULL REFERENCES keys, hour BIGINT NOT NULL, version BIGINT NOT NULL,
        requests BIGINT NOT NULL, client_errors BIGINT NOT NULL, server_errors BIGINT NOT NULL,
        throttled BIGINT NOT NULL, billable BIGINT NOT NULL, micros_least BIGINT NOT NULL,
        micros_most BIGINT NOT NULL, micros_sum BIGINT NOT NULL, histogram BYTEA NOT NULL,
        PRIMARY KEY (key_number, hour, version)
    );
    CREATE TABLE account_hours (
        account TEXT NOT NULL REFERENCES accounts, hour BIGINT NOT NULL,
        requests BIGINT NOT NULL, client_errors BIGINT NOT NULL, server_errors BIGINT NOT NULL,
        throttled BIGINT NOT NULL, billable BIGINT NOT NULL, micros_least BIGINT NOT NULL,
        micros_most BIGINT NOT NULL, micros_sum BIGINT NOT NULL, histogram BYTEA NOT NULL,
        PRIMARY KEY (account, hour)
    );
    CREATE TABLE quotas (
        key_number BIGINT NOT NULL REFERENCES keys, month BIGINT NOT NULL, calls BIGINT NOT NULL,
        PRIMARY KEY (key_number, month)
    ) WITH (fillfactor = 50);
    -- A server that crashed forgives, as a portal on SQLite does that starts again.
    CREATE UNLOGGED TABLE windows (
        kind SMALLINT NOT NULL, who TEXT NOT NULL, ends_at BIGINT NOT NULL, calls BIGINT NOT NULL,
        granted BOOLEAN NOT NULL, PRIMARY KEY (kind, who)
    ) WITH (fillfactor = 50);
", "
    CREATE TABLE roles (account TEXT PRIMARY KEY REFERENCES accounts, role TEXT NOT NULL);
    -- Who came first is written down once and never concluded from clocks, which differ and are set back.
    ALTER TABLE portal ADD COLUMN first_account TEXT;
    UPDATE portal SET first_account =
        (SELECT id FROM accounts WHERE NOT sample ORDER BY created_at, id LIMIT 1);
    INSERT INTO roles (account, role) SELECT first_account, 'admin' FROM portal WHERE first_account IS NOT NULL;
    CREATE TABLE products (
        id TEXT PRIMARY KEY, place BIGINT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
        scopes TEXT NOT NULL, elevated TEXT NOT NULL, quota BIGINT NOT NULL, rate_limit BIGINT NOT NULL,
        tier TEXT NOT NULL, approval TEXT NOT NULL
    );
    CREATE TABLE apps (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL REFERENCES accounts, name TEXT NOT NULL, description TEXT NOT NULL,
        callbacks TEXT NOT NULL, attributes TEXT NOT NULL, owner TEXT NOT NULL,
        created_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, UNIQUE (account, name)
    );
    CREATE INDEX apps_of_account ON apps (account, number);
    CREATE TABLE subscriptions (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL UNIQUE, app TEXT NOT NULL,
        product TEXT NOT NULL, scopes TEXT NOT NULL, state TEXT NOT NULL, justification TEXT NOT NULL,
        reason TEXT NOT NULL, asked_at BIGINT NOT NULL, decided_at BIGINT, decided_by TEXT NOT NULL,
        place BIGINT NOT NULL, ended_at BIGINT
    );
    CREATE INDEX subscriptions_of_app ON subscriptions (app) WHERE state <> 'withdrawn';
    CREATE UNIQUE INDEX subscriptions_in_force ON subscriptions (app, product) WHERE state = 'approved';
    CREATE UNIQUE INDEX subscriptions_asked ON subscriptions (app, product) WHERE state IN ('pending', 'rejected');
    CREATE INDEX subscriptions_ended ON subscriptions (ended_at) WHERE state = 'withdrawn';
    CREATE INDEX subscriptions_waiting ON subscriptions (number) WHERE state = 'pending';
    ALTER TABLE keys ADD COLUMN app TEXT NOT NULL DEFAULT '';
    CREATE INDEX keys_of_app ON keys (app, number) WHERE app <> '';
", "
    CREATE TABLE teams (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL UNIQUE REFERENCES accounts,
        name TEXT NOT NULL, founder TEXT NOT NULL REFERENCES accounts, created_at BIGINT NOT NULL,
        UNIQUE (founder, name)
    );
    CREATE TABLE memberships (
        team TEXT NOT NULL REFERENCES teams (id), account TEXT NOT NULL REFERENCES accounts,
        role TEXT NOT NULL, joined_at BIGINT NOT NULL, PRIMARY KEY (team, account)
    );
    CREATE INDEX memberships_of_account ON memberships (account);
", "
    CREATE TABLE audit (
        number BIGINT PRIMARY KEY, at BIGINT NOT NULL, account TEXT NOT NULL, email TEXT NOT NULL,
        client TEXT NOT NULL, operation TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL,
        name TEXT NOT NULL, app TEXT NOT NULL, owner TEXT NOT NULL, outcome TEXT NOT NULL, code TEXT NOT NULL,
        request TEXT NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL, hash BYTEA NOT NULL
    );
    CREATE INDEX audit_of_account ON audit (account, number);
    CREATE INDEX audit_of_owner ON audit (owner, number);
    CREATE INDEX audit_of_target ON audit (target, number);
    CREATE INDEX audit_of_app ON audit (app, number);
    -- The end is there from the beginning, so that whoever writes the first entry has something to lock.
    CREATE TABLE audit_head (
        one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one), number BIGINT NOT NULL, hash BYTEA NOT NULL, seal BYTEA NOT NULL
    );
    INSERT INTO audit_head (number, hash, seal)
        VALUES (0, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'));
    CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the log only grows'; END $$;
    CREATE TRIGGER audit_is_not_altered BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();
    CREATE TRIGGER audit_end_stays BEFORE DELETE OR TRUNCATE ON audit_head
        FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();
", "
    ALTER TABLE keys ADD COLUMN kind SMALLINT NOT NULL DEFAULT 0;
    CREATE INDEX clients_of_account ON keys (account, number) WHERE kind = 1;
    ALTER TABLE clients ADD COLUMN auth SMALLINT NOT NULL DEFAULT 0;
    CREATE INDEX grants_of_client ON grants (client);
    CREATE TABLE client_keys (
        key_number BIGINT NOT NULL REFERENCES keys, version BIGINT NOT NULL, kid TEXT NOT NULL,
        algorithm TEXT NOT NULL, public BYTEA NOT NULL, added_at BIGINT NOT NULL, PRIMARY KEY (key_number, version)
    );
    CREATE TABLE client_tokens (
        hash BYTEA PRIMARY KEY, key_number BIGINT NOT NULL REFERENCES keys, version BIGINT NOT NULL,
        scopes TEXT NOT NULL, ends_at BIGINT NOT NULL
    );
    CREATE INDEX client_tokens_of_client ON client_tokens (key_number);
    CREATE INDEX client_tokens_by_end ON client_tokens (ends_at);
    CREATE TABLE assertions (hash BYTEA PRIMARY KEY, ends_at BIGINT NOT NULL);
    CREATE INDEX assertions_by_end ON assertions (ends_at);
    CREATE TABLE acquisitions (
        key_number BIGINT NOT NULL REFERENCES keys, subject TEXT NOT NULL, item TEXT NOT NULL,
        ends_at BIGINT NOT NULL, PRIMARY KEY (key_number, subject, item)
    );
    CREATE INDEX acquisitions_by_end ON acquisitions (ends_at);
", "
    CREATE TABLE invitations (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL UNIQUE, token BYTEA NOT NULL UNIQUE,
        team TEXT NOT NULL, email TEXT NOT NULL, role TEXT NOT NULL,
        invited_by TEXT NOT NULL REFERENCES accounts, invited_at BIGINT NOT NULL, ends_at BIGINT NOT NULL,
        state TEXT NOT NULL
    );
    CREATE UNIQUE INDEX invitations_waiting ON invitations (team, email) WHERE state = 'pending';
    CREATE INDEX invitations_of_team ON invitations (team, invited_at);
    CREATE INDEX invitations_by_person ON invitations (invited_by, invited_at);
    CREATE INDEX invitations_to_address ON invitations (email, invited_at);
    CREATE INDEX invitations_by_end ON invitations (ends_at);
    CREATE TABLE mails (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL UNIQUE, about TEXT NOT NULL,
        sealed BYTEA NOT NULL, state TEXT NOT NULL, tries BIGINT NOT NULL, queued_at BIGINT NOT NULL,
        due_at BIGINT NOT NULL
    );
    CREATE INDEX mails_due ON mails (due_at) WHERE state = 'queued';
    CREATE INDEX mails_about ON mails (about);
    CREATE INDEX mails_by_queuing ON mails (queued_at);
", "
    CREATE TABLE suspensions (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL UNIQUE, preview BYTEA NOT NULL,
        criteria TEXT NOT NULL, reason TEXT NOT NULL, account TEXT NOT NULL REFERENCES accounts,
        at BIGINT NOT NULL, resumed_at BIGINT
    );
    CREATE INDEX suspensions_by_preview ON suspensions (preview);
    CREATE TABLE suspended (
        suspension TEXT NOT NULL REFERENCES suspensions (id), place BIGINT NOT NULL, kind SMALLINT NOT NULL,
        target TEXT NOT NULL, name TEXT NOT NULL, state SMALLINT NOT NULL, stood SMALLINT NOT NULL,
        at BIGINT NOT NULL, PRIMARY KEY (suspension, place)
    );
    CREATE UNIQUE INDEX suspended_now ON suspended (target) WHERE state = 1;
    CREATE INDEX suspended_by_state ON suspended (suspension, state, place);
"];

/// Brings a database to the newest layout.
///
/// # Errors
///
/// Fails if the database belongs to a later version of this program, keeps its texts in another encoding than
/// UTF-8, or cannot be written.
pub(super) async fn migrate(storage: &Postgres) -> Result<()> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let change = storage.begin().await?;
    let encoding = change.row("SELECT current_setting('server_encoding')", &[]).await?;
    if encoding.is_some_and(|row| row.get::<_, &str>(0) != "UTF8") {
        return Err(StorageError::Database("the database does not keep its texts as UTF-8".into()));
    }
    change.batch("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'").await?;
    change.run("SELECT pg_advisory_xact_lock($1)", &[&LAYOUT_LOCK]).await?;
    change
        .batch(
            "CREATE TABLE IF NOT EXISTS portal (
                one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one), layout BIGINT NOT NULL, pepper_check BYTEA
            );
            INSERT INTO portal (layout) VALUES (0) ON CONFLICT DO NOTHING",
        )
        .await?;
    let found = change.row("SELECT layout FROM portal", &[]).await?.ok_or(StorageError::Damaged)?;
    let found: i64 = found.try_get(0)?;
    if found > known {
        return Err(StorageError::Newer { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        change.batch(step).await?;
    }
    change.run("UPDATE portal SET layout = $1 WHERE layout <> $1", &[&known]).await?;
    change.commit().await
}
