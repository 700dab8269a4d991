//! Where the portals of these tests keep everything: a database of a PostgreSQL server.

use keystow_portal::{Config, Database};
use tokio_postgres::SimpleQueryMessage;

use crate::{
    cluster::{connect, database},
    desk::Desk,
};

/// What a portal keeps things in.
pub(crate) struct Store {
    pub(crate) address: String,
}

impl Store {
    /// Until when usage is complete at ten o'clock, when tests ask for it: another portal may have counted since.
    pub(crate) const COMPLETE_AT_TEN: &str = "2027-01-15T09:59:58Z";

    /// A store that nobody has used.
    pub(crate) async fn new() -> Self {
        Self { address: database().await }
    }

    /// Lets a portal use it.
    pub(crate) fn set_up(&self, config: &mut Config) {
        config.database = Some(Database::parse(&self.address).unwrap());
    }

    /// Lets the program use it.
    pub(crate) fn arguments(&self) -> Vec<String> {
        vec!["--database".into(), self.address.clone()]
    }

    /// Takes away what keeps the log from being altered.
    pub(crate) const UNGUARD: &str =
        "ALTER TABLE audit DISABLE TRIGGER USER; ALTER TABLE audit_head DISABLE TRIGGER USER";
    /// Makes the end of the log that of an empty one.
    pub(crate) const FORGET_END: &str =
        "UPDATE audit_head SET number = 0, hash = decode(repeat('00', 32), 'hex'),
        seal = decode(repeat('00', 32), 'hex')";

    /// Changes what is kept past the portal; says whether the database let it.
    pub(crate) async fn tamper(&self, _desk: &Desk, sql: &str) -> bool {
        connect(&self.address).await.batch_execute(sql).await.is_ok()
    }

    /// Every byte that is kept, as text of the server except for what is none.
    pub(crate) async fn content(&self, _desk: &Desk) -> Vec<u8> {
        let client = connect(&self.address).await;
        let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
        let tables = client.simple_query(tables).await.unwrap();
        let mut content = Vec::new();
        for table in &tables {
            let SimpleQueryMessage::Row(table) = table else { continue };
            // As bytes and not as text: a text that was sealed or hashed would not be found among hex digits.
            let columns = format!(
                "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = '{}'::regclass AND a.attnum > 0",
                table.get(0).unwrap()
            );
            for column in client.simple_query(&columns).await.unwrap() {
                let SimpleQueryMessage::Row(column) = column else { continue };
                let (column, table) = (column.get(0).unwrap(), table.get(0).unwrap());
                let bytes = format!(
                    "SELECT CASE pg_typeof({column})::TEXT WHEN 'bytea' THEN {column}::TEXT::BYTEA
                     ELSE convert_to({column}::TEXT, 'UTF8') END FROM {table} WHERE {column} IS NOT NULL"
                );
                for row in client.query(&bytes, &[]).await.unwrap() {
                    content.extend_from_slice(row.get(0));
                }
            }
        }
        content
    }
}
