//! What the picker shows first, on disk: the pinned keys as a setting, the copied ones as the log has them.

use keystow_domain::{AccountId, KeyId};

use super::{Store, StoreError};
use crate::picks::Picked;

/// So many copies are looked back at.
const LOOK_BACK: u32 = 500;

impl Store {
    /// The pinned keys, the one that was pinned first before the others.
    pub(crate) async fn pinned(&self) -> Result<Vec<Picked>, StoreError> {
        let text = self.setting("pinned").await?.unwrap_or_default();
        let pairs: Vec<(String, String)> = serde_json::from_str(&text).unwrap_or_default();
        Ok(pairs.into_iter().map(|(account, key)| (AccountId::new(account), KeyId::new(key))).collect())
    }

    /// Keeps which keys are pinned.
    pub(crate) async fn set_pinned(&self, pinned: &[Picked]) -> Result<(), StoreError> {
        let pairs: Vec<(&str, &str)> =
            pinned.iter().map(|(account, key)| (account.as_str(), key.as_str())).collect();
        let text = serde_json::to_string(&pairs).map_err(|_| StoreError::Broken)?;
        self.set_setting("pinned", text).await
    }

    /// The keys whose secrets were copied last, the last one first, each once, with whose the log says they are.
    pub(crate) async fn last_copied(&self, most: usize) -> Result<Vec<(String, KeyId)>, StoreError> {
        self.with(move |db| {
            let mut copies = db.prepare_cached(
                "SELECT account, key FROM audit WHERE what = 'copied' AND account IS NOT NULL
                 AND key IS NOT NULL ORDER BY number DESC LIMIT ?1",
            )?;
            let mut last: Vec<(String, KeyId)> = Vec::new();
            let mut rows = copies.query([LOOK_BACK])?;
            while let Some(row) = rows.next()? {
                let copied = (row.get(0)?, KeyId::new(row.get::<_, String>(1)?));
                if !last.contains(&copied) {
                    last.push(copied);
                }
                if last.len() == most {
                    break;
                }
            }
            Ok(last)
        })
        .await
    }
}
