//! Administration of the portal in memory: the same rules as the reference portal's, as far as a client can tell.

use async_trait::async_trait;
use keystow_domain::{
    App, AppStatus, Criteria, KeyId, Preview, ReportFilter, ReportKind, ReportRow, Reported, Subscription,
    SubscriptionState, Suspension, SuspensionId, SuspensionItem, SuspensionState,
};
use keystow_vault::Secret;

use super::{Inner, Kept, MemoryPortal, refused};
use crate::admin::{Admin, ReportPage};
use crate::{Failure, PageToken, Part, Refusal, RefusalKind};

/// How many things have their turn in one call.
const BATCH: usize = 2;

/// A suspension with what it is about.
#[derive(Clone)]
pub(super) struct Begun {
    preview: String,
    told: Suspension,
    /// The kind and the id of each thing, and whether it is suspended by this.
    items: Vec<(String, String, bool)>,
}

impl Inner {
    fn must_administer(&self) -> Result<(), Failure> {
        if !self.abilities.admin {
            return Err(refused(404, RefusalKind::NotFound));
        }
        if self.abilities.administers() { Ok(()) } else { Err(refused(403, RefusalKind::Forbidden)) }
    }

    fn hit(&self, criteria: &Criteria) -> Vec<SuspensionItem> {
        let named = |name: &str| {
            criteria
                .name_contains
                .as_deref()
                .is_none_or(|part| name.to_lowercase().contains(&part.to_lowercase()))
        };
        let owned = criteria.owner.is_none() || criteria.owner == self.person;
        let item = |kind: &str, id: &str, name: &str| SuspensionItem {
            kind: kind.to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            owner: self.person.clone(),
            last_used_at: None,
            state: None,
        };
        if criteria.keys {
            let fits = |kept: &&Kept| {
                owned
                    && named(&kept.key.name)
                    && matches!(kept.key.reported, Reported::Active | Reported::Pending)
            };
            let hit = self.keys.iter().filter(fits);
            return hit.map(|kept| item("key", kept.key.id.as_str(), &kept.key.name)).collect();
        }
        let of = |app: &App| {
            let product = |one: &Subscription| Some(one.product.as_str()) == criteria.product.as_deref();
            criteria.product.is_none() || app.subscriptions.iter().any(product)
        };
        let hit = self
            .apps
            .all
            .iter()
            .filter(|app| owned && named(&app.name) && of(app) && app.status != AppStatus::Suspended);
        hit.map(|app| item("app", app.id.as_str(), &app.name)).collect()
    }

    /// Suspends one thing for a reason, or resumes it; says whether that could be.
    fn switch(&mut self, (kind, id, _): &(String, String, bool), reason: Option<&str>) -> bool {
        if kind == "app" {
            let Some(app) = self.apps.all.iter_mut().find(|app| app.id.as_str() == id) else { return false };
            app.suspended_for = reason.map(str::to_owned);
            app.status = super::apps::status(app);
            let app = app.clone();
            self.follow(&app);
            return true;
        }
        let Ok(kept) = self.find(&KeyId::new(id.clone())) else { return false };
        if kept.key.reported == Reported::Revoked {
            return false;
        }
        kept.key.reported = if reason.is_some() { Reported::Suspended } else { Reported::Active };
        true
    }

    /// Lets the next of a suspension have their turn.
    fn turn(&mut self, id: &SuspensionId, to: bool, target: Option<&str>) -> Result<Suspension, Failure> {
        let place = self.suspensions.iter().position(|one| one.told.id == *id);
        let place = place.ok_or_else(|| refused(404, RefusalKind::NotFound))?;
        let mut begun = self.suspensions[place].clone();
        if to && matches!(begun.told.state, SuspensionState::Resuming | SuspensionState::Resumed) {
            return Err(refused(409, RefusalKind::Conflict));
        }
        if target.is_some_and(|target| begun.items.iter().all(|(_, id, _)| id != target)) {
            return Err(refused(404, RefusalKind::NotFound));
        }
        let done = usize::try_from(begun.told.of - begun.told.due).unwrap_or(usize::MAX);
        let waits = |at: usize, (_, id, on): &(String, String, bool)| {
            if to { at >= done } else { *on && target.is_none_or(|target| target == id) }
        };
        let next: Vec<usize> =
            (0..begun.items.len()).filter(|at| waits(*at, &begun.items[*at])).take(BATCH).collect();
        for at in next {
            let reason = to.then(|| begun.told.reason.clone());
            let could = self.switch(&begun.items[at], reason.as_deref());
            begun.items[at].2 = to && could;
            let told = &mut begun.told;
            if to {
                told.due -= 1;
            } else {
                told.suspended -= 1;
            }
            *(match (to, could) {
                (true, true) => &mut told.suspended,
                (false, true) => &mut told.resumed,
                (_, false) => &mut told.left,
            }) += 1;
        }
        if !to && target.is_none() {
            begun.told.left += std::mem::take(&mut begun.told.due);
        }
        begun.told.state = match (to, begun.told.due, begun.told.suspended) {
            (true, 0, _) => SuspensionState::Done,
            (true, ..) => SuspensionState::Running,
            (false, _, 0) if target.is_none() => SuspensionState::Resumed,
            (false, ..) if target.is_none() => SuspensionState::Resuming,
            _ => begun.told.state.clone(),
        };
        let told = begun.told.clone();
        self.suspensions[place] = begun;
        Ok(told)
    }
}

#[async_trait]
impl Admin for MemoryPortal {
    async fn preview_suspension(&self, _: &Secret, criteria: &Criteria) -> Result<Preview, Failure> {
        let inner = self.read()?;
        inner.must_administer()?;
        if *criteria == (Criteria { keys: criteria.keys, ..Criteria::default() }) {
            let mut refusal = Refusal::bare(400, RefusalKind::Invalid);
            refusal.violations = vec![("criteria".to_owned(), "is wrong".to_owned())];
            return Err(Failure::Refused(refusal));
        }
        let items = inner.hit(criteria);
        let keys = inner.apps.all.iter().filter(|app| items.iter().any(|item| item.id == app.id.as_str()));
        let of_apps: usize = keys.map(|app| app.keys.len()).sum();
        let (apps, credentials) = if criteria.keys { (0, items.len()) } else { (items.len(), of_apps) };
        let name = items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(" ");
        Ok(Preview { name: format!("hit {name}"), apps: apps as u64, credentials: credentials as u64, items })
    }

    async fn begin_suspension(
        &self,
        _: &Secret,
        criteria: &Criteria,
        preview: &str,
        reason: &str,
    ) -> Result<Suspension, Failure> {
        self.write(|inner, now| {
            inner.must_administer()?;
            let alive = |one: &&Begun| one.preview == preview && one.told.state != SuspensionState::Resumed;
            if let Some(known) = inner.suspensions.iter().find(alive) {
                return Ok(known.told.clone());
            }
            let items = inner.hit(criteria);
            let name = items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(" ");
            if items.is_empty() || preview != format!("hit {name}") {
                return Err(refused(409, RefusalKind::Conflict));
            }
            let told = Suspension {
                id: SuspensionId::new(format!("susp_{}", inner.suspensions.len() + 1)),
                state: SuspensionState::Running,
                reason: reason.to_owned(),
                by: inner.person.clone(),
                begun_at: Some(now),
                of: items.len() as u64,
                due: items.len() as u64,
                suspended: 0,
                resumed: 0,
                left: 0,
            };
            let items = items.into_iter().map(|item| (item.kind, item.id, false)).collect();
            inner.suspensions.push(Begun { preview: preview.to_owned(), told: told.clone(), items });
            Ok(told)
        })
    }

    async fn suspensions(&self, _: &Secret) -> Result<Vec<Suspension>, Failure> {
        let inner = self.read()?;
        inner.must_administer()?;
        Ok(inner.suspensions.iter().rev().map(|one| one.told.clone()).collect())
    }

    async fn continue_suspension(&self, _: &Secret, id: &SuspensionId) -> Result<Suspension, Failure> {
        self.write(|inner, _| {
            inner.must_administer()?;
            inner.turn(id, true, None)
        })
    }

    async fn resume_suspension(
        &self,
        _: &Secret,
        id: &SuspensionId,
        target: Option<&str>,
    ) -> Result<Suspension, Failure> {
        self.write(|inner, _| {
            inner.must_administer()?;
            inner.turn(id, false, target)
        })
    }

    async fn report(
        &self,
        _: &Secret,
        kind: ReportKind,
        filter: &ReportFilter,
        _: Option<&PageToken>,
    ) -> Result<ReportPage, Failure> {
        let inner = self.read()?;
        inner.must_administer()?;
        let waits = |app: &&App| app.subscriptions.iter().any(|one| one.state == SubscriptionState::Pending);
        let fits = |app: &&App| {
            let product = |one: &Subscription| Some(one.product.as_str()) == filter.product.as_deref();
            let of = filter.product.is_none() || app.subscriptions.iter().any(product);
            of && match kind {
                ReportKind::Inventory => true,
                ReportKind::Pending => waits(app),
                // Nothing is counted here, and everything was made today.
                ReportKind::Inactive | ReportKind::Usage => false,
            }
        };
        let all: Vec<ReportRow> =
            inner.apps.all.iter().rev().filter(fits).map(|app| row(app, inner.person.clone())).collect();
        Ok(ReportPage { total: all.len() as u64, part: Part { all, next: None } })
    }

    async fn whole_report(
        &self,
        token: &Secret,
        kind: ReportKind,
        filter: &ReportFilter,
    ) -> Result<Vec<ReportRow>, Failure> {
        Ok(Admin::report(self, token, kind, filter, None).await?.part.all)
    }

    async fn app_data(&self, _: &Secret, _: &ReportFilter) -> Result<Vec<String>, Failure> {
        let inner = self.read()?;
        inner.must_administer()?;
        let all = inner.apps.all.iter().rev().map(|app| format!("{{\"app\":{{\"id\":\"{}\"}}}}", app.id));
        Ok(all.collect())
    }
}

fn row(app: &App, owner: Option<String>) -> ReportRow {
    let status = match &app.status {
        AppStatus::Active => "active",
        AppStatus::Pending => "pending",
        AppStatus::Rejected => "rejected",
        AppStatus::Suspended => "suspended",
        AppStatus::Unknown(word) => word,
    };
    let approved = app.subscriptions.iter().filter(|one| one.state == SubscriptionState::Approved);
    ReportRow {
        app: app.id.clone(),
        app_name: app.name.clone(),
        owner,
        team: None,
        status: status.to_owned(),
        products: approved.map(|one| one.product.as_str().to_owned()).collect(),
        credentials: app.keys.len() as u64,
        created_at: app.created_at,
        last_used_at: None,
        calls: 0,
        errors: 0,
        throttled: 0,
        billable: 0,
        justification: String::new(),
        asked_at: None,
    }
}
