//! OAuth clients: what was promised of a one-time secret holds of theirs, and of the private keys that are made here.

use std::time::Duration;

use keystow_connect::fakes::{AfterCommit, lost};
use keystow_connect::{Cause, Clients as _, Failure};
use keystow_domain::{
    AppWish, Bill, BillLine, Billed, ClientProof, ClientWish, KeyId, NewClient, ProductId, ProductWish,
    PublicKey, Way,
};
use keystow_vault::pair::public_key;

use super::Desk;
use crate::host::Step;

fn client(proof: ClientProof) -> NewClient {
    NewClient {
        name: "shop".into(),
        proof,
        redirect_uris: vec!["https://shop.example/back".into(), "  ".into()],
        app: None,
    }
}

impl Desk {
    async fn with_client(proof: ClientProof) -> (Self, KeyId) {
        let desk = Self::signed_in().await;
        let row = desk.engine.create_client("ticket-1", &client(proof)).await.unwrap();
        (desk, row.key.id)
    }

    /// The ids of the public keys that the portal has of a client, the newest first.
    fn kids(&self, id: &KeyId) -> Vec<String> {
        let all = self.network.portal.keys();
        let client = all.iter().find(|key| key.id == *id).and_then(|key| key.client.clone());
        client.map(|client| client.keys.into_iter().map(|key| key.kid).collect()).unwrap_or_default()
    }

    /// Copies what a client proves itself with, and tells the id of the public key that belongs to it.
    async fn copied_kid(&self, id: &KeyId, old: bool) -> String {
        self.engine.copy(id, old).await.unwrap();
        let text = self.clipboard.text().unwrap();
        assert!(text.starts_with("-----BEGIN PRIVATE KEY-----"), "PKCS#8 as PEM");
        public_key(&keystow_vault::Secret::from_text(text)).unwrap().kid
    }
}

#[tokio::test]
async fn a_client_is_stowed_listed_with_the_keys_and_copied() {
    let (desk, id) = Desk::with_client(ClientProof::Secret).await;
    desk.create("billing").await.unwrap();
    assert_eq!((desk.page().total, desk.engine.clients().unwrap().len()), (2, 1));
    desk.engine.copy(&id, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&id));
    let row = desk.engine.key(&id).unwrap();
    assert_eq!(
        row.key.client.unwrap().redirect_uris,
        ["https://shop.example/back"],
        "empty fields are left out"
    );
    let desk = desk.restarted().await;
    assert!(desk.engine.key(&id).unwrap().key.client.is_some(), "it is kept as what it is");
}

#[tokio::test]
async fn a_lost_answer_about_a_new_client_is_fetched_again_and_nothing_is_made_twice() {
    let desk = Desk::signed_in().await;
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let open = desk.engine.create_client("ticket-1", &client(ClientProof::Secret)).await.unwrap_err();
    assert_eq!(open.code, "outcome_unknown");
    desk.until(async |_| desk.notice("recovered").then_some(())).await;
    let made = desk.network.portal.keys();
    assert_eq!(made.len(), 1);
    desk.engine.copy(&made[0].id, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&made[0].id));
    let again = desk.engine.create_client("ticket-1", &client(ClientProof::Secret)).await.unwrap();
    assert_eq!(again.key.id, made[0].id, "the same ticket is the same wish");
}

#[tokio::test]
async fn a_lost_answer_about_a_new_secret_of_a_client_is_fetched_again_and_both_work_side_by_side() {
    let (desk, id) = Desk::with_client(ClientProof::Secret).await;
    let before = desk.network.portal.secret_of(&id);
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let open = desk.engine.rotate("ticket-2", &id, Some(Duration::from_secs(600))).await.unwrap_err();
    assert_eq!(open.code, "outcome_unknown");
    desk.until(async |_| desk.notice("recovered").then_some(())).await;
    assert_eq!(desk.network.portal.rotations(&id), 1, "nothing was rotated twice");
    desk.engine.copy(&id, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&id));
    desk.engine.copy(&id, true).await.unwrap();
    assert_eq!(desk.clipboard.text(), before, "the old one is there for a roll-back");
    desk.engine.end_grace(&id, "shop").await.unwrap();
    assert!(desk.engine.key(&id).unwrap().old.is_empty());
}

#[tokio::test]
async fn a_client_whose_answer_was_lost_is_told_from_a_key_of_its_name() {
    let desk = Desk::signed_in().await;
    desk.network.portal.set_replay(false);
    desk.engine.refresh_apps().await.unwrap();
    let _ = desk.host.hurries.set(std::sync::Arc::clone(&desk.clock));
    desk.network.portal.fail_next(lost(), AfterCommit::No);
    let open = desk.engine.create_client("ticket-1", &client(ClientProof::Secret)).await.unwrap_err();
    assert_eq!(open.code, "outcome_unknown");
    desk.network.portal.add(crate::list::tests::key("shop"));
    desk.until(async |_| desk.notice("not_done").then_some(())).await;
    assert!(!desk.notice("secret_lost"), "the key is nobody's client");
}

#[tokio::test]
async fn a_public_client_has_no_secret_and_a_lost_answer_about_it_loses_nothing() {
    let desk = Desk::signed_in().await;
    desk.network.portal.set_replay(false);
    desk.engine.refresh_apps().await.unwrap();
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let open = desk.engine.create_client("ticket-1", &client(ClientProof::Nothing)).await.unwrap_err();
    assert_eq!(open.code, "outcome_unknown");
    desk.until(async |engine| engine.0.store.unfinished().await.unwrap().is_empty().then_some(())).await;
    let made = desk.engine.create_client("ticket-1", &client(ClientProof::Nothing)).await.unwrap();
    assert_eq!((desk.network.portal.keys().len(), made.stowed), (1, None));
    assert_eq!(desk.engine.copy(&made.key.id, false).await.unwrap_err().code, "no_secret");
    assert!(desk.engine.rotation(&made.key.id).await.unwrap().ways.is_empty());
    assert_eq!(desk.engine.rotate("ticket-2", &made.key.id, None).await.unwrap_err().code, "not_offered");
}

#[tokio::test]
async fn a_client_that_signs_has_its_private_key_here_and_the_next_one_beside_it() {
    let (desk, id) = Desk::with_client(ClientProof::Signature).await;
    assert_eq!(desk.kids(&id), [desk.copied_kid(&id, false).await]);
    assert_eq!(desk.engine.rotation(&id).await.unwrap().ways, [Way::InPlace]);
    desk.engine.rotate("ticket-2", &id, None).await.unwrap();
    let kids = desk.kids(&id);
    assert_eq!(kids.len(), 2);
    assert_eq!([desk.copied_kid(&id, false).await, desk.copied_kid(&id, true).await], kids[..]);
    let row = desk.engine.key(&id).unwrap();
    assert_eq!(row.old.len(), 1, "two lanes until somebody ends the old one");
    desk.engine.end_grace(&id, "shop").await.unwrap();
    assert_eq!(desk.kids(&id), [desk.copied_kid(&id, false).await]);
}

#[tokio::test]
async fn old_keys_are_not_ended_unseen_when_somebody_else_added_one() {
    let (desk, id) = Desk::with_client(ClientProof::Signature).await;
    desk.engine.rotate("ticket-2", &id, None).await.unwrap();
    let theirs = PublicKey { kid: "theirs".into(), x: "x".into() };
    let token = keystow_vault::Secret::from_text("any".into());
    desk.network.portal.add_client_key(&token, &id, &theirs).await.unwrap();
    let refused = desk.engine.end_grace(&id, "shop").await.unwrap_err();
    assert_eq!(refused.code, "rotated_elsewhere");
    assert_eq!(desk.kids(&id).len(), 3, "nothing was ended");
    desk.engine.end_grace(&id, "shop").await.unwrap();
    assert_eq!(desk.kids(&id), ["theirs"], "whoever read of it may go on");
}

#[tokio::test]
async fn a_private_key_is_there_before_the_portal_hears_of_it_and_survives_every_lost_answer() {
    for replay in [true, false] {
        let desk = Desk::signed_in().await;
        desk.network.portal.set_replay(replay);
        desk.engine.refresh_apps().await.unwrap();
        desk.network.portal.fail_next(lost(), AfterCommit::Yes);
        let open = desk.engine.create_client("ticket-1", &client(ClientProof::Signature)).await.unwrap_err();
        assert_eq!(open.code, "outcome_unknown");
        desk.until(async |engine| engine.0.store.unfinished().await.unwrap().is_empty().then_some(())).await;
        let id = desk.network.portal.keys()[0].id.clone();
        assert_eq!(desk.kids(&id), [desk.copied_kid(&id, false).await]);
        desk.network.portal.fail_next(lost(), AfterCommit::Yes);
        let open = desk.engine.rotate("ticket-2", &id, None).await.unwrap_err();
        assert_eq!(open.code, "outcome_unknown");
        desk.until(async |engine| engine.0.store.unfinished().await.unwrap().is_empty().then_some(())).await;
        assert_eq!(desk.kids(&id)[0], desk.copied_kid(&id, false).await, "replay: {replay}");
        assert_eq!(desk.kids(&id).len(), 2, "nothing was added twice");
        let stowed = desk.engine.0.vault.stowed(&desk.account()).await.unwrap();
        assert!(stowed.iter().all(|one| one.key == id), "nothing waits any more: {stowed:?}");
    }
}

#[tokio::test]
async fn a_private_key_survives_the_death_of_the_app_at_every_step() {
    for step in [Step::Intended, Step::Answered, Step::Stowed, Step::Listed, Step::Closed] {
        let desk = Desk::signed_in().await;
        let image = desk.die_at_nth(step, 1);
        let _ = desk.engine.create_client("ticket-1", &client(ClientProof::Signature)).await;
        let desk = desk.restarted_on(image).await;
        desk.until(async |engine| engine.0.store.unfinished().await.unwrap().is_empty().then_some(())).await;
        desk.engine.refresh(&desk.account()).await;
        let made = desk.network.portal.keys();
        assert_eq!(made.len(), 1, "{step:?}");
        assert_eq!(desk.kids(&made[0].id), [desk.copied_kid(&made[0].id, false).await], "{step:?}");
    }
}

#[tokio::test]
async fn a_change_that_died_before_its_pair_was_made_takes_nobody_elses_for_its_own() {
    let (desk, id) = Desk::with_client(ClientProof::Signature).await;
    desk.network.portal.set_replay(false);
    desk.engine.refresh(&desk.account()).await;
    let before = desk.copied_kid(&id, false).await;
    let image = desk.die_at_nth(Step::Intended, 1);
    let _ = desk.engine.rotate("ticket-2", &id, None).await;
    let (desk, far) = (desk.restarted_on(image).await, id.clone());
    desk.until(async |engine| engine.0.store.unfinished().await.unwrap().is_empty().then_some(())).await;
    assert_eq!(desk.copied_kid(&far, false).await, before, "nothing was sent, and nothing changed here");
}

#[tokio::test]
async fn a_refused_client_names_its_fields_and_leaves_no_private_key_behind() {
    let desk = Desk::signed_in().await;
    let bad = NewClient {
        redirect_uris: vec!["https://a.example/".into(), "https://a.example/#x".into()],
        ..client(ClientProof::Signature)
    };
    let refused = desk.engine.create_client("ticket-1", &bad).await.unwrap_err();
    assert_eq!(refused.code, "client_invalid");
    assert_eq!(refused.fields[0].0, "redirectUris[1]");
    desk.until(async |engine| engine.0.vault.stowed(&desk.account()).await.unwrap().is_empty().then_some(()))
        .await;
    let made = desk.engine.create_client("ticket-2", &client(ClientProof::Secret)).await.unwrap();
    let wish = ClientWish { name: Some(" stall ".into()), redirect_uris: Some(bad.redirect_uris) };
    let refused = desk.engine.change_client(&made.key.id, &wish).await.unwrap_err();
    assert_eq!((refused.code, refused.fields[0].0.as_str()), ("client_invalid", "redirectUris[1]"));
    let wish = ClientWish { redirect_uris: Some(vec![]), ..wish };
    let row = desk.engine.change_client(&made.key.id, &wish).await.unwrap();
    assert_eq!((row.key.name.as_str(), row.key.client.unwrap().redirect_uris.len()), ("stall", 0));
}

#[tokio::test]
async fn a_client_of_an_app_is_tried_with_a_token_and_goes_with_its_app() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    let products = vec![ProductWish {
        product: ProductId::new("catalog"),
        scopes: vec!["read".into()],
        justification: String::new(),
    }];
    let wish = AppWish { name: Some("shop".into()), products: Some(products), ..AppWish::default() };
    let app = desk.engine.create_app(&wish).await.unwrap();
    let alone = desk.engine.create_client("ticket-0", &client(ClientProof::Secret)).await.unwrap().key.id;
    assert_eq!(desk.engine.try_call(&alone).await.unwrap_err().code, "client_alone");
    for (ticket, proof) in [("ticket-1", ClientProof::Secret), ("ticket-2", ClientProof::Signature)] {
        let new = NewClient { app: Some(app.id.clone()), ..client(proof) };
        let id = desk.engine.create_client(ticket, &new).await.unwrap().key.id;
        assert_eq!(desk.engine.try_call(&id).await.unwrap().status, 200);
        let first = desk.engine.first_call(&id).await.unwrap();
        assert!(first.calls.is_empty() && first.probe.is_some_and(|probe| probe.own));
    }
    assert_eq!(desk.engine.app(&app.id).unwrap().keys.len(), 2);
    desk.engine.delete_app(&app.id, "shop").await.unwrap();
    assert_eq!(desk.engine.clients().unwrap().len(), 1, "the one without an app is left");
}

#[tokio::test]
async fn a_deleted_client_is_dead_here_too() {
    let (desk, id) = Desk::with_client(ClientProof::Secret).await;
    assert_eq!(desk.engine.revoke(&id, "another").await.unwrap_err().code, "name_differs");
    desk.engine.revoke(&id, "shop").await.unwrap();
    assert!(desk.engine.clients().unwrap().is_empty());
    assert_eq!(desk.engine.copy(&id, false).await.unwrap_err().code, "key_dead");
}

#[tokio::test]
async fn the_bill_is_told_and_saved_as_the_portal_counted_it() {
    let desk = Desk::signed_in().await;
    let line = BillLine {
        of: Billed::Client,
        id: "client_1".into(),
        name: Some("shop".into()),
        tier: Some("Standard".into()),
        billable: 7,
        used: 9,
        limit: Some(100),
        resets_at: None,
    };
    let bill = Bill { from: None, to: None, complete_until: None, billable: 7, lines: vec![line] };
    desk.network.portal.set_bill(bill);
    let sight = desk.engine.bill(1).await.unwrap();
    assert_eq!((sight.billable, sight.credentials.len(), sight.apps.len()), (7, 1, 1));
    let saved = desk.engine.export_bill(0, crate::UsageFormat::Csv).await.unwrap();
    let text = std::fs::read_to_string(saved.path).unwrap();
    assert!(text.contains("client,client_1,shop,Standard,7,9,100,"), "{text}");
    desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    assert_eq!(desk.engine.bill(0).await.unwrap_err().code, "portal_unreachable");
}
