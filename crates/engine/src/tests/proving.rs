//! What is proven of a rotation: by trials, by what the portal tells, and by nothing else.

use std::time::Duration;

use keystow_connect::fakes::GATEWAY;
use keystow_connect::{Portal as _, Trial};
use keystow_domain::{Bucket, KeyId, PreviousSecret, Series, Timestamp, Usage};

use super::Desk;
use crate::Wish;
use crate::probing::Probe;
use crate::rotation::{Evidence, Proof, Stage};

const MINUTE: Duration = Duration::from_secs(60);

impl Desk {
    async fn rung(&self, key: &KeyId, place: usize) -> Evidence {
        self.engine.rotation(key).await.unwrap().evidence[place]
    }

    /// The portal counts calls of this hour on each secret.
    fn count(&self, calls: &[(&str, u64)]) {
        let start = Timestamp::from_secs(self.engine.now().as_secs().div_euclid(3600) * 3600);
        let series = calls.iter().map(|(group, requests)| Series {
            group: (*group).to_owned(),
            buckets: vec![Bucket {
                start,
                known: true,
                requests: *requests,
                client_errors: 0,
                server_errors: 0,
                throttled: 0,
                billable: 0,
                latency: None,
            }],
        });
        self.network.portal.set_usage(Usage { complete_until: None, series: series.collect() });
    }

    /// The portal says when the old secret was last used.
    async fn old_used(&self, key: &KeyId, at: Timestamp) {
        let mut known = self.engine.key(key).unwrap().key;
        let used = |old: PreviousSecret| PreviousSecret { last_used_at: Some(at), ..old };
        known.previous = known.previous.into_iter().map(used).collect();
        self.engine.take_key(&self.account(), known).await;
    }
}

fn custom(url: &str) -> Option<Probe> {
    Some(Probe { url: url.into(), header: "Authorization".into(), before: "Bearer ".into(), own: false })
}

#[tokio::test]
async fn a_trial_proves_the_new_secret_and_is_still_known_after_a_restart() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.rotate_once(&key).await;
    assert_eq!(desk.rung(&key, 0).await.proof, Proof::NotYet);
    desk.engine.probe(&key).await.unwrap();
    let desk = desk.restarted().await;
    let rung = desk.rung(&key, 0).await;
    assert_eq!((rung.proof, rung.at, rung.read_at), (Proof::Proven, Some(desk.engine.now()), rung.at));
    let again = Wish { again: true, ..Wish::planned("ticket-2", &key) };
    desk.engine.replace(&again).await.unwrap();
    assert_eq!(desk.rung(&key, 0).await.proof, Proof::NotYet, "a newer secret starts unproven");
}

#[tokio::test]
async fn after_the_end_the_old_secret_is_tried_and_refused() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.rotate_once(&key).await;
    desk.engine.probe(&key).await.unwrap();
    assert_eq!(desk.rung(&key, 3).await.proof, Proof::Later);
    desk.clock.advance(Duration::from_secs(3601));
    assert_eq!(desk.rung(&key, 3).await.proof, Proof::NotYet);
    desk.engine.probe(&key).await.unwrap();
    let sight = desk.engine.rotation(&key).await.unwrap();
    assert_eq!((sight.stage, sight.evidence[3].proof), (Stage::Ended, Proof::Proven));
}

#[tokio::test]
async fn of_two_keys_each_is_proven_by_its_own_use_and_the_old_one_by_its_refusal() {
    let desk = Desk::signed_in_to_plain().await;
    let old = desk.create("billing").await.unwrap().key.id;
    let new = desk.replaced(&old).await;
    desk.engine.set_probe(&new, custom("https://billing.example/ping")).await.unwrap();
    let proofs = async || -> Vec<Proof> {
        desk.engine.rotation(&new).await.unwrap().evidence.iter().map(|rung| rung.proof).collect()
    };
    assert_eq!(proofs().await, [Proof::NotYet, Proof::NotYet, Proof::NotYet, Proof::Later]);
    desk.engine.probe(&new).await.unwrap();
    assert_eq!(proofs().await, [Proof::Proven, Proof::NotYet, Proof::NotYet, Proof::Later], "our own use");
    desk.clock.advance(MINUTE * 15);
    let portal = &desk.network.portal;
    let secret = keystow_vault::Secret::from_text(portal.secret_of(&new).unwrap());
    portal.probe(&Trial::own(GATEWAY), &secret).await.unwrap();
    assert_eq!(proofs().await, [Proof::Proven, Proof::Proven, Proof::Proven, Proof::Later]);
    assert_eq!(desk.engine.rotation(&new).await.unwrap().straggler, None, "nothing ends by itself");
    desk.engine.end_grace(&new, "billing").await.unwrap();
    desk.engine.probe(&new).await.unwrap();
    assert_eq!(desk.rung(&new, 3).await.proof, Proof::Proven);
}

#[tokio::test]
async fn traffic_on_the_new_secret_is_counted_without_our_own_trials() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let old = desk.engine.key(&key).unwrap().key.prefix;
    desk.rotate_once(&key).await;
    let new = desk.engine.key(&key).unwrap().key.prefix;
    desk.engine.probe(&key).await.unwrap();
    desk.count(&[(&new, 1), (&old, 4)]);
    let rung = desk.rung(&key, 1).await;
    assert_eq!((rung.proof, rung.calls), (Proof::NotYet, Some(0)));
    desk.count(&[(&new, 3), (&old, 4)]);
    let rung = desk.rung(&key, 1).await;
    assert_eq!((rung.proof, rung.calls, rung.read_at), (Proof::Proven, Some(2), Some(desk.engine.now())));
    assert_eq!(desk.rung(&key, 2).await.calls, Some(4));
}

#[tokio::test]
async fn the_quiet_time_is_the_persons_to_choose() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    for bad in [Duration::from_secs(59), Duration::from_secs(7 * 86_400 + 1)] {
        assert_eq!(desk.engine.set_quiet(&key, bad).await.unwrap_err().code, "bad_quiet");
    }
    desk.engine.set_quiet(&key, MINUTE * 5).await.unwrap();
    desk.rotate_once(&key).await;
    desk.clock.advance(MINUTE * 4);
    assert_eq!(desk.rung(&key, 2).await.proof, Proof::NotYet);
    let desk = desk.restarted().await;
    desk.clock.advance(MINUTE);
    assert_eq!(desk.rung(&key, 2).await.proof, Proof::Proven);
    assert_eq!(desk.engine.rotation(&key).await.unwrap().quiet, MINUTE * 5);
}

#[tokio::test]
async fn a_plain_portal_proves_nothing_until_somebody_says_where_to_try() {
    let desk = Desk::signed_in_to_plain().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.rotate("ticket-1", &key, None).await.unwrap();
    let sight = desk.engine.rotation(&key).await.unwrap();
    assert!(sight.probe.is_none());
    assert!(sight.evidence.iter().all(|rung| rung.proof == Proof::NotProvable), "{:?}", sight.evidence);
    assert_eq!(desk.engine.probe(&key).await.unwrap_err().code, "no_probe");
    desk.engine.set_probe(&key, custom("https://billing.example/ping")).await.unwrap();
    desk.engine.probe(&key).await.unwrap();
    let sight = desk.engine.rotation(&key).await.unwrap();
    assert_eq!(sight.evidence[0].proof, Proof::Proven);
    assert_eq!(
        sight.probe.map(|probe| (probe.url, probe.own)),
        Some(("https://billing.example/ping".into(), false))
    );
}

#[tokio::test]
async fn a_probe_of_ones_own_is_checked_kept_inherited_and_taken_back() {
    let desk = Desk::signed_in().await;
    let old = desk.create("billing").await.unwrap().key.id;
    let code = async |probe| desk.engine.set_probe(&old, probe).await.unwrap_err().code;
    assert_eq!(code(custom("http://billing.example/")).await, "bad_probe_address");
    let host = Probe { header: "Host".into(), ..custom("https://a.example").unwrap() };
    assert_eq!(code(Some(host)).await, "bad_probe_header");
    let secret = desk.network.portal.secret_of(&old).unwrap();
    assert_eq!(code(custom(&format!("https://a.example/?key={secret}"))).await, "looks_secret");
    desk.engine.set_probe(&old, custom("https://a.example/ping")).await.unwrap();
    let new = desk.replaced(&old).await;
    desk.engine.set_quiet(&new, MINUTE).await.unwrap();
    let desk = desk.restarted().await;
    let account = desk.account();
    let url = async |key| desk.engine.probing(&account, key).await.0.map(|probe| probe.url);
    assert_eq!(url(&new).await.as_deref(), Some("https://a.example/ping"), "from the key it replaces");
    desk.engine.read_abilities(&account).await;
    desk.engine.set_probe(&new, None).await.unwrap();
    assert_eq!(url(&new).await.as_deref(), Some(GATEWAY));
    assert_eq!(url(&old).await.as_deref(), Some("https://a.example/ping"));
}

#[tokio::test]
async fn an_answer_that_says_neither_yes_nor_no_is_told_and_proves_nothing() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.rotate_once(&key).await;
    desk.network.portal.answer_probes(Some(503));
    let trouble = desk.engine.probe(&key).await.unwrap_err();
    assert_eq!((trouble.code, trouble.facts["status"].as_str()), ("probe_says_nothing", "503"));
    assert_eq!(desk.rung(&key, 0).await.proof, Proof::NotYet);
    desk.network.portal.answer_probes(Some(403));
    desk.engine.probe(&key).await.unwrap();
    let rung = desk.rung(&key, 0).await;
    assert_eq!((rung.proof, rung.at), (Proof::NotYet, Some(desk.engine.now())), "refused, and when");
    desk.network.portal.answer_probes(None);
    desk.engine.probe(&key).await.unwrap();
    desk.network.portal.answer_probes(Some(500));
    desk.engine.probe(&key).await.unwrap_err();
    assert_eq!(desk.rung(&key, 0).await.proof, Proof::Proven, "a busy portal takes nothing back");
}

#[tokio::test]
async fn an_old_secret_that_is_used_near_its_end_is_told_until_it_is_quiet() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.rotate_once(&key).await;
    let look = async || desk.engine.notice_stragglers(&desk.account()).await;
    desk.clock.advance(MINUTE * 47);
    desk.old_used(&key, desk.engine.now()).await;
    look().await;
    assert!(!desk.notice("straggler"), "its end is not near");
    desk.clock.advance(MINUTE);
    look().await;
    assert!(desk.notice("straggler"));
    desk.engine.dismiss(&format!("straggler:{}:{key}", desk.account())).await;
    look().await;
    assert!(!desk.notice("straggler"), "what was put away is not told every minute");
    desk.clock.advance(MINUTE * 13);
    look().await;
    assert!(!desk.notice("straggler"), "it has ended");
}

#[tokio::test]
async fn a_straggler_is_shown_with_its_last_use_and_its_calls() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let old = desk.engine.key(&key).unwrap().key.prefix;
    desk.rotate_once(&key).await;
    desk.clock.advance(MINUTE * 55);
    desk.count(&[(&old, 9)]);
    let used = desk.engine.now();
    desk.network.portal.use_old(&key, used);
    let straggler = desk.engine.rotation(&key).await.unwrap().straggler.unwrap();
    assert_eq!((straggler.last_used_at, straggler.calls), (Some(used), Some(9)));
    let notice = desk.engine.notices().into_iter().find(|notice| notice.what.code == "straggler").unwrap();
    assert_eq!((notice.what.facts["calls"].as_str(), notice.what.facts["key"].as_str()), ("9", "billing"));
}

#[tokio::test]
async fn a_receipt_has_the_refusal_of_the_old_secret_though_nobody_tried_it_before() {
    for (answered, proof) in [(None, Proof::Proven), (Some(200), Proof::NotYet), (Some(500), Proof::NotYet)] {
        let desk = Desk::signed_in().await;
        let key = desk.create("billing").await.unwrap().key.id;
        desk.rotate_once(&key).await;
        desk.engine.end_grace(&key, "billing").await.unwrap();
        assert_eq!(desk.rung(&key, 3).await.proof, Proof::NotYet);
        desk.network.portal.answer_probes(answered);
        let receipt = desk.engine.finish_rotation(&key).await.unwrap().receipt.unwrap();
        assert_eq!(receipt.evidence[3].proof, proof, "{answered:?}");
        assert_eq!(receipt.evidence[0].proof, Proof::NotYet, "the new secret is not tried unasked");
    }
}
