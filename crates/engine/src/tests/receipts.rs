//! What the clipboard tells of who read a secret, and the copy that is for one paste only.

use keystow_domain::KeyId;
use keystow_vault::{Reader, Reading};

use super::Desk;
use crate::clipboard::ClipboardSight;
use crate::forms::FormName;

impl Desk {
    /// A key whose secret is copied, with the clipboard followed.
    async fn copied(&self) -> KeyId {
        let follower = self.engine.clone();
        tokio::spawn(async move { follower.follow_clipboard().await });
        let key = self.create("billing").await.unwrap().key.id;
        self.engine.copy_as(&key, &FormName::Dotenv, "SHOP_KEY").await.unwrap();
        key
    }

    fn read_by(&self, program: &str, after: u64) {
        self.clipboard.read_by(Reading { by: Reader::named(Some(program.into())), times: 1, after });
    }

    /// Waits for the first entry of this kind; returns its facts and the name of its key.
    async fn warned(&self, what: &str) -> (Vec<(String, String)>, String) {
        let entry = async |engine: &crate::Engine| {
            let entries = engine.audit(0, 100).await.unwrap().entries;
            entries.into_iter().find(|entry| entry.what == what)
        };
        let entry = self.until(entry).await;
        (entry.facts.into_iter().collect(), entry.key.unwrap().1)
    }
}

fn facts(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, fact)| ((*name).to_owned(), (*fact).to_owned())).collect()
}

#[tokio::test]
async fn what_was_copied_is_said_with_its_form_and_who_read_it() {
    let desk = Desk::signed_in().await;
    desk.copied().await;
    desk.read_by("xterm", 2_000);
    let ClipboardSight::Held(held) = desk.engine.clipboard() else { panic!("not held") };
    assert_eq!(held.form, FormName::Dotenv);
    assert_eq!(held.receipts.readings[0].by.program.as_deref(), Some("xterm"));
    desk.engine.clear_clipboard().await.unwrap();
    let ClipboardSight::Cleared { receipts, .. } = desk.engine.clipboard() else { panic!("not cleared") };
    assert_eq!(receipts.readings.len(), 1, "it is still known who read it");
    let key = desk.page().rows.remove(0).key.id;
    desk.engine.copy(&key, false).await.unwrap();
    let ClipboardSight::Held(held) = desk.engine.clipboard() else { panic!("not held") };
    assert_eq!((held.form, held.receipts.readings.len()), (FormName::Raw, 0), "a new copy begins anew");
}

#[tokio::test]
async fn a_program_that_read_before_a_person_could_paste_is_in_the_log() {
    let desk = Desk::signed_in().await;
    desk.copied().await;
    desk.read_by("xterm", 2_000);
    desk.read_by("copyq", 2);
    desk.read_by("spyware", 4);
    let wanted = facts(&[("after_ms", "4"), ("program", "spyware")]);
    assert_eq!(desk.warned("read_early").await, (wanted, "billing".to_owned()));
    let entries = desk.engine.audit(0, 100).await.unwrap().entries;
    let early = entries.iter().filter(|entry| entry.what == "read_early").count();
    assert_eq!(early, 1, "neither a paste nor a known clipboard manager: {entries:#?}");
}

#[tokio::test]
async fn a_secret_that_was_put_back_is_told_with_who_did_and_is_in_the_log() {
    let desk = Desk::signed_in().await;
    desk.copied().await;
    desk.clipboard.put_back(Reader::named(Some("parcellite".into())));
    let ClipboardSight::Unverified(trouble) = desk.engine.clipboard() else { panic!("not told") };
    assert_eq!(trouble.code, "clipboard_returned");
    assert_eq!(trouble.message, "The clipboard was cleared, and parcellite put the secret back.");
    let wanted = facts(&[("program", "parcellite")]);
    assert_eq!(desk.warned("put_back").await, (wanted, "billing".to_owned()));
}

#[tokio::test]
async fn a_copy_is_for_one_paste_only_if_a_person_wants_it_so() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.copy(&key, false).await.unwrap();
    assert!(!desk.clipboard.is_once());
    let settings = crate::Settings { paste_once: true, ..desk.engine.settings() };
    desk.engine.save_settings(settings).await.unwrap();
    desk.engine.copy(&key, false).await.unwrap();
    assert!(desk.clipboard.is_once());
    let ClipboardSight::Held(held) = desk.engine.clipboard() else { panic!("not held") };
    assert!(held.once);
    let desk = desk.restarted().await;
    assert!(desk.engine.settings().paste_once, "the choice is kept");
}
