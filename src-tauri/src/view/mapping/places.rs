//! Where a key is used, how its secret is tried, and the search for an old one.

use keystow_domain::visible;
use keystow_engine::{Found, Place, Probe, Straggler, SweepSight, SweepWish};

use super::{millis, shown, small};
use crate::view::{
    DeliveredView, FoundView, PlaceKind, PlaceView, ProbeView, StragglerView, SweepInput, SweepState,
    SweepView,
};

impl From<Place> for PlaceView {
    fn from(place: Place) -> Self {
        Self {
            id: place.id,
            kind: place.kind.into(),
            label: shown(&place.label),
            added_at: place.added_at.as_millis(),
            last_at: millis(place.last_at),
            delivered: place.delivered.map(|it| DeliveredView { at: it.at.as_millis(), by_hand: it.by_hand }),
        }
    }
}

impl From<keystow_engine::PlaceKind> for PlaceKind {
    fn from(kind: keystow_engine::PlaceKind) -> Self {
        match kind {
            keystow_engine::PlaceKind::Text => Self::Text,
            keystow_engine::PlaceKind::Folder => Self::Folder,
            keystow_engine::PlaceKind::Command => Self::Command,
            keystow_engine::PlaceKind::Ci => Self::Ci,
        }
    }
}

impl From<PlaceKind> for keystow_engine::PlaceKind {
    fn from(kind: PlaceKind) -> Self {
        match kind {
            PlaceKind::Text => Self::Text,
            PlaceKind::Folder => Self::Folder,
            PlaceKind::Command => Self::Command,
            PlaceKind::Ci => Self::Ci,
        }
    }
}

impl From<Probe> for ProbeView {
    fn from(probe: Probe) -> Self {
        // An address is shown whole: cut, it would be saved cut.
        Self { url: visible(&probe.url), header: probe.header, before: probe.before, own: probe.own }
    }
}

impl From<ProbeView> for Probe {
    fn from(view: ProbeView) -> Self {
        Self { url: view.url, header: view.header, before: view.before, own: view.own }
    }
}

impl From<Straggler> for StragglerView {
    fn from(straggler: Straggler) -> Self {
        Self {
            last_used_at: millis(straggler.last_used_at),
            calls: straggler.calls.map(small),
            ends_at: millis(straggler.ends_at),
        }
    }
}

impl From<SweepInput> for SweepWish {
    fn from(input: SweepInput) -> Self {
        Self { folders: input.folders, dotfiles: input.dotfiles, history: input.history }
    }
}

impl From<SweepSight> for SweepView {
    fn from(sight: SweepSight) -> Self {
        Self {
            key: sight.key.as_str().to_owned(),
            state: match sight.state {
                keystow_engine::SweepState::Running => SweepState::Running,
                keystow_engine::SweepState::Done => SweepState::Done,
                keystow_engine::SweepState::Cancelled => SweepState::Cancelled,
                keystow_engine::SweepState::Failed => SweepState::Failed,
            },
            files: sight.files,
            skipped: sight.skipped,
            folder: sight.folder.as_deref().map(visible),
            found: sight.found.into_iter().map(Into::into).collect(),
            error: sight.trouble.map(Into::into),
        }
    }
}

impl From<Found> for FoundView {
    fn from(found: Found) -> Self {
        // A path is shown whole: it is there to be copied and opened.
        Self { file: visible(&found.file), line: found.line, base64: found.base64 }
    }
}
