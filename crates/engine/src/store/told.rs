//! What the person was told already, so that nothing is told twice: not after a restart, and not by a
//! second process.

use keystow_domain::{AccountId, KeyId, Timestamp};
use rusqlite::params;

use super::{Store, StoreError};

/// Something to tell once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Told {
    pub(crate) account: AccountId,
    pub(crate) key: KeyId,
    /// What ends: `grace`, `expiry` or `due`.
    pub(crate) what: &'static str,
    /// When it ends, at the portal.
    pub(crate) ends_at: Timestamp,
    /// The step of it.
    pub(crate) step: &'static str,
}

impl Store {
    /// Claims the telling of some things, each with those that it makes needless. Tells for each of them
    /// whether it is the caller's to tell.
    pub(crate) async fn claim(
        &self,
        all: Vec<(Told, Vec<Told>)>,
        at: Timestamp,
    ) -> Result<Vec<bool>, StoreError> {
        self.with(move |db| {
            let together = db.transaction()?;
            let mut claimed = Vec::with_capacity(all.len());
            {
                let mut insert = together.prepare_cached(
                    "INSERT OR IGNORE INTO told (account, key, what, ends_at, step, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?;
                let mut write = |told: &Told| {
                    insert.execute(params![
                        told.account.as_str(),
                        told.key.as_str(),
                        told.what,
                        told.ends_at.as_millis(),
                        told.step,
                        at.as_millis(),
                    ])
                };
                for (told, needless) in &all {
                    claimed.push(write(told)? == 1);
                    for told in needless {
                        write(told)?;
                    }
                }
            }
            together.commit()?;
            Ok(claimed)
        })
        .await
    }

    /// Forgets what was told of ends before `before`: nobody is reminded of them again.
    pub(crate) async fn forget_told(&self, before: Timestamp) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute("DELETE FROM told WHERE ends_at < ?1", [before.as_millis()])?;
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(step: &'static str) -> Told {
        Told {
            account: AccountId::new("acc_1"),
            key: KeyId::new("key_1"),
            what: "grace",
            ends_at: Timestamp::from_secs(9),
            step,
        }
    }

    #[tokio::test]
    async fn one_of_two_processes_tells_and_a_needless_step_is_not_told_later() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_secs(5);
        let one = Store::open(folder.path(), now).unwrap().store;
        let two = Store::open(folder.path(), now).unwrap().store;
        let claim = || vec![(told("5m"), vec![told("half"), told("fifth")])];
        assert_eq!(one.claim(claim(), now).await.unwrap(), [true]);
        assert_eq!(two.claim(claim(), now).await.unwrap(), [false]);
        assert_eq!(two.claim(vec![(told("half"), vec![])], now).await.unwrap(), [false]);
        assert_eq!(two.claim(vec![(told("end"), vec![])], now).await.unwrap(), [true]);
    }
}
