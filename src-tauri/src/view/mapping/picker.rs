//! The picker.

use keystow_engine::{Engine, Pick, PickGroup, PickSight};

use super::{shown, small};
use crate::view::{KeyRowView, PickKind, PickView, PickerView, SettingsView, VaultView};

impl PickerView {
    /// What the picker shows for a text.
    pub(crate) fn of(engine: &Engine, typed: &str) -> Self {
        Self::with(engine, typed, engine.picks(typed))
    }

    /// The same while somebody waits for it; nothing otherwise.
    pub(crate) fn while_wanted(
        engine: &Engine,
        typed: &str,
        waits: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        engine.picks_while(typed, waits).map(|sight| Self::with(engine, typed, sight))
    }

    fn with(engine: &Engine, typed: &str, sight: PickSight) -> Self {
        let settings = SettingsView::from(engine.settings());
        Self {
            theme: settings.theme,
            language: settings.language,
            vault: VaultView::from(engine.vault()).state,
            hidden: engine.lock_sight().is_some_and(|lock| lock.hidden),
            typed: typed.to_owned(),
            rows: sight.rows.into_iter().map(|pick| PickView::of(pick, engine)).collect(),
            matches: small(sight.matches as u64),
            total: small(sight.total as u64),
            failure: None,
        }
    }
}

impl PickView {
    fn of(pick: Pick, engine: &Engine) -> Self {
        let name = pick.row.key.name.clone();
        let row = KeyRowView::of(pick.row, engine);
        Self {
            account: pick.account.as_str().to_owned(),
            label: pick.label.map(|label| shown(&label)),
            id: row.id,
            // A name that had to be made safe has other characters at these places.
            marks: if row.name == name { pick.marks } else { Vec::new() },
            name: row.name,
            environment: row.environment,
            mask: row.mask,
            status: row.status,
            copy: row.copy,
            pinned: pick.pinned,
            group: match pick.group {
                PickGroup::Pinned => PickKind::Pinned,
                PickGroup::Recent => PickKind::Recent,
                PickGroup::Rest => PickKind::Rest,
                PickGroup::Found => PickKind::Found,
            },
        }
    }
}
