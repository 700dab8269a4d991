//! Suspensions, what they are about, and what criteria hit.

use std::collections::{HashMap, HashSet};

use keystow_domain::Timestamp;
use keystow_portal_api::{
    admin::{Suspension, SuspensionCriteria, SuspensionItem, item_state, suspension_state, what},
    apps::app_status,
};

use crate::{
    apps::SubscriptionState,
    keys::Standing,
    seal::{Digest, Pepper, Purpose},
    stamp,
    storage::{AppLine, KeyLine},
    teams::is_team,
};

/// What a suspension can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ItemKind {
    App = 1,
    Key = 2,
    Client = 3,
}

impl ItemKind {
    /// The word of the contract, and of the log.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Key => "key",
            Self::Client => "client",
        }
    }

    /// Reads what is kept.
    pub(crate) fn kept(number: u8) -> Self {
        match number {
            1 => Self::App,
            3 => Self::Client,
            _ => Self::Key,
        }
    }

    /// The name under which the log knows that one of these was suspended, or resumed.
    pub(crate) fn operation(self, resumed: bool) -> &'static str {
        match (self, resumed) {
            (Self::App, false) => "suspendApp",
            (Self::App, true) => "resumeApp",
            (Self::Key, false) => "suspendApiKey",
            (Self::Key, true) => "resumeApiKey",
            (Self::Client, false) => "suspendClient",
            (Self::Client, true) => "resumeClient",
        }
    }
}

/// Where a thing of a suspension stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ItemState {
    Due = 0,
    Suspended = 1,
    Resumed = 2,
    Left = 3,
}

impl ItemState {
    /// Reads what is kept.
    pub(crate) fn kept(number: u8) -> Self {
        match number {
            0 => Self::Due,
            1 => Self::Suspended,
            2 => Self::Resumed,
            _ => Self::Left,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Due => item_state::DUE,
            Self::Suspended => item_state::SUSPENDED,
            Self::Resumed => item_state::RESUMED,
            Self::Left => item_state::LEFT,
        }
    }
}

/// A thing that a suspension is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) place: i64,
    pub(crate) kind: ItemKind,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) state: ItemState,
}

impl Item {
    pub(super) fn to_wire(&self) -> SuspensionItem {
        SuspensionItem {
            kind: self.kind.word().into(),
            id: self.id.clone(),
            name: self.name.clone(),
            state: self.state.word().into(),
            ..SuspensionItem::default()
        }
    }
}

/// A suspension as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SuspensionRecord {
    pub(crate) number: i64,
    pub(crate) id: String,
    pub(crate) criteria: String,
    pub(crate) reason: String,
    /// The address of the account that began it.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    /// When somebody began to undo all of it.
    pub(crate) resumed_at: Option<Timestamp>,
    /// How many things of it stand where, in the order of [`ItemState`].
    pub(crate) counts: [u64; 4],
}

impl SuspensionRecord {
    fn state(&self) -> &'static str {
        let [due, suspended, ..] = self.counts;
        match self.resumed_at {
            Some(_) if suspended > 0 => suspension_state::RESUMING,
            Some(_) => suspension_state::RESUMED,
            None if due > 0 => suspension_state::RUNNING,
            None if suspended > 0 => suspension_state::DONE,
            None => suspension_state::RESUMED,
        }
    }

    pub(super) fn to_wire(&self) -> Suspension {
        let [due, suspended, resumed, left] = self.counts;
        Suspension {
            id: self.id.clone(),
            state: self.state().into(),
            // Written by this portal; what cannot be read costs nobody the rest.
            criteria: serde_json::from_str(&self.criteria).unwrap_or_default(),
            reason: self.reason.clone(),
            by: self.by.clone(),
            begun_at: stamp::write(self.at),
            of: self.counts.iter().sum(),
            due,
            suspended,
            resumed,
            left,
        }
    }
}

impl AppLine {
    /// How far the app is, in the word of the contract.
    pub(super) fn status(&self) -> &'static str {
        let any = |state| self.products.iter().any(|(_, one)| *one == state);
        if self.is_suspended {
            app_status::SUSPENDED
        } else if any(SubscriptionState::Approved) {
            app_status::ACTIVE
        } else if any(SubscriptionState::Pending) || self.products.is_empty() {
            app_status::PENDING
        } else {
            app_status::REJECTED
        }
    }

    /// Whose it is, for people to read.
    pub(super) fn owner(&self) -> String {
        self.team.clone().unwrap_or_else(|| self.email.clone())
    }

    pub(super) fn team_id(&self) -> String {
        if is_team(&self.account) { self.account.clone() } else { String::new() }
    }
}

/// Criteria that were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Criteria {
    pub(super) wire: SuspensionCriteria,
    pub(super) unused_since: Option<Timestamp>,
    pub(super) created_before: Option<Timestamp>,
}

/// What criteria hit.
pub(super) struct Hit {
    /// In the order in which it is suspended.
    pub(super) items: Vec<(ItemKind, SuspensionItem)>,
    pub(super) apps: u64,
    pub(super) credentials: u64,
    pub(super) preview: Digest,
}

impl Criteria {
    fn is_of_apps(&self) -> bool {
        self.wire.what == what::APPS
    }

    fn fits(&self, of: &Facts<'_>) -> bool {
        let is = |wish: &Option<String>, holds: &dyn Fn(&str) -> bool| wish.as_deref().is_none_or(holds);
        let unused = self
            .unused_since
            .is_none_or(|since| of.created_at < since && of.last_used_at.is_none_or(|used| used < since));
        unused
            && self.created_before.is_none_or(|before| of.created_at < before)
            && is(&self.wire.owner, &|owner| of.account == owner || of.email.eq_ignore_ascii_case(owner))
            && is(&self.wire.product, &|product| of.products.iter().any(|(one, _)| one == product))
            && is(&self.wire.status, &|status| of.status == status)
            && is(&self.wire.name_contains, &|part| of.name.to_lowercase().contains(&part.to_lowercase()))
    }

    /// What of everything is hit. What is suspended already is not.
    pub(super) fn hit(&self, apps: &[AppLine], keys: &[KeyLine], pepper: &Pepper) -> Hit {
        let (mut items, mut credentials) = (Vec::new(), 0);
        if self.is_of_apps() {
            for app in apps.iter().filter(|app| !app.is_suspended && self.fits(&Facts::of_app(app))) {
                credentials += app.credentials;
                items
                    .push((ItemKind::App, wire_of("app", &app.id, &app.name, app.owner(), app.last_used_at)));
            }
        } else {
            let by_id: HashMap<&str, &AppLine> = apps.iter().map(|app| (app.id.as_str(), app)).collect();
            let awake = keys.iter().filter(|key| key.standing != Standing::Suspended);
            for key in
                awake.filter(|key| self.fits(&Facts::of_key(key, by_id.get(key.app.as_str()).copied())))
            {
                let kind = if key.is_client { ItemKind::Client } else { ItemKind::Key };
                let owner = key.team.clone().unwrap_or_else(|| key.email.clone());
                credentials += 1;
                items.push((kind, wire_of(kind.word(), &key.id, &key.name, owner, key.last_used_at)));
            }
        }
        let apps = if self.is_of_apps() { items.len() as u64 } else { 0 };
        let wish = serde_json::to_string(&self.wire).unwrap_or_default();
        let parts = std::iter::once(wish.as_str()).chain(items.iter().map(|(_, item)| item.id.as_str()));
        let preview = pepper.digest(Purpose::Suspension, &parts.collect::<Vec<_>>());
        Hit { items, apps, credentials, preview }
    }
}

/// What criteria look at.
struct Facts<'f> {
    account: &'f str,
    email: &'f str,
    name: &'f str,
    status: &'f str,
    products: &'f [(String, SubscriptionState)],
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

impl<'f> Facts<'f> {
    fn of_app(app: &'f AppLine) -> Self {
        Self {
            account: &app.account,
            email: &app.email,
            name: &app.name,
            status: app.status(),
            products: &app.products,
            created_at: app.created_at,
            last_used_at: app.last_used_at,
        }
    }

    fn of_key(key: &'f KeyLine, app: Option<&'f AppLine>) -> Self {
        Self {
            account: &key.account,
            email: &key.email,
            name: &key.name,
            status: if key.standing == Standing::InForce { app_status::ACTIVE } else { app_status::PENDING },
            products: app.map(|app| app.products.as_slice()).unwrap_or_default(),
            created_at: key.created_at,
            last_used_at: key.last_used_at,
        }
    }
}

fn wire_of(kind: &str, id: &str, name: &str, owner: String, used: Option<Timestamp>) -> SuspensionItem {
    SuspensionItem {
        kind: kind.into(),
        id: id.into(),
        name: name.into(),
        owner,
        last_used_at: stamp::write_opt(used),
        state: String::new(),
    }
}

/// Reads products with their states, one a line: how a survey tells them.
pub(crate) fn products(lines: &str) -> Vec<(String, SubscriptionState)> {
    let parts = lines.lines().filter_map(|line| line.rsplit_once(' '));
    parts.map(|(product, state)| (product.to_owned(), SubscriptionState::read(state))).collect()
}

/// Credentials by the app they belong to.
pub(super) fn by_app(keys: Vec<KeyLine>) -> HashMap<String, Vec<KeyLine>> {
    let mut all: HashMap<String, Vec<KeyLine>> = HashMap::new();
    for key in keys.into_iter().filter(|key| !key.app.is_empty()) {
        all.entry(key.app.clone()).or_default().push(key);
    }
    all
}

/// The ids of the products that are approved for an app, each once.
pub(super) fn approved(app: &AppLine) -> Vec<String> {
    let mut seen = HashSet::new();
    let approved = app.products.iter().filter(|(_, state)| *state == SubscriptionState::Approved);
    approved.map(|(product, _)| product.clone()).filter(|product| seen.insert(product.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn app(number: i64, name: &str, used: Option<i64>) -> AppLine {
        AppLine {
            number,
            id: format!("app_{number}"),
            name: name.into(),
            account: "acc_ada".into(),
            email: "ada@example.com".into(),
            team: None,
            created_at: Timestamp::from_secs(1_700_000_000),
            last_used_at: used.map(Timestamp::from_secs),
            credentials: 2,
            products: vec![("catalog".into(), SubscriptionState::Approved)],
            is_suspended: false,
        }
    }

    fn criteria(change: impl FnOnce(&mut SuspensionCriteria)) -> Criteria {
        let mut wire = SuspensionCriteria { what: what::APPS.into(), ..SuspensionCriteria::default() };
        change(&mut wire);
        Criteria { wire, unused_since: None, created_before: None }
    }

    fn ids(criteria: &Criteria, apps: &[AppLine]) -> Vec<String> {
        let hit = criteria.hit(apps, &[], &Pepper::new(&[1; 32]));
        hit.items.into_iter().map(|(_, item)| item.id).collect()
    }

    #[test]
    fn each_criterion_lets_out_what_it_does_not_fit() {
        let apps = [app(1, "Shop", None), app(2, "Blog", Some(1_790_000_000))];
        assert_eq!(ids(&criteria(|it| it.name_contains = Some("SHO".into())), &apps), ["app_1"]);
        assert_eq!(ids(&criteria(|it| it.owner = Some("Ada@Example.com".into())), &apps).len(), 2);
        assert!(ids(&criteria(|it| it.owner = Some("bob@example.com".into())), &apps).is_empty());
        assert_eq!(ids(&criteria(|it| it.product = Some("catalog".into())), &apps).len(), 2);
        assert!(ids(&criteria(|it| it.product = Some("partner".into())), &apps).is_empty());
        assert!(ids(&criteria(|it| it.status = Some("pending".into())), &apps).is_empty());
        let unused = Criteria { unused_since: Some(Timestamp::from_secs(1_780_000_000)), ..criteria(|_| {}) };
        assert_eq!(ids(&unused, &apps), ["app_1"], "what never was used was not used since");
        let old = Criteria { created_before: Some(Timestamp::from_secs(1_600_000_000)), ..criteria(|_| {}) };
        assert!(ids(&old, &apps).is_empty());
    }

    #[test]
    fn what_is_new_was_not_unused_since_long() {
        let young = AppLine { created_at: NOW, ..app(1, "Shop", None) };
        let unused = Criteria { unused_since: Some(NOW), ..criteria(|_| {}) };
        assert!(ids(&unused, &[young]).is_empty());
    }

    #[test]
    fn a_preview_has_another_name_as_soon_as_something_else_is_hit() {
        let pepper = Pepper::new(&[1; 32]);
        let all = criteria(|it| it.name_contains = Some("o".into()));
        let apps = [app(1, "Shop", None), app(2, "Blog", None)];
        let first = all.hit(&apps, &[], &pepper).preview;
        assert_eq!(first, all.hit(&apps, &[], &pepper).preview);
        assert_ne!(first, all.hit(&apps[..1], &[], &pepper).preview);
        let suspended = AppLine { is_suspended: true, ..apps[1].clone() };
        assert_ne!(first, all.hit(&[apps[0].clone(), suspended], &[], &pepper).preview);
        let other = criteria(|it| it.product = Some("catalog".into()));
        assert_ne!(first, other.hit(&apps, &[], &pepper).preview, "other criteria are another preview");
    }
}
