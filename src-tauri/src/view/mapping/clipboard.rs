//! What the clipboard holds of ours, and who read it.

use keystow_engine::{ClipboardSight, Engine, ReaderKind, Reading, Receipts};

use super::{millis, shown, span};
use crate::view::{ClipboardView, KeyRef, ReaderView, ReceiptsView};

impl ClipboardView {
    /// What the clipboard holds now. What it held is not named while the keys are not to be seen.
    pub(crate) fn of(engine: &Engine) -> Self {
        let mut sight = engine.clipboard();
        if let ClipboardSight::Cleared { key, .. } = &mut sight
            && engine.lock_sight().is_some_and(|lock| lock.hidden)
        {
            *key = None;
        }
        sight.into()
    }
}

impl From<ClipboardSight> for ClipboardView {
    fn from(sight: ClipboardSight) -> Self {
        let named =
            |id: &keystow_domain::KeyId, name: &str| KeyRef { id: id.as_str().to_owned(), name: shown(name) };
        match sight {
            ClipboardSight::Empty => Self::Empty,
            ClipboardSight::Held(held) => Self::Held {
                key: named(&held.key, &held.name),
                old: held.old,
                until: held.until.as_millis(),
                total: span(held.total),
                form: (&held.form).into(),
                once: held.once,
                ask_place: held.ask_place,
                receipts: held.receipts.into(),
            },
            ClipboardSight::Replaced { receipts } => Self::Replaced { receipts: receipts.into() },
            ClipboardSight::Cleared { at, key, receipts } => Self::Cleared {
                at: millis(Some(at)).unwrap_or_default(),
                key: key.map(|(id, name)| named(&id, &name)),
                receipts: receipts.into(),
            },
            ClipboardSight::Unverified(trouble) => Self::Unverified { error: trouble.into() },
        }
    }
}

impl From<Receipts> for ReceiptsView {
    fn from(receipts: Receipts) -> Self {
        // What Keystow itself read is no news.
        let others = receipts.readings.into_iter().filter(|reading| reading.by.kind != ReaderKind::Ours);
        Self { told: receipts.told, readers: others.map(Into::into).collect() }
    }
}

impl From<Reading> for ReaderView {
    fn from(reading: Reading) -> Self {
        Self {
            hasty: reading.is_hasty().then(|| u32::try_from(reading.after).unwrap_or(u32::MAX)),
            program: reading.by.program.as_deref().map(shown),
            is_manager: reading.by.kind == ReaderKind::Manager,
            times: reading.times,
        }
    }
}
