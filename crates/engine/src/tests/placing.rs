//! Where secrets go: asked once, ticked by a copy or by hand, and never a value.

use std::time::Duration;

use keystow_domain::{KeyId, Way};

use super::Desk;
use crate::Wish;
use crate::clipboard::ClipboardSight;
use crate::places::{Place, PlaceKind};

impl Desk {
    /// Rotates a key, which opens a course.
    pub(crate) async fn rotate_once(&self, key: &KeyId) {
        self.engine.rotate("ticket-1", key, Some(Duration::from_secs(3600))).await.unwrap();
    }

    /// Puts a second key beside one; returns it.
    pub(crate) async fn replaced(&self, old: &KeyId) -> KeyId {
        let wish = Wish { way: Way::SideBySide, ..Wish::planned("ticket-1", old) };
        self.engine.replace(&wish).await.unwrap().key.id
    }

    fn asks(&self) -> bool {
        match self.engine.clipboard() {
            ClipboardSight::Held(held) => held.ask_place,
            other => panic!("{other:?}"),
        }
    }

    async fn name_place(&self, key: &KeyId, label: &str) -> Result<Vec<Place>, &'static str> {
        self.engine.add_place(key, PlaceKind::Text, label).await.map_err(|trouble| trouble.code)
    }
}

fn ticks(places: &[Place]) -> Vec<Option<bool>> {
    places.iter().map(|place| place.delivered.map(|it| it.by_hand)).collect()
}

#[tokio::test]
async fn where_a_secret_goes_is_asked_with_the_first_copy_and_never_again() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.copy(&key, false).await.unwrap();
    assert!(desk.asks());
    desk.engine.copy(&key, false).await.unwrap();
    assert!(desk.asks(), "the question stands until it is answered");
    desk.engine.wave_away(&key).await.unwrap();
    assert!(!desk.asks());
    desk.engine.copy(&key, false).await.unwrap();
    assert!(!desk.asks());
    let desk = desk.restarted().await;
    desk.engine.copy(&key, false).await.unwrap();
    assert!(!desk.asks(), "not after a restart either");
}

#[tokio::test]
async fn a_question_that_nobody_answered_is_not_asked_again() {
    let desk = Desk::signed_in().await;
    let (first, other) = (desk.create("a").await.unwrap().key.id, desk.create("b").await.unwrap().key.id);
    desk.engine.copy(&first, false).await.unwrap();
    desk.engine.copy(&other, false).await.unwrap();
    assert!(desk.asks(), "another key, another question");
    desk.engine.copy(&first, false).await.unwrap();
    assert!(!desk.asks());
}

#[tokio::test]
async fn naming_a_place_answers_the_question_and_is_remembered_once() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.copy(&key, false).await.unwrap();
    let places = desk.name_place(&key, "  kubectl, cluster east ").await.unwrap();
    assert!(!desk.asks());
    assert_eq!(places[0].label, "kubectl, cluster east");
    assert_eq!(places[0].last_at, Some(desk.engine.now()), "the copy went there");
    assert_eq!(desk.name_place(&key, "kubectl, cluster east").await.unwrap().len(), 1);
    let desk = desk.restarted().await;
    assert_eq!(desk.engine.places(&key).await.unwrap().len(), 1);
    assert!(desk.engine.remove_place(&key, &places[0].id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_place_that_is_named_without_a_copy_was_not_reached() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.rotate_once(&key).await;
    let places = desk.name_place(&key, "the old laptop").await.unwrap();
    assert_eq!((places[0].last_at, places[0].delivered), (None, None));
}

#[tokio::test]
async fn a_copy_of_the_new_secret_ticks_the_one_place_that_is_named_for_it() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.copy(&key, false).await.unwrap();
    desk.rotate_once(&key).await;
    let places = desk.name_place(&key, "copied before").await.unwrap();
    assert_eq!(ticks(&places), [None], "that copy was of the old secret");
    desk.engine.copy(&key, true).await.unwrap();
    assert_eq!(ticks(&desk.name_place(&key, "copied before").await.unwrap()), [None], "a roll-back is none");
    desk.engine.copy(&key, false).await.unwrap();
    desk.name_place(&key, "copied before").await.unwrap();
    let places = desk.name_place(&key, "not copied for").await.unwrap();
    assert_eq!(ticks(&places), [Some(false), None]);
}

#[tokio::test]
async fn a_tick_by_hand_is_told_from_one_by_evidence_and_can_be_taken_back() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let place = desk.name_place(&key, "ci").await.unwrap().remove(0);
    assert_eq!(desk.engine.deliver(&key, &place.id, true).await.unwrap_err().code, "no_course");
    desk.rotate_once(&key).await;
    assert_eq!(desk.engine.deliver(&key, "elsewhere", true).await.unwrap_err().code, "bad_input");
    desk.engine.deliver(&key, &place.id, true).await.unwrap();
    let desk = desk.restarted().await;
    assert_eq!(ticks(&desk.engine.rotation(&key).await.unwrap().places), [Some(true)]);
    desk.engine.copy(&key, false).await.unwrap();
    assert_eq!(
        ticks(&desk.name_place(&key, "ci").await.unwrap()),
        [Some(false)],
        "evidence is more than a word"
    );
    desk.engine.deliver(&key, &place.id, true).await.unwrap();
    assert_eq!(ticks(&desk.engine.places(&key).await.unwrap()), [Some(false)]);
    desk.engine.deliver(&key, &place.id, false).await.unwrap();
    assert_eq!(ticks(&desk.engine.places(&key).await.unwrap()), [None]);
}

#[tokio::test]
async fn a_successor_has_the_places_of_the_key_it_replaces() {
    let desk = Desk::signed_in().await;
    let old = desk.create("billing").await.unwrap().key.id;
    let place = desk.name_place(&old, "ci").await.unwrap().remove(0);
    let new = desk.replaced(&old).await;
    for key in [&old, &new] {
        assert_eq!(desk.engine.places(key).await.unwrap()[0].id, place.id);
    }
    desk.engine.copy(&new, false).await.unwrap();
    assert!(!desk.asks(), "where it goes is known");
    assert_eq!(ticks(&desk.name_place(&new, "ci").await.unwrap()), [Some(false)]);
    desk.engine.end_grace(&new, "billing").await.unwrap();
    let receipt = desk.engine.finish_rotation(&new).await.unwrap().receipt.unwrap();
    assert_eq!((receipt.places[0].label.as_str(), ticks(&receipt.places)), ("ci", vec![Some(false)]));
    assert_eq!(ticks(&desk.engine.places(&new).await.unwrap()), [None], "the next rotation begins anew");
}

#[tokio::test]
async fn a_place_never_holds_a_secret() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let secret = desk.network.portal.secret_of(&key).unwrap();
    let base64 = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&secret)
    };
    let like = format!("{}ABCDEFGHIJ", &secret[..8]);
    for label in [secret.clone(), format!("KEY={secret};"), base64, like] {
        assert_eq!(desk.name_place(&key, &label).await, Err("looks_secret"), "{label}");
    }
    for label in ["", "   ", "a\u{202e}b", "line\nbreak", &"x".repeat(201)] {
        assert_eq!(desk.name_place(&key, label).await, Err("bad_label"), "{label}");
    }
    assert!(desk.name_place(&key, &"ض".repeat(200)).await.is_ok());
    let shown = format!("{:?}", desk.engine.places(&key).await.unwrap());
    assert!(!shown.contains(&secret));
}
