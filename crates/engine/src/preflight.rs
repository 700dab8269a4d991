//! Before a rotation: what must hold so that nothing can be lost.

use keystow_domain::{AccountId, KeyId, Verb};

use crate::engine::Engine;
use crate::{Trouble, words};

/// One check before a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which one.
    pub kind: CheckKind,
    /// A figure that belongs to it: the clock's offset in milliseconds.
    pub figure: Option<i64>,
    /// Why it did not pass.
    pub trouble: Option<Trouble>,
}

/// What is checked before a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckKind {
    /// A record of the right size was written, read back and deleted.
    Vault,
    /// The session outlives the call.
    Session,
    /// The portal's clock is known.
    Clock,
    /// No other change of the key is open here.
    Alone,
}

impl Engine {
    /// Makes every check, whether or not an earlier one failed. `unread` is why the portal could not be
    /// asked about the key just now.
    pub(crate) async fn preflight(
        &self,
        account: &AccountId,
        key: &KeyId,
        unread: Option<Trouble>,
    ) -> Vec<Check> {
        let vault = self.0.vault.prove_writable().await.map_err(words::vault).err();
        let session = self.session(account, std::time::Duration::from_secs(180)).await.err().or(unread);
        // What was learned before a restart is not good enough to start a rotation with.
        let clock = self.clock_sight(account);
        let offset = clock.offset.filter(|_| !clock.about);
        let alone = self.open_change(key).await;
        let check = |kind, trouble| Check { kind, figure: None, trouble };
        vec![
            check(CheckKind::Vault, vault),
            check(CheckKind::Session, session),
            Check { figure: offset, ..check(CheckKind::Clock, offset.is_none().then(clock_unknown)) },
            check(CheckKind::Alone, alone),
        ]
    }

    async fn open_change(&self, key: &KeyId) -> Option<Trouble> {
        let entries = match self.0.store.unfinished().await {
            Ok(entries) => entries,
            Err(error) => return Some(words::store(&error)),
        };
        let same = |verb: &Verb| matches!(verb, Verb::Rotate { key: other, .. } if other == key);
        let open = entries.iter().find(|entry| entry.is_open() && same(&entry.issue.intent.verb));
        open.map(|entry| words::busy(&entry.issue.name))
    }
}

fn clock_unknown() -> Trouble {
    Trouble::new(
        "clock_unknown",
        "The portal's clock is not known yet.",
        "Without it the time the old secret has left could be shown wrong.",
        "Wait for the portal to answer, then open this again.",
    )
}
