//! The log, as operations.

use async_trait::async_trait;
use keystow_domain::Timestamp;

use super::Result;
use crate::audit::{Chain, EntryRecord};

/// Which entries are asked for; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AuditFilter {
    /// Those that this account made, and those about what is this account's or one of its teams'.
    pub(crate) whose: Option<String>,
    pub(crate) from: Option<Timestamp>,
    /// The first instant that is not wanted.
    pub(crate) to: Option<Timestamp>,
    /// The id or the address of the account that did it.
    pub(crate) actor: Option<String>,
    pub(crate) operation: Option<String>,
    /// The id of what it was about, or of the app that this belongs to.
    pub(crate) target: Option<String>,
    pub(crate) outcome: Option<String>,
}

/// A value of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bound {
    Text(String),
    Number(i64),
}

impl AuditFilter {
    /// The filter as conditions of SQL with their values, of entries before `before`. A place of a value begins with
    /// `mark`. Only what is asked for is in it, so that an index serves it.
    pub(crate) fn conditions(&self, mark: char, before: Option<i64>) -> (String, Vec<Bound>) {
        let mut values = vec![Bound::Number(before.unwrap_or(i64::MAX))];
        let mut sql = format!("number < {mark}1");
        let mut add = |condition: &str, value: Bound| {
            values.push(value);
            sql.push_str(" AND ");
            sql.push_str(&condition.replace('#', &format!("{mark}{}", values.len())));
        };
        let text = |text: &Option<String>| text.clone().map(Bound::Text);
        let instant = |at: Option<Timestamp>| at.map(|at| Bound::Number(at.as_millis()));
        let whose = "number IN (SELECT number FROM audit WHERE account = # UNION SELECT number FROM audit WHERE owner = #
            UNION SELECT a.number FROM memberships m JOIN audit a ON a.owner = m.team WHERE m.account = #)";
        let target = "number IN (SELECT number FROM audit WHERE target = # UNION SELECT number FROM audit WHERE app = #)";
        let all = [
            (whose, text(&self.whose)),
            ("at >= #", instant(self.from)),
            ("at < #", instant(self.to)),
            ("(account = # OR email = #)", text(&self.actor)),
            ("operation = #", text(&self.operation)),
            (target, text(&self.target)),
            ("outcome = #", text(&self.outcome)),
        ];
        for (condition, value) in all {
            if let Some(value) = value {
                add(condition, value);
            }
        }
        (sql, values)
    }
}

/// The log of what was done and tried. It only grows.
///
/// An entry of a change that succeeds is not appended here: the storage writes it within that change, if the change is
/// made as an [`Attempt`](crate::audit::Attempt).
#[async_trait]
pub(crate) trait AuditStore: Send + Sync {
    /// Appends an entry.
    async fn append(&self, entry: EntryRecord, chain: &Chain) -> Result<()>;
    /// Entries that were asked for, newest first, `limit` of them beginning after `before`.
    async fn entries(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<EntryRecord>>;
    /// How many entries that were asked for there are, counted up to `most`.
    async fn count_entries(&self, filter: &AuditFilter, most: u32) -> Result<u32>;
}

/// What a change came to: whether anything was changed that the log must tell of.
pub(crate) trait Made {
    /// Whether the change was made.
    fn is_made(&self) -> bool;
}

impl Made for () {
    fn is_made(&self) -> bool {
        true
    }
}

impl Made for bool {
    fn is_made(&self) -> bool {
        *self
    }
}

/// How many rows were changed.
impl Made for usize {
    fn is_made(&self) -> bool {
        *self > 0
    }
}

impl Made for crate::admin::SuspensionRecord {
    fn is_made(&self) -> bool {
        true
    }
}

impl<T> Made for Option<T> {
    fn is_made(&self) -> bool {
        self.is_some()
    }
}

impl<T, E> Made for std::result::Result<T, E> {
    fn is_made(&self) -> bool {
        self.is_ok()
    }
}

impl Made for super::Redeemed {
    fn is_made(&self) -> bool {
        *self == Self::Issued
    }
}

impl Made for super::Refreshed {
    fn is_made(&self) -> bool {
        *self == Self::Issued
    }
}
