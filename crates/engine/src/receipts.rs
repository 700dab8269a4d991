//! Following what the clipboard tells of a secret that was copied: who read it, and that it is gone.
//!
//! What no person did is written into the log: a reading too soon for a paste, and a cleared secret that
//! was put back.

use keystow_vault::{ClipboardState, Reading, Receipts};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;

/// How a program is called that did not tell its name.
const NAMELESS: &str = "unknown";

impl Engine {
    /// Passes the clipboard's changes on, for as long as the engine lives.
    pub(crate) async fn follow_clipboard(&self) {
        let (mut states, mut receipts) = (self.0.clipboard.watch(), self.0.clipboard.receipts());
        let mut logged = Vec::new();
        loop {
            let still = tokio::select! {
                changed = states.changed() => changed.is_ok() && {
                    let state = *states.borrow_and_update();
                    self.note_state(state).await;
                    true
                },
                changed = receipts.changed() => changed.is_ok() && {
                    let read = receipts.borrow_and_update().clone();
                    self.log_hasty(&read, &mut logged).await;
                    true
                },
            };
            if !still {
                return;
            }
            self.tell(Event::Clipboard);
        }
    }

    async fn note_state(&self, state: ClipboardState) {
        match state {
            ClipboardState::Cleared => {
                let now = self.now();
                if let Some(copied) = &mut self.state().copied {
                    copied.cleared(now);
                }
            }
            ClipboardState::Unverified(_) => {
                let by = self.0.clipboard.receipts().borrow().returned_by.clone();
                if let Some(by) = by {
                    let program = by.program.as_deref().unwrap_or(NAMELESS);
                    self.log(self.about_copied(Deed::PutBack).await.fact("program", program)).await;
                }
            }
            _ => {}
        }
    }

    /// Writes down who read sooner than a person could have pasted, each once for a copy.
    async fn log_hasty(&self, receipts: &Receipts, logged: &mut Vec<Reading>) {
        if receipts.readings.is_empty() {
            logged.clear();
        }
        for reading in receipts.readings.iter().filter(|reading| reading.is_hasty()) {
            // How often it read may have changed since.
            if logged.iter().any(|known| known.by == reading.by && known.after == reading.after) {
                continue;
            }
            logged.push(reading.clone());
            let program = reading.by.program.as_deref().unwrap_or(NAMELESS);
            let note = self.about_copied(Deed::ReadEarly).await;
            self.log(note.fact("program", program).fact("after_ms", reading.after.to_string())).await;
        }
    }

    /// A note about the secret that was copied last.
    async fn about_copied(&self, deed: Deed) -> Note {
        // A copy that is being made is remembered only when it is done.
        let _turn = self.0.copying.lock().await;
        let note = Note::new(deed);
        match &self.state().copied {
            Some(copied) => {
                let (account, key, name) = copied.key();
                note.of(account).key(key, name)
            }
            None => note,
        }
    }
}
