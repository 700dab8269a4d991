//! Copying in a form, templates, and pushing through another program.

use keystow_connect::RateLimit;
use keystow_connect::fakes::GATEWAY;
use keystow_domain::KeyId;

use super::Desk;
use crate::forms::{FormName, FormsSight, TemplateWish};
use crate::places::PlaceKind;
use crate::probing::Probe;
use crate::{AuditEntry, Piece};

impl Desk {
    async fn forms(&self, key: &KeyId) -> FormsSight {
        self.engine.forms(key, None).await.unwrap()
    }

    async fn template(&self, key: &KeyId, text: &str) -> Result<FormName, &'static str> {
        let wish = TemplateWish { id: None, name: "mine".into(), text: text.into() };
        let kept = self.engine.save_template(key, wish).await.map_err(|trouble| trouble.code)?;
        Ok(kept.forms.into_iter().find_map(|sight| sight.template.map(|_| sight.form)).unwrap())
    }

    /// The newest entry of the log that says this was done.
    async fn logged(&self, what: &str) -> AuditEntry {
        self.until(async |engine| {
            let log = engine.audit(0, 50).await.unwrap();
            log.entries.into_iter().find(|entry| entry.what == what)
        })
        .await
    }
}

#[tokio::test]
async fn a_form_is_copied_with_the_name_that_the_key_suggests_and_the_log_has_no_value() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing-prod").await.unwrap().key.id;
    let secret = desk.network.portal.secret_of(&key).unwrap();
    let forms = desk.forms(&key).await;
    assert_eq!((forms.variable.as_str(), &forms.last), ("BILLING_PROD_KEY", &FormName::Raw));
    desk.engine.copy_as(&key, &FormName::Export, &forms.variable).await.unwrap();
    assert_eq!(desk.clipboard.text(), Some(format!("export BILLING_PROD_KEY='{secret}'")));
    let entry = desk.logged("copied").await;
    assert_eq!(entry.facts["form"], "export");
    assert!(!format!("{entry:?}").contains(&secret));
}

#[tokio::test]
async fn what_is_shown_of_a_form_has_a_gap_for_the_secret() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let secret = desk.network.portal.secret_of(&key).unwrap();
    let forms = desk.forms(&key).await;
    assert_eq!(forms.forms.len(), FormName::ALL.len());
    assert!(!format!("{forms:?}").contains(&secret));
    let bearer = forms.forms.iter().find(|sight| sight.form == FormName::Bearer).unwrap();
    assert_eq!(bearer.pieces, [Piece::Text("Authorization: Bearer ".into()), Piece::Secret]);
    assert_eq!(desk.engine.forms(&key, Some("1")).await.unwrap_err().code, "bad_variable");
}

#[tokio::test]
async fn the_form_and_the_name_are_remembered_for_the_key_and_for_the_one_that_replaces_it() {
    let desk = Desk::signed_in().await;
    let (key, other) = (desk.create("a").await.unwrap().key.id, desk.create("b").await.unwrap().key.id);
    desk.engine.copy_as(&key, &FormName::Dotenv, "SHOP").await.unwrap();
    let desk = desk.restarted().await;
    let forms = desk.forms(&key).await;
    assert_eq!((forms.variable.as_str(), &forms.last), ("SHOP", &FormName::Dotenv));
    let successor = desk.replaced(&key).await;
    assert_eq!(desk.forms(&successor).await.variable, "SHOP");
    assert_eq!(desk.forms(&other).await.variable, "B_KEY");
}

#[tokio::test]
async fn a_copy_that_fails_is_neither_logged_nor_remembered() {
    let desk = Desk::signed_in().await;
    let key = desk.create("a").await.unwrap().key.id;
    desk.engine.lock().await;
    let failed = desk.engine.copy_as(&key, &FormName::Json, "SHOP").await.unwrap_err();
    assert_eq!(failed.code, "vault_locked");
    assert_eq!(desk.forms(&key).await.variable, "A_KEY");
    let log = desk.engine.audit(0, 50).await.unwrap();
    assert!(log.entries.iter().all(|entry| entry.what != "copied"));
}

#[tokio::test]
async fn a_template_is_kept_without_a_secret_and_can_be_removed() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let secret = desk.network.portal.secret_of(&key).unwrap();
    let form = desk.template(&key, "{{name}} := \"{{secret:json}}\"").await.unwrap();
    desk.engine.copy_as(&key, &form, "SHOP").await.unwrap();
    assert_eq!(desk.clipboard.text(), Some(format!("SHOP := \"{secret}\"")));
    assert_eq!(desk.logged("copied").await.facts["form"], "template");
    assert_eq!(desk.forms(&key).await.last, form);
    for (text, code) in [
        ("no place", "template_no_secret"),
        ("{{secret:yaml}}", "template_unknown"),
        ("{{secret", "template_open"),
        (&format!("{{{{secret}}}} {secret}") as &str, "looks_secret"),
    ] {
        assert_eq!(desk.template(&key, text).await, Err(code), "{code}");
    }
    let FormName::Template(id) = &form else { panic!("{form:?}") };
    let left = desk.engine.remove_template(&key, id).await.unwrap();
    assert_eq!((left.forms.len(), left.last), (FormName::ALL.len(), FormName::Raw));
    assert_eq!(desk.engine.copy_as(&key, &form, "SHOP").await.unwrap_err().code, "no_template");
}

/// A stand-in for `gh` that keeps what it was given, and ends as the repository's name says.
#[cfg(unix)]
fn bring_gh(desk: &Desk) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("gh");
    let script = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\nprintf '%s\\n' \"$@\" > argv\nenv > env\ncat > stdin\n\
                  case \"$5\" in\n*/signed-out) exit 4;;\n*/gone) echo 'HTTP 404: Not Found' >&2; exit 1;;\n\
                  */broken) exit 1;;\nesac\n";
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    *desk.host.programs.lock().unwrap() = Some(folder.path().to_owned());
    folder
}

#[cfg(unix)]
#[tokio::test]
async fn a_secret_reaches_github_through_the_input_of_its_program_alone() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let secret = desk.network.portal.secret_of(&key).unwrap();
    let gh = bring_gh(&desk);
    let given = |name: &str| std::fs::read_to_string(gh.path().join(name)).unwrap();
    desk.rotate_once(&key).await;
    let newer = desk.network.portal.secret_of(&key).unwrap();
    desk.engine.push(&key, "SHOP_KEY", "acme/shop").await.unwrap();
    assert_eq!(given("stdin"), newer);
    assert_eq!(given("argv"), "secret\nset\nSHOP_KEY\n--repo\nacme/shop\n");
    assert!(!given("env").contains(&newer) && !given("env").contains(&secret));
    let places = desk.engine.places(&key).await.unwrap();
    assert_eq!((places[0].kind, places[0].label.as_str()), (PlaceKind::Ci, "acme/shop SHOP_KEY"));
    assert!(places[0].delivered.is_some_and(|delivered| !delivered.by_hand));
    assert_eq!(desk.logged("pushed").await.facts["place"], "acme/shop SHOP_KEY");
    let forms = desk.forms(&key).await;
    assert_eq!((forms.variable.as_str(), forms.repository.as_deref()), ("SHOP_KEY", Some("acme/shop")));
    std::fs::remove_file(gh.path().join("stdin")).unwrap();
    // Another name in between, which a page could have chosen, does not change where it goes.
    desk.engine.copy_as(&key, &FormName::Export, "OTHER_KEY").await.unwrap();
    let forms = desk.forms(&key).await;
    assert_eq!((forms.variable.as_str(), forms.pushed_as.as_deref()), ("OTHER_KEY", Some("SHOP_KEY")));
    desk.engine.push_again(&desk.account(), &key).await.unwrap();
    assert_eq!((given("stdin"), given("argv").contains("SHOP_KEY\n--repo\nacme/shop")), (newer, true));
}

#[cfg(unix)]
#[tokio::test]
async fn a_push_that_fails_says_what_to_do_and_leaves_no_trace() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let gh = bring_gh(&desk);
    for (variable, repository, code) in [
        ("K", "acme/signed-out", "gh_signed_out"),
        ("K", "acme/gone", "gh_refused"),
        ("K", "acme/broken", "gh_failed"),
        ("K", "--body", "bad_repository"),
        ("GITHUB_TOKEN", "acme/shop", "reserved_variable"),
        ("K-1", "acme/shop", "bad_variable"),
    ] {
        let failed = desk.engine.push(&key, variable, repository).await.unwrap_err();
        assert_eq!(failed.code, code, "{repository}");
    }
    drop(gh);
    assert_eq!(desk.engine.push(&key, "K", "acme/shop").await.unwrap_err().code, "gh_missing");
    assert_eq!(desk.engine.places(&key).await.unwrap(), []);
}

#[tokio::test]
async fn a_first_call_is_copied_with_the_secret_and_does_not_become_the_usual_form() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let secret = desk.network.portal.secret_of(&key).unwrap();
    desk.engine.copy_as(&key, &FormName::Dotenv, "BILLING").await.unwrap();
    let sight = desk.engine.first_call(&key).await.unwrap();
    assert!(sight.probe.is_some_and(|probe| probe.own && probe.url == GATEWAY));
    assert_eq!(sight.calls.len(), 3);
    for (form, pieces) in sight.calls {
        assert!(pieces.contains(&Piece::Secret));
        desk.engine.copy_as(&key, &form, "BILLING").await.unwrap();
        let text = desk.clipboard.text().unwrap();
        assert!(text.contains(GATEWAY) && text.contains("x-api-key") && text.contains(&secret), "{form:?}");
    }
    assert_eq!(desk.engine.forms(&key, None).await.unwrap().last, FormName::Dotenv);
}

#[tokio::test]
async fn a_portal_that_names_no_address_has_no_first_call_until_the_person_names_one() {
    let desk = Desk::signed_in_to_plain().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let sight = desk.engine.first_call(&key).await.unwrap();
    assert_eq!((sight.probe, sight.calls.len()), (None, 0));
    assert_eq!(desk.engine.copy_as(&key, &FormName::CurlCall, "BILLING").await.unwrap_err().code, "no_probe");
    assert_eq!(desk.engine.try_call(&key).await.unwrap_err().code, "no_probe");
    let url = "https://api.example/v1/ping".to_owned();
    let probe = Probe { url, header: "authorization".into(), before: "Bearer ".into(), own: false };
    desk.engine.set_probe(&key, Some(probe.clone())).await.unwrap();
    let sight = desk.engine.first_call(&key).await.unwrap();
    assert_eq!((sight.probe, sight.calls.len()), (Some(probe), 3));
    desk.engine.copy_as(&key, &FormName::CurlCall, "BILLING").await.unwrap();
    let secret = desk.network.portal.secret_of(&key).unwrap();
    let call = format!("curl 'https://api.example/v1/ping' \\\n  -H 'authorization: Bearer {secret}'\n");
    assert_eq!(desk.clipboard.text(), Some(call));
}

#[tokio::test]
async fn a_call_from_here_tells_the_status_the_time_and_the_limit_and_is_evidence() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let limits = RateLimit { limit: Some(100), remaining: Some(99), resets_at: None };
    desk.network.portal.set_limits(Some(limits));
    let call = desk.engine.try_call(&key).await.unwrap();
    assert_eq!((call.status, call.limits), (200, Some(limits)));
    desk.network.portal.answer_probes(Some(302));
    assert_eq!(desk.engine.try_call(&key).await.unwrap().status, 302, "what says nothing is told as well");
    desk.network.portal.revoke_elsewhere(&key);
    desk.engine.refresh(&desk.account()).await;
    assert_eq!(desk.engine.try_call(&key).await.unwrap_err().code, "key_dead", "a dead key is not called");
}
