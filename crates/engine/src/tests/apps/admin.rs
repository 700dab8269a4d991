//! What administrators do: suspensions that go on batch by batch, and reports that are saved.

use keystow_connect::fakes::{AfterCommit, lost};
use keystow_connect::{Cause, Failure};
use keystow_domain::{
    AppStatus, AppWish, ProductId, ProductWish, ReportFilter, ReportKind, Role, SuspensionState,
};

use super::super::Desk;
use crate::admin::{ReportFile, SuspensionWish};

const WHY: &str = "nobody answers";

/// A desk with apps of these names.
async fn with_apps(names: &[&str]) -> Desk {
    let desk = Desk::signed_in().await;
    for name in names {
        let product = ProductWish {
            product: ProductId::new("catalog"),
            scopes: vec!["read".into()],
            justification: String::new(),
        };
        let wish =
            AppWish { name: Some((*name).into()), products: Some(vec![product]), ..AppWish::default() };
        desk.engine.create_app(&wish).await.unwrap();
    }
    desk
}

fn named(part: &str) -> SuspensionWish {
    SuspensionWish { name: Some(part.into()), ..SuspensionWish::default() }
}

fn suspended(desk: &Desk) -> usize {
    let all = desk.network.portal.all_apps();
    all.iter().filter(|app| app.status == AppStatus::Suspended).count()
}

#[tokio::test]
async fn what_was_previewed_is_suspended_batch_by_batch_and_resumed() {
    let desk = with_apps(&["shop one", "shop two", "shop three", "blog"]).await;
    let wish = named("shop");
    let seen = desk.engine.preview_suspension(&wish).await.unwrap();
    assert_eq!(seen.apps, 3);
    let typed = desk.engine.begin_suspension(&wish, &seen.name, 3, "4", WHY).await.unwrap_err();
    assert_eq!(typed.code, "count_differs");
    let silent = desk.engine.begin_suspension(&wish, &seen.name, 3, "3", "  ").await.unwrap_err();
    assert_eq!(silent.code, "no_suspension_reason");
    assert_eq!(suspended(&desk), 0, "nothing was asked of the portal");
    let mut one = desk.engine.begin_suspension(&wish, &seen.name, 3, " 3 ", WHY).await.unwrap();
    assert_eq!(suspended(&desk), 0, "what is begun is suspended as it goes on");
    while one.state == SuspensionState::Running {
        let before = one.due;
        one = desk.engine.continue_suspension(&one.id).await.unwrap();
        assert!(one.due < before, "each batch moves on");
    }
    assert_eq!((suspended(&desk), one.suspended), (3, 3));
    while one.state != SuspensionState::Resumed {
        one = desk.engine.resume_suspension(&one.id).await.unwrap();
    }
    assert_eq!((suspended(&desk), one.resumed), (0, 3));
}

#[tokio::test]
async fn a_lost_answer_is_told_and_asking_again_does_nothing_twice() {
    let desk = with_apps(&["shop one", "shop two"]).await;
    let seen = desk.engine.preview_suspension(&named("shop")).await.unwrap();
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let begin = async || desk.engine.begin_suspension(&named("shop"), &seen.name, 2, "2", WHY).await;
    assert_eq!(begin().await.unwrap_err().code, "admin_unknown");
    let one = begin().await.unwrap();
    assert_eq!(desk.engine.suspensions().await.unwrap(), [one], "it is the same suspension");
}

#[tokio::test]
async fn what_changed_since_the_preview_is_told_and_nothing_is_suspended() {
    let desk = with_apps(&["shop one"]).await;
    let seen = desk.engine.preview_suspension(&named("shop")).await.unwrap();
    let another = AppWish { name: Some("shop two".into()), ..AppWish::default() };
    desk.engine.create_app(&another).await.unwrap();
    let stale = desk.engine.begin_suspension(&named("shop"), &seen.name, 1, "1", WHY).await.unwrap_err();
    assert_eq!((stale.code, suspended(&desk)), ("admin_differs", 0));
    let nothing = desk.engine.preview_suspension(&SuspensionWish::default()).await.unwrap_err();
    assert_eq!((nothing.code, nothing.fields[0].0.as_str()), ("admin_invalid", "criteria"));
}

#[tokio::test]
async fn a_role_that_was_lost_is_told_and_read_again() {
    let desk = with_apps(&["shop one"]).await;
    let administers = || {
        let account = desk.engine.accounts().into_iter().find(|known| known.account.id == desk.account());
        account.and_then(|known| known.abilities).is_some_and(|abilities| abilities.administers())
    };
    assert!(administers());
    desk.network.portal.set_role(Role::Developer);
    let refused = desk.engine.suspensions().await.unwrap_err();
    assert_eq!((refused.code, administers()), ("role_forbids", false));
}

#[tokio::test]
async fn a_report_is_saved_without_a_formula() {
    let desk = with_apps(&["=shop()", "blog"]).await;
    *desk.host.downloads.lock().unwrap() = Some(desk.folder.path().join("Downloads"));
    let filter = ReportFilter::default();
    let page = desk.engine.report(ReportKind::Inventory, &filter, None).await.unwrap();
    assert_eq!((page.total, page.rows.len(), page.next), (2, 2, None));
    let saved = desk.engine.export_report(ReportFile::Csv(ReportKind::Inventory), &filter).await.unwrap();
    let text = std::fs::read_to_string(&saved.path).unwrap();
    assert_eq!(saved.entries, 2);
    assert!(text.starts_with("appId,app,owner,") && text.contains("\"'=shop()\""), "{text}");
    let saved = desk.engine.export_report(ReportFile::Json(ReportKind::Inventory), &filter).await.unwrap();
    let read: serde_json::Value = serde_json::from_slice(&std::fs::read(&saved.path).unwrap()).unwrap();
    assert_eq!((&read[0]["app"], &read[1]["products"][0]), (&"blog".into(), &"catalog".into()));
    let saved = desk.engine.export_report(ReportFile::Apps, &filter).await.unwrap();
    let read: serde_json::Value = serde_json::from_slice(&std::fs::read(&saved.path).unwrap()).unwrap();
    assert_eq!((saved.entries, read.as_array().map(Vec::len)), (2, Some(2)));
}

#[tokio::test]
async fn a_report_that_cannot_be_read_is_told_as_what_it_is_and_leaves_no_file() {
    let desk = with_apps(&["shop"]).await;
    let downloads = desk.folder.path().join("Downloads");
    *desk.host.downloads.lock().unwrap() = Some(downloads.clone());
    for what in [ReportFile::Csv(ReportKind::Inventory), ReportFile::Apps] {
        desk.network.portal.fail_next_read(Failure::Unknown(Cause::Garbage));
        let failed = desk.engine.export_report(what, &ReportFilter::default()).await.unwrap_err();
        assert_eq!(failed.code, "portal_garbage", "nothing was suspended by reading");
    }
    assert!(!downloads.exists() || downloads.read_dir().unwrap().next().is_none());
}
