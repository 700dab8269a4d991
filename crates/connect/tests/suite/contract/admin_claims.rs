//! The claims about what administrators do. Each gets a portal of its own, whose first account is its administrator.

use keystow_connect::{Failure, RefusalKind};
use keystow_domain::{
    AppStatus, AppWish, Criteria, NewKey, ProductId, ProductWish, ReportFilter, ReportKind, Reported,
    Suspension, SuspensionState,
};

use super::claims::{new_key, operation};
use super::subject::Subject;

fn criteria(part: &str) -> Criteria {
    Criteria { name_contains: Some(part.into()), ..Criteria::default() }
}

fn kind<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> RefusalKind {
    match outcome {
        Err(Failure::Refused(refusal)) => refusal.kind,
        other => panic!("not refused: {other:?}"),
    }
}

impl Subject {
    async fn administers(&self) -> bool {
        self.portal.abilities(&self.token).await.unwrap().administers()
    }

    async fn shop(&self, name: &str) -> keystow_domain::App {
        let product = ProductWish {
            product: ProductId::new("catalog"),
            scopes: vec!["read".into()],
            justification: String::new(),
        };
        let wish = AppWish { name: Some(name.into()), products: Some(vec![product]), ..AppWish::default() };
        self.portal.create_app(&self.token, &wish).await.unwrap()
    }

    /// Begins a suspension and sees it through.
    async fn suspend(&self, criteria: &Criteria) -> Suspension {
        let seen = self.portal.preview_suspension(&self.token, criteria).await.unwrap();
        let begun = self.portal.begin_suspension(&self.token, criteria, &seen.name, "why").await.unwrap();
        let mut now = begun.clone();
        while now.state == SuspensionState::Running {
            now = self.portal.continue_suspension(&self.token, &begun.id).await.unwrap();
        }
        now
    }
}

pub(super) async fn what_is_suspended_by_criteria_is_told_and_resumed(at: Subject) {
    if !at.administers().await {
        assert_eq!(
            kind(at.portal.preview_suspension(&at.token, &criteria("x")).await),
            RefusalKind::NotFound
        );
        assert_eq!(kind(at.portal.suspensions(&at.token).await), RefusalKind::NotFound);
        return;
    }
    let shops = [at.shop("shop one").await, at.shop("shop two").await, at.shop("shop three").await];
    let blog = at.shop("blog").await;
    let new = NewKey { app: Some(shops[0].id.clone()), scopes: vec!["read".into()], ..new_key("billing") };
    let key = at.portal.issue(&at.token, &operation("one"), &new).await.unwrap().key.id;
    let seen = at.portal.preview_suspension(&at.token, &criteria("SHOP")).await.unwrap();
    assert_eq!((seen.apps, seen.credentials, seen.items.len()), (3, 1, 3));
    let done = at.suspend(&criteria("SHOP")).await;
    assert_eq!((&done.state, done.suspended, done.due), (&SuspensionState::Done, 3, 0));
    let told = at.portal.app(&at.token, &shops[2].id).await.unwrap().unwrap();
    assert_eq!((told.status, told.suspended_for.as_deref()), (AppStatus::Suspended, Some("why")));
    let reported = at.portal.key(&at.token, &key).await.unwrap().unwrap().reported;
    assert_eq!(reported, Reported::Suspended);
    let untouched = at.portal.app(&at.token, &blog.id).await.unwrap().unwrap();
    assert_eq!(untouched.status, AppStatus::Active);
    assert_eq!(at.portal.suspensions(&at.token).await.unwrap()[0].id, done.id);
    let one = shops[0].id.as_str();
    let resumed = at.portal.resume_suspension(&at.token, &done.id, Some(one)).await.unwrap();
    assert_eq!((resumed.resumed, resumed.suspended), (1, 2));
    let mut now = resumed;
    while now.state != SuspensionState::Resumed {
        now = at.portal.resume_suspension(&at.token, &done.id, None).await.unwrap();
    }
    let reported = at.portal.key(&at.token, &key).await.unwrap().unwrap().reported;
    assert_eq!(reported, Reported::Active);
    assert_eq!(kind(at.portal.continue_suspension(&at.token, &done.id).await), RefusalKind::Conflict);
}

pub(super) async fn nothing_but_what_was_previewed_is_suspended(at: Subject) {
    if !at.administers().await {
        return;
    }
    at.shop("shop one").await;
    let seen = at.portal.preview_suspension(&at.token, &criteria("shop")).await.unwrap();
    at.shop("shop two").await;
    let stale = at.portal.begin_suspension(&at.token, &criteria("shop"), &seen.name, "why").await;
    assert_eq!(kind(stale), RefusalKind::Conflict);
    let everything = at.portal.preview_suspension(&at.token, &Criteria::default()).await;
    assert_eq!(kind(everything), RefusalKind::Invalid);
}

pub(super) async fn reports_tell_of_apps_and_what_waits(at: Subject) {
    if !at.administers().await {
        return;
    }
    let shop = at.shop("shop").await;
    let filter = ReportFilter::default();
    let report = at.portal.report(&at.token, ReportKind::Inventory, &filter, None).await.unwrap();
    assert_eq!((report.total, report.part.all.len()), (1, 1));
    let row = &report.part.all[0];
    assert_eq!((&row.app, row.status.as_str(), row.products.len()), (&shop.id, "active", 1));
    let of = ReportFilter { product: Some("partner".into()), ..ReportFilter::default() };
    let none = at.portal.report(&at.token, ReportKind::Inventory, &of, None).await.unwrap();
    assert_eq!(none.total, 0);
    let waits = at.portal.report(&at.token, ReportKind::Pending, &filter, None).await.unwrap();
    assert_eq!(waits.total, 0);
    let whole = at.portal.whole_report(&at.token, ReportKind::Inventory, &filter).await.unwrap();
    assert_eq!(whole, report.part.all, "the file says what the pages say");
    let none = at.portal.whole_report(&at.token, ReportKind::Inventory, &of).await.unwrap();
    assert!(none.is_empty(), "{none:?}");
    let data = at.portal.app_data(&at.token, &filter).await.unwrap();
    assert!(data.len() == 1 && data[0].contains(shop.id.as_str()), "{data:?}");
}
