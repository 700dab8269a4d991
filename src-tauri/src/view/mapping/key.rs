//! Keys.

use keystow_domain::{AppId, ClientProof, Environment, GraceEnd, NewKey, State, Timestamp};
use keystow_engine::{Due, DueKey, Engine, Freshness, OldSecret, Order, Page, Query, Row, VaultSight};

use super::{bounded, millis, shown};
use crate::view::{
    AppRef, BarView, CopyAbility, DueView, EnvironmentClass, EnvironmentCount, EnvironmentView,
    FreshnessView, GraceEndView, KeyDetailsView, KeyPageView, KeyQuery, KeyRef, KeyRowView, KeySort,
    MaskView, NewKeyInput, OldSecretView, PendingView, StatusKind, StatusView,
};

impl From<KeyQuery> for Query {
    fn from(query: KeyQuery) -> Self {
        Self {
            search: query.search.chars().take(200).collect(),
            environment: query.environment.map(bounded),
            order: match query.sort {
                KeySort::Attention => Order::Attention,
                KeySort::Name => Order::Name,
                KeySort::Created => Order::Created,
                KeySort::LastUsed => Order::LastUsed,
            },
            offset: query.offset,
            limit: query.limit,
        }
    }
}

impl KeyPageView {
    /// Part of the list, as the window shows it.
    pub(crate) fn of(page: Page, engine: &Engine) -> Self {
        let unlocked = is_unlocked(engine);
        Self {
            rows: page.rows.into_iter().map(|row| row_view(row, unlocked, engine)).collect(),
            offset: page.offset,
            matches: page.matches,
            tall: page.tall,
            total: page.total,
            environments: page
                .environments
                .iter()
                .map(|(environment, count)| EnvironmentCount {
                    environment: EnvironmentView::of(environment),
                    count: *count,
                })
                .collect(),
            due: due_view(page.due, engine.waiting()),
            freshness: page.freshness.into(),
            faults: page.faults.iter().map(Into::into).collect(),
        }
    }
}

impl KeyRowView {
    /// One key, as the window shows it.
    pub(crate) fn of(row: Row, engine: &Engine) -> Self {
        row_view(row, is_unlocked(engine), engine)
    }
}

impl KeyDetailsView {
    /// All that is known of a key.
    pub(crate) fn of(row: Row, engine: &Engine) -> Self {
        Self {
            version: row.key.version,
            rotated_at: millis(row.key.rotated_at),
            stowed_at: millis(row.stowed),
            places: Vec::new(),
            schedule: engine.schedule_of(&row.key.id).map(Into::into),
            receipts: Vec::new(),
            row: KeyRowView::of(row, engine),
        }
    }
}

fn is_unlocked(engine: &Engine) -> bool {
    engine.vault() == VaultSight::Unlocked
}

fn row_view(row: Row, unlocked: bool, engine: &Engine) -> KeyRowView {
    let copy = match (&row.state, row.stowed, unlocked) {
        (State::Expired | State::Revoked, ..) => CopyAbility::Dead,
        (_, None, _) if row.key.proof() == Some(&ClientProof::Nothing) => CopyAbility::Nothing,
        (_, None, _) => CopyAbility::NoSecret,
        (_, Some(_), false) => CopyAbility::Locked,
        (_, Some(_), true) => CopyAbility::Ready,
    };
    let key = row.key;
    let app = key.app.as_ref().map(|app| AppRef {
        id: app.as_str().to_owned(),
        name: engine.app_name(app).map(|name| shown(&name)),
    });
    KeyRowView {
        app,
        client: key.client.as_deref().map(Into::into),
        id: key.id.as_str().to_owned(),
        name: shown(&key.name),
        owner: key.owner.as_deref().map(shown),
        scopes: key.scopes.iter().take(100).map(|scope| shown(scope)).collect(),
        environment: key.environment.as_ref().map(EnvironmentView::of),
        mask: MaskView {
            prefix: shown(&key.prefix),
            suffix: key.suffix.as_deref().map(shown),
            shared_by: row.prefix_shared_by,
        },
        status: status(&row.state, key.expires_at),
        created_at: millis(key.created_at),
        last_used_at: millis(key.last_used_at),
        // The contract leaves the date out for a key that was never used.
        last_used_known: true,
        expires_at: millis(key.expires_at),
        copy,
        old: row.old.into_iter().map(|old| old_view(old, unlocked)).collect(),
        bars: row
            .bars
            .map(|days| days.iter().map(|&(requests, failures)| BarView { requests, failures }).collect()),
        pending: row.pending.map(|what| PendingView { what: what.into() }),
        open_rotation: row.open_rotation,
        due_at: millis(row.due_at),
        secret_deleted_at: millis(row.deleted_at),
    }
}

fn old_view(old: OldSecret, unlocked: bool) -> OldSecretView {
    OldSecretView {
        mask: MaskView { prefix: shown(&old.prefix), suffix: old.suffix.as_deref().map(shown), shared_by: 0 },
        end: match old.end {
            GraceEnd::At(at) => GraceEndView::Exact { at: at.as_millis() },
            GraceEnd::Between { least, most } => {
                GraceEndView::Range { least: least.as_millis(), most: most.as_millis() }
            }
            GraceEnd::Unknown => GraceEndView::Unknown,
        },
        from: millis(old.from),
        last_used_at: millis(old.last_used_at),
        copyable: old.stowed && unlocked,
        of: old.of.map(|(id, name)| KeyRef { id: id.as_str().to_owned(), name: shown(&name) }),
    }
}

fn status(state: &State, expires_at: Option<Timestamp>) -> StatusView {
    let (kind, word, at) = match state {
        State::Active => (StatusKind::Active, None, expires_at),
        State::ExpiringSoon(at) => (StatusKind::Expiring, None, Some(*at)),
        State::Rotating(end) => (StatusKind::Rotating, None, end.deadline()),
        State::Expired => (StatusKind::Expired, None, expires_at),
        State::Revoked => (StatusKind::Revoked, None, None),
        State::Pending => (StatusKind::Pending, None, None),
        State::Suspended => (StatusKind::Suspended, None, None),
        State::Unknown(word) => (StatusKind::Unknown, Some(shown(word)), None),
    };
    StatusView { kind, word: word.filter(|word| !word.is_empty()), at: millis(at) }
}

impl EnvironmentView {
    /// An environment with its class.
    pub(crate) fn of(environment: &Environment) -> Self {
        Self {
            word: shown(environment.word()),
            label: shown(environment.word()),
            class: match environment {
                Environment::Production => EnvironmentClass::Prod,
                Environment::Staging => EnvironmentClass::Staging,
                Environment::Test => EnvironmentClass::Test,
                Environment::Development | Environment::Other(_) => EnvironmentClass::Dev,
            },
        }
    }
}

fn due_view(due: Due, (waiting, asks): (u32, u32)) -> DueView {
    DueView {
        rotating: due.rotating.map(Into::into),
        expiring: due.expiring.map(Into::into),
        overdue: due.overdue.map(Into::into),
        unused: due.unused,
        waiting,
        asks,
    }
}

impl From<DueKey> for crate::view::DueKey {
    fn from(due: DueKey) -> Self {
        Self {
            key: KeyRef { id: due.id.as_str().to_owned(), name: shown(&due.name) },
            at: millis(due.at),
            from: millis(due.from),
            count: due.count,
        }
    }
}

impl From<Freshness> for FreshnessView {
    fn from(freshness: Freshness) -> Self {
        Self {
            read_at: millis(freshness.read_at),
            reading: freshness.reading,
            read: freshness.read,
            of: freshness.of,
            cut: freshness.cut,
            clock_offset: freshness.clock_offset,
            clock_about: freshness.clock_about,
            error: freshness.error.map(Into::into),
            writes_off: freshness.writes_off.map(Into::into),
        }
    }
}

impl From<NewKeyInput> for NewKey {
    fn from(input: NewKeyInput) -> Self {
        Self {
            name: input.name.chars().take(4096).collect(),
            scopes: input.scopes.into_iter().take(100).map(bounded).collect(),
            environment: input.environment.map(bounded),
            expires_at: input.expires_at.map(Timestamp::from_millis),
            app: input.app.map(|app| AppId::new(bounded(app))),
        }
    }
}

impl From<keystow_engine::Left> for crate::view::LeftView {
    fn from(left: keystow_engine::Left) -> Self {
        match left {
            keystow_engine::Left::Cleared => Self::Cleared,
            keystow_engine::Left::Replaced => Self::Replaced,
            keystow_engine::Left::Unverified => Self::Unverified,
        }
    }
}
