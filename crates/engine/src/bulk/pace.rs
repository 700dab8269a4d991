//! How often a run is told: at once when it was quiet, and then no more than five times a second.

use std::sync::Arc;
use std::time::Duration;

use keystow_domain::AccountId;

use crate::engine::Engine;
use crate::events::Event;

/// The rest after each telling.
const REST: Duration = Duration::from_millis(200);

/// Whether something may be told now, has to wait, or is owed.
#[derive(Default)]
pub(crate) struct Pacer {
    resting: bool,
    owed: bool,
}

impl Pacer {
    /// Whether to tell now; if not, it is told after the rest.
    fn ask(&mut self) -> bool {
        self.owed = self.resting;
        !std::mem::replace(&mut self.resting, true)
    }

    /// After a rest: whether to tell what was owed, and so to rest again.
    fn rested(&mut self) -> bool {
        self.resting = std::mem::take(&mut self.owed);
        self.resting
    }
}

impl Engine {
    /// Tells that a run moved on, if it is the one that is shown.
    pub(crate) fn tell_bulk(&self, account: &AccountId) {
        if self.current().as_ref() != Some(account) || !self.state().bulk_pacer.ask() {
            return;
        }
        self.tell(Event::Bulk);
        let (engine, host) = (Arc::downgrade(&self.0), Arc::clone(&self.0.host));
        tokio::spawn(async move {
            loop {
                host.rest(REST).await;
                let Some(engine) = engine.upgrade().map(Engine) else { break };
                if !engine.state().bulk_pacer.rested() {
                    break;
                }
                engine.tell(Event::Bulk);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_change_is_told_at_once_and_the_rest_in_one_go() {
        let mut pacer = Pacer::default();
        assert!(pacer.ask());
        assert!(!pacer.ask() && !pacer.ask());
        assert!(pacer.rested(), "what came meanwhile is owed, once");
        assert!(!pacer.ask(), "and followed by a rest of its own");
        assert!(pacer.rested());
        assert!(!pacer.rested(), "nothing is owed");
        assert!(pacer.ask(), "after a quiet time it is told at once again");
    }
}
