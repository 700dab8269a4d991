//! Accounts on disk.

use keystow_domain::{Account, AccountId, PortalKind, Session};
use rusqlite::{Row, params};

use super::{Store, StoreError};

impl Store {
    /// All accounts, in the order they were added.
    pub(crate) async fn accounts(&self) -> Result<Vec<(Account, Session)>, StoreError> {
        self.with(|db| {
            let mut all = db.prepare_cached("SELECT * FROM accounts ORDER BY position, id")?;
            let rows = all.query_map([], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Adds an account, or replaces what is known of it.
    pub(crate) async fn save_account(&self, account: Account, session: Session) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "INSERT INTO accounts (id, position, built_in, issuer, portal_name, client_id, person, scopes, session)
                 VALUES (?1, (SELECT coalesce(max(position), 0) + 1 FROM accounts), ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET issuer = ?3, portal_name = ?4, client_id = ?5, person = ?6,
                     scopes = ?7, session = ?8",
                params![
                    account.id.as_str(),
                    account.portal == PortalKind::BuiltIn,
                    account.issuer,
                    account.portal_name,
                    account.client_id,
                    account.person,
                    account.scopes.join(" "),
                    word(&session),
                ],
            )?;
            Ok(())
        })
        .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Account, Session)> {
    let portal = if row.get("built_in")? { PortalKind::BuiltIn } else { PortalKind::Remote };
    let scopes: String = row.get("scopes")?;
    let session: String = row.get("session")?;
    let account = Account {
        id: AccountId::new(row.get::<_, String>("id")?),
        portal,
        issuer: row.get("issuer")?,
        portal_name: row.get("portal_name")?,
        client_id: row.get("client_id")?,
        person: row.get("person")?,
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
    };
    Ok((account, parse(&session)))
}

fn word(session: &Session) -> &'static str {
    match session {
        Session::SignedIn => "signed_in",
        Session::SignedOut => "signed_out",
        Session::Ended => "ended",
        Session::Unknown => "unknown",
    }
}

fn parse(word: &str) -> Session {
    match word {
        "signed_in" => Session::SignedIn,
        "signed_out" => Session::SignedOut,
        "ended" => Session::Ended,
        _ => Session::Unknown,
    }
}
