//! Developer apps of the portal in memory: the same rules as the reference portal's, as far as a client can tell.

use async_trait::async_trait;
use keystow_domain::{
    App, AppId, AppStatus, AppWish, ApprovalRule, Ask, Key, KeyId, NewKey, Product, ProductId, ProductWish,
    Reported, Subscription, SubscriptionId, SubscriptionState, TeamId, Timestamp,
};
use keystow_vault::Secret;

use super::{MemoryPortal, refused};
use crate::apps::Part;
use crate::{Failure, PageToken, Refusal, RefusalKind};

/// What the portal knows of apps.
#[derive(Clone, Default)]
pub(super) struct Apps {
    pub(super) all: Vec<App>,
    made: u32,
    /// Subscriptions that were taken back: a decision about one of them comes too late.
    withdrawn: Vec<SubscriptionId>,
}

/// What the fake offers: one product of each rule.
fn products() -> Vec<Product> {
    let product = |id: &str, scopes: &[&str], approval| Product {
        id: ProductId::new(id),
        name: id.to_owned(),
        description: String::new(),
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        elevated: Vec::new(),
        quota: Some(1000),
        rate_limit: Some(60),
        tier: None,
        approval,
    };
    vec![
        product("catalog", &["read"], ApprovalRule::Auto),
        Product {
            elevated: vec!["write".into()],
            ..product("catalog-editing", &["read", "write"], ApprovalRule::Conditional)
        },
        product("partner", &["read", "write", "stream"], ApprovalRule::Manual),
    ]
}

impl MemoryPortal {
    /// The apps as the portal holds them.
    pub fn all_apps(&self) -> Vec<App> {
        self.inner().apps.all.clone()
    }

    /// Decides about a subscription as somebody else does.
    ///
    /// # Errors
    ///
    /// When there is nothing to decide.
    pub fn decide_elsewhere(&self, id: &SubscriptionId, rejected_for: Option<&str>) -> Result<(), Failure> {
        let now = self.clock.now();
        self.inner().decide(id, rejected_for, now).map(|_| ())
    }

    /// Deletes an app as somebody else does.
    pub fn delete_elsewhere(&self, id: &AppId) {
        self.inner().apps.all.retain(|app| app.id != *id);
    }
}

impl Apps {
    /// The team of an app.
    pub(super) fn team_of(&self, id: &AppId) -> Option<TeamId> {
        self.all.iter().find(|app| app.id == *id)?.team.clone()
    }

    /// How a new key stands, as its app lets it.
    pub(super) fn standing(&self, new: &NewKey) -> Result<Reported, Failure> {
        let Some(id) = &new.app else { return Ok(Reported::Active) };
        let app = self.all.iter().find(|app| app.id == *id).ok_or_else(|| wrong("appId"))?;
        if new.scopes.iter().any(|scope| !app.key_scopes().contains(scope)) {
            return Err(wrong("scopes"));
        }
        Ok(standing(app, &new.scopes))
    }

    /// Notes a key that was made.
    pub(super) fn took(&mut self, key: &Key) {
        let of = self.all.iter_mut().find(|app| Some(&app.id) == key.app.as_ref());
        if let Some(app) = of {
            app.keys.insert(0, key.id.clone());
        }
    }

    fn write(&mut self, app: &mut App, wish: &AppWish, now: Timestamp) -> Result<(), Failure> {
        let taken = |name: &String| self.all.iter().any(|one| one.id != app.id && one.name == *name);
        if wish.name.as_ref().is_some_and(taken) {
            return Err(refused(409, RefusalKind::Conflict));
        }
        if let Some(name) = &wish.name {
            app.name = keystow_domain::key_name(name).map_err(|_| wrong("name"))?;
        }
        app.description = wish.description.clone().unwrap_or_else(|| std::mem::take(&mut app.description));
        if let Some(urls) = &wish.callback_urls {
            let bad = urls.iter().position(|url| !url.starts_with("https://") || url.contains('#'));
            if let Some(place) = bad {
                return Err(wrong(&format!("callbackUrls[{place}]")));
            }
            app.callback_urls = urls.clone();
        }
        app.attributes = wish.attributes.clone().unwrap_or_else(|| std::mem::take(&mut app.attributes));
        if let Some(wanted) = &wish.products {
            self.subscribe(app, wanted, now)?;
        }
        app.changed_at = Some(now);
        app.status = status(app);
        Ok(())
    }

    fn subscribe(&mut self, app: &mut App, wanted: &[ProductWish], now: Timestamp) -> Result<(), Failure> {
        let before = app.subscriptions.clone();
        let mut after = Vec::new();
        for (place, wish) in wanted.iter().enumerate() {
            let field = |part: &str| wrong(&format!("products[{place}].{part}"));
            let product = products().into_iter().find(|one| one.id == wish.product);
            let product = product.ok_or_else(|| field("productId"))?;
            let scopes = if wish.scopes.is_empty() { product.scopes.clone() } else { wish.scopes.clone() };
            let same = before.iter().find(|one| one.product == wish.product && one.scopes == scopes);
            if let Some(same) =
                same.filter(|one| wish.justification.is_empty() || one.state != SubscriptionState::Rejected)
            {
                after.push(same.clone());
                continue;
            }
            let waits = product.must_be_approved(&scopes);
            if waits && wish.justification.is_empty() {
                return Err(field("justification"));
            }
            self.made += 1;
            after.push(Subscription {
                id: SubscriptionId::new(format!("sub_{}", self.made)),
                product: wish.product.clone(),
                scopes,
                state: if waits { SubscriptionState::Pending } else { SubscriptionState::Approved },
                justification: wish.justification.clone(),
                reason: None,
                asked_at: Some(now),
                decided_at: (!waits).then_some(now),
            });
        }
        let gone = before.iter().filter(|old| after.iter().all(|one| one.id != old.id));
        self.withdrawn.extend(gone.map(|old| old.id.clone()));
        app.subscriptions = after;
        Ok(())
    }
}

impl super::Inner {
    fn decide(
        &mut self,
        id: &SubscriptionId,
        rejected_for: Option<&str>,
        now: Timestamp,
    ) -> Result<Subscription, Failure> {
        if self.apps.withdrawn.contains(id) {
            return Err(refused(409, RefusalKind::Conflict));
        }
        let holds = |app: &&mut App| app.subscriptions.iter().any(|one| one.id == *id);
        let app = self.apps.all.iter_mut().find(holds).ok_or_else(|| refused(404, RefusalKind::NotFound))?;
        let Some(one) = app.subscriptions.iter_mut().find(|one| one.id == *id) else {
            return Err(refused(404, RefusalKind::NotFound));
        };
        if one.state != SubscriptionState::Pending {
            return Err(refused(409, RefusalKind::Conflict));
        }
        let approved = rejected_for.is_none();
        one.state = if approved { SubscriptionState::Approved } else { SubscriptionState::Rejected };
        one.reason = rejected_for.map(str::to_owned);
        one.decided_at = Some(now);
        let decided = one.clone();
        app.status = status(app);
        let app = app.clone();
        self.follow(&app);
        Ok(decided)
    }

    /// Lets the keys of an app stand as the app does.
    pub(super) fn follow(&mut self, app: &App) {
        let of = self.keys.iter_mut().filter(|kept| kept.key.app.as_ref() == Some(&app.id));
        for kept in of.filter(|kept| kept.key.reported != Reported::Revoked) {
            kept.key.reported = standing(app, &kept.key.scopes);
        }
    }
}

fn standing(app: &App, scopes: &[String]) -> Reported {
    if app.suspended_for.is_some() {
        return Reported::Suspended;
    }
    let any = |state: SubscriptionState| {
        let alike = app.subscriptions.iter().filter(|one| one.state == state);
        alike.flat_map(|one| &one.scopes).any(|scope| scopes.contains(scope))
    };
    match (any(SubscriptionState::Approved), any(SubscriptionState::Pending)) {
        (true, _) => Reported::Active,
        (false, true) => Reported::Pending,
        (false, false) => Reported::Suspended,
    }
}

pub(super) fn status(app: &App) -> AppStatus {
    if app.suspended_for.is_some() {
        return AppStatus::Suspended;
    }
    let any = |state| app.subscriptions.iter().any(|one| one.state == state);
    if any(SubscriptionState::Approved) {
        AppStatus::Active
    } else if any(SubscriptionState::Pending) || app.subscriptions.is_empty() {
        AppStatus::Pending
    } else {
        AppStatus::Rejected
    }
}

/// What is said of a field that is wrong.
pub(super) fn wrong(field: &str) -> Failure {
    let mut refusal = Refusal::bare(400, RefusalKind::Invalid);
    refusal.violations = vec![(field.to_owned(), "is wrong".to_owned())];
    Failure::Refused(refusal)
}

#[async_trait]
impl crate::Apps for MemoryPortal {
    async fn products(&self, _: &Secret) -> Result<Vec<Product>, Failure> {
        self.with_apps()?;
        Ok(products())
    }

    async fn apps(&self, _: &Secret, _: Option<&PageToken>) -> Result<Part<App>, Failure> {
        self.with_apps()?;
        let all = self.read()?.apps.all.iter().rev().cloned().collect();
        Ok(Part { all, next: None })
    }

    async fn app(&self, _: &Secret, id: &AppId) -> Result<Option<App>, Failure> {
        self.with_apps()?;
        Ok(self.read()?.apps.all.iter().find(|app| app.id == *id).cloned())
    }

    async fn create_app(&self, _: &Secret, wish: &AppWish) -> Result<App, Failure> {
        self.with_apps()?;
        self.write(|inner, now| {
            inner.must_manage(wish.team.as_ref())?;
            let team = wish.team.as_ref().and_then(|id| inner.teams.seen(id));
            let mut app = App {
                id: AppId::new(format!("app_{}", inner.apps.made + 1)),
                name: String::new(),
                description: String::new(),
                callback_urls: Vec::new(),
                attributes: Vec::new(),
                status: AppStatus::Pending,
                suspended_for: None,
                subscriptions: Vec::new(),
                keys: Vec::new(),
                owner: team.map_or_else(|| inner.person.clone(), |(_, name)| Some(name)),
                team: wish.team.clone(),
                created_at: Some(now),
                changed_at: Some(now),
            };
            let named = AppWish { name: Some(wish.name.clone().unwrap_or_default()), ..wish.clone() };
            inner.apps.write(&mut app, &named, now)?;
            inner.apps.made += 1;
            inner.apps.all.push(app.clone());
            Ok(app)
        })
    }

    async fn change_app(&self, _: &Secret, id: &AppId, wish: &AppWish) -> Result<App, Failure> {
        self.with_apps()?;
        self.write(|inner, now| {
            let place = inner.apps.all.iter().position(|app| app.id == *id);
            let place = place.ok_or_else(|| refused(404, RefusalKind::NotFound))?;
            let mut app = inner.apps.all[place].clone();
            inner.must_manage(app.team.as_ref())?;
            inner.apps.write(&mut app, wish, now)?;
            inner.apps.all[place] = app.clone();
            inner.follow(&app);
            Ok(app)
        })
    }

    async fn delete_app(&self, _: &Secret, id: &AppId) -> Result<Vec<KeyId>, Failure> {
        self.with_apps()?;
        self.write(|inner, _| {
            let place = inner.apps.all.iter().position(|app| app.id == *id);
            let place = place.ok_or_else(|| refused(404, RefusalKind::NotFound))?;
            inner.must_manage(inner.apps.all[place].team.as_ref())?;
            let app = inner.apps.all.remove(place);
            inner.apps.withdrawn.extend(app.subscriptions.iter().map(|one| one.id.clone()));
            let mut ended = app.keys;
            let clients = inner.keys.iter().filter(|kept| kept.key.client.is_some());
            let of_app = clients.filter(|kept| kept.key.app.as_ref() == Some(id));
            ended.extend(of_app.map(|kept| kept.key.id.clone()));
            for kept in inner.keys.iter_mut().filter(|kept| ended.contains(&kept.key.id)) {
                kept.key.reported = Reported::Revoked;
                kept.old.clear();
            }
            Ok(ended)
        })
    }

    async fn approvals(&self, _: &Secret, _: Option<&PageToken>) -> Result<Part<Ask>, Failure> {
        self.with_apps()?;
        let inner = self.read()?;
        inner.must_decide()?;
        let ask = |app: &App, one: &Subscription| Ask {
            subscription: one.clone(),
            product_name: one.product.as_str().to_owned(),
            app: app.id.clone(),
            app_name: app.name.clone(),
            person: None,
            email: inner.person.clone(),
        };
        let all = inner.apps.all.iter().flat_map(|app| app.subscriptions.iter().map(move |one| (app, one)));
        let waiting = all.filter(|(_, one)| one.state == SubscriptionState::Pending);
        Ok(Part { all: waiting.map(|(app, one)| ask(app, one)).collect(), next: None })
    }

    async fn decide(
        &self,
        _: &Secret,
        id: &SubscriptionId,
        rejected_for: Option<&str>,
    ) -> Result<Subscription, Failure> {
        self.with_apps()?;
        self.write(|inner, now| {
            inner.must_decide()?;
            inner.decide(id, rejected_for, now)
        })
    }
}

impl MemoryPortal {
    /// A plain portal has none of it.
    fn with_apps(&self) -> Result<(), Failure> {
        if self.inner().abilities.apps { Ok(()) } else { Err(refused(404, RefusalKind::NotFound)) }
    }

    /// Says what whoever is signed in may do.
    pub fn set_role(&self, role: keystow_domain::Role) {
        self.inner().abilities.role = Some(role);
    }
}

impl super::Inner {
    fn must_decide(&self) -> Result<(), Failure> {
        if self.abilities.decides() { Ok(()) } else { Err(refused(403, RefusalKind::Forbidden)) }
    }
}
