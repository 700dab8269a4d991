//! What can still be read of a damaged database: the journal, and the rotations it speaks of.
//!
//! Only they are taken over, because only they cannot be read again from a portal: a change whose outcome
//! is not known must be settled. A row that makes no sense is left behind.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;

/// Tables with their columns, those of the first version apart from those that came later.
const TABLES: [(&str, &[&str], &[&str]); 2] = [
    (
        "journal",
        &[
            "operation",
            "account",
            "ticket",
            "verb",
            "key",
            "name",
            "prefix",
            "version",
            "rotated_at",
            "grace_millis",
            "scopes",
            "environment",
            "expires_at",
            "known_keys",
            "intended_at",
            "progress",
            "quiet_reads",
            "quiet_since",
        ],
        &["course", "app", "client"],
    ),
    (
        "courses",
        &[
            "id",
            "account",
            "key",
            "name",
            "reason",
            "way",
            "longest_job",
            "successor",
            "old_prefix",
            "old_suffix",
            "opened_at",
            "rotated_at",
            "ended_at",
            "finished_at",
            "receipt",
        ],
        &["planned"],
    ),
];

/// Deletes what came over and cannot have been written so. A call is repeated as it is written here, so
/// nothing in doubt may stay.
const DOUBTS: &str = "
    DELETE FROM journal WHERE progress NOT IN ('intended', 'unknown', 'done', 'aborted', 'lost', 'told')
        OR verb NOT IN ('create', 'rotate') OR (verb = 'rotate' AND (key IS NULL OR prefix IS NULL))
        OR operation = '' OR account = '' OR ticket = '' OR NOT json_valid(scopes) OR NOT json_valid(known_keys)
        OR (client IS NOT NULL AND NOT json_valid(client));
    DELETE FROM courses WHERE reason NOT IN ('planned', 'leaked') OR way NOT IN ('sideBySide', 'inPlace');
";

/// Takes over what can be read, row by row. Tells how many changes of it are open; what cannot be read is
/// no failure.
pub(super) fn salvage(from: &Path, into: &Connection) -> usize {
    let Ok(old) = Connection::open(from) else { return 0 };
    // With this SQLite reads on where one table's definition is damaged; nothing is written here.
    let _ = old.execute_batch("PRAGMA writable_schema = ON; PRAGMA query_only = ON;");
    for (table, columns, later) in TABLES {
        // Each version added one of the later columns; the file may be of any.
        let of_version = |known: usize| [columns, &later[..known]].concat();
        let _ = (0..=later.len()).rev().any(|known| copy(&old, into, table, &of_version(known)));
    }
    if into.execute_batch(DOUBTS).is_err() {
        let _ = into.execute_batch("DELETE FROM journal; DELETE FROM courses;");
    }
    let open = "SELECT count(*) FROM journal WHERE progress IN ('intended', 'unknown')";
    let count: i64 = into.query_row(open, [], |row| row.get(0)).unwrap_or(0);
    usize::try_from(count).unwrap_or(0)
}

/// Copies the rows of a table; whether it has these columns at all.
fn copy(old: &Connection, into: &Connection, table: &str, columns: &[&str]) -> bool {
    let (names, marks) = (columns.join(", "), vec!["?"; columns.len()].join(", "));
    let insert = format!("INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})");
    let mut is_there = false;
    // A damaged page ends a scan in one direction; the other may reach further rows.
    for order in ["ASC", "DESC"] {
        let select = format!("SELECT {names} FROM {table} NOT INDEXED ORDER BY rowid {order}");
        let Ok(mut rows) = old.prepare(&select) else { continue };
        is_there = true;
        let Ok(mut rows) = rows.query([]) else { continue };
        while let Ok(Some(row)) = rows.next() {
            let values: Result<Vec<Value>, _> = (0..columns.len()).map(|at| row.get(at)).collect();
            if let Ok(values) = values {
                let _ = into.execute(&insert, rusqlite::params_from_iter(values));
            }
        }
    }
    is_there
}
