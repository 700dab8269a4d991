//! Taking a secret from the clipboard.

use keystow_connect::{Cause, Failure};
use keystow_domain::{Account, AccountId, KeyId, OperationId, Session, Variable};
use keystow_vault::{Label, Secret};

use super::Desk;
use crate::{FileImport, Left};

/// A key of the portal whose secret somebody else got, and that secret.
async fn with_foreign_key(desk: &Desk) -> (KeyId, String) {
    let made = desk.create("billing").await.unwrap();
    let secret = desk.network.portal.secret_of(&made.key.id).unwrap();
    let key = made.key.id;
    let here = desk.engine.0.vault.stowed(&desk.account()).await.unwrap();
    for stowed in here {
        desk.engine.0.vault.discard(&stowed.operation).await.unwrap();
    }
    desk.engine.read_stowed(&desk.account()).await;
    assert!(desk.engine.key(&key).unwrap().stowed.is_none());
    (key, secret)
}

impl Desk {
    /// Fills the disk to the last page, those that were freed included.
    async fn fill_disk(&self) {
        let vault = &self.engine.0.vault;
        vault.fill_disk(true).await.unwrap();
        for number in 0.. {
            let label = Label {
                operation: OperationId::new(format!("filler-{number}")),
                account: AccountId::new("acc_other"),
                key: KeyId::new("key_other"),
                prefix: "kst_".into(),
                issued_at: self.engine.now(),
            };
            if vault.stow(label, Secret::from_text("x".repeat(1000))).await.is_err() {
                return;
            }
        }
    }

    async fn refused_import(&self, key: &KeyId) -> &'static str {
        let before = self.clipboard.text();
        let code = self.engine.import(key).await.unwrap_err().code;
        assert_eq!(self.clipboard.text(), before, "{code}: the clipboard is as it was");
        assert!(
            self.engine.0.vault.stowed(&self.account()).await.unwrap().is_empty(),
            "{code}: nothing is kept"
        );
        code
    }
}

#[tokio::test]
async fn a_secret_from_the_clipboard_is_tried_stowed_and_cleared_there() {
    let desk = Desk::signed_in().await;
    let (key, secret) = with_foreign_key(&desk).await;
    desk.clipboard.replace(&format!("export BILLING_KEY='{secret}'\n"));
    let sight = desk.engine.import(&key).await.unwrap();
    assert_eq!((sight.tried, sight.left, sight.row.stowed.is_some()), (true, Left::Cleared, true));
    assert_eq!(desk.clipboard.text(), None);
    let desk = desk.restarted().await;
    desk.engine.copy(&key, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), Some(secret));
    assert_eq!(desk.engine.import(&key).await.unwrap_err().code, "already_here");
}

#[tokio::test]
async fn where_nothing_can_be_tried_the_look_of_it_is_enough_and_that_is_said() {
    let desk = Desk::signed_in_to_plain().await;
    let (key, secret) = with_foreign_key(&desk).await;
    desk.clipboard.replace(&secret);
    let sight = desk.engine.import(&key).await.unwrap();
    assert!(!sight.tried && sight.row.stowed.is_some());
}

#[tokio::test]
async fn what_is_not_the_secret_is_refused_and_left_on_the_clipboard() {
    let desk = Desk::signed_in().await;
    let (key, secret) = with_foreign_key(&desk).await;
    assert_eq!(desk.refused_import(&key).await, "paste_nothing");
    desk.clipboard.replace("a shopping list");
    assert_eq!(desk.refused_import(&key).await, "paste_unlike");
    let forged = format!("{}x", &secret[..secret.len() - 1]);
    desk.clipboard.replace(&format!("{secret} {forged}"));
    assert_eq!(desk.refused_import(&key).await, "paste_several");
    desk.clipboard.replace(&forged);
    assert_eq!(desk.refused_import(&key).await, "import_refused");
    desk.clipboard.replace(&secret);
    desk.network.portal.answer_probes(Some(503));
    assert_eq!(desk.refused_import(&key).await, "probe_says_nothing");
    desk.network.portal.answer_probes(None);
    // The key is read first, and then the secret is tried.
    for _ in 0..2 {
        desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    }
    assert_eq!(desk.refused_import(&key).await, "portal_unreachable");
    assert!(desk.engine.import(&key).await.is_ok(), "and then it works");
}

#[tokio::test]
async fn a_vault_that_does_not_take_it_leaves_it_on_the_clipboard() {
    let desk = Desk::signed_in().await;
    let (key, secret) = with_foreign_key(&desk).await;
    desk.clipboard.replace(&secret);
    desk.fill_disk().await;
    assert_eq!(desk.refused_import(&key).await, "disk_full");
    desk.engine.0.vault.fill_disk(false).await.unwrap();
    desk.engine.0.vault.lock();
    assert_eq!(desk.refused_import(&key).await, "vault_locked");
}

#[tokio::test]
async fn a_dead_key_takes_no_secret() {
    let desk = Desk::signed_in().await;
    let (key, secret) = with_foreign_key(&desk).await;
    desk.network.portal.revoke_elsewhere(&key);
    desk.engine.refresh(&desk.account()).await;
    desk.clipboard.replace(&secret);
    assert_eq!(desk.refused_import(&key).await, "key_dead");
}

#[tokio::test]
async fn a_portal_that_claims_how_another_ones_secrets_begin_is_not_sent_one() {
    let desk = Desk::signed_in().await;
    let (key, secret) = with_foreign_key(&desk).await;
    let known = desk.engine.key(&key).unwrap().key;
    let other =
        Account { id: AccountId::new("acc_2"), person: Some("omar@example.com".into()), ..super::account() };
    desk.engine.keep_account(other.clone(), Session::SignedIn).await.unwrap();
    desk.engine.take_key(&other.id, known).await;
    desk.clipboard.replace(&secret);
    desk.engine.switch(&desk.account()).await.unwrap();
    assert_eq!(desk.refused_import(&key).await, "paste_unlike");
}

#[tokio::test]
async fn a_secret_is_taken_from_a_chosen_file_and_of_several_the_one_that_is_named() {
    let desk = Desk::signed_in().await;
    let (key, secret) = with_foreign_key(&desk).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    assert_eq!(code(desk.engine.import_file(&key, file.clone(), None).await), "given_unreadable");
    std::fs::write(&file, "PORT=80\n").unwrap();
    assert_eq!(code(desk.engine.import_file(&key, file.clone(), None).await), "given_unlike");
    let forged = format!("{}x", &secret[..secret.len() - 1]);
    let text = format!("OLD_KEY={forged}\nexport BILLING_KEY='{secret}'\n");
    std::fs::write(&file, &text).unwrap();
    let FileImport::Which(names) = desk.engine.import_file(&key, file.clone(), None).await.unwrap() else {
        panic!("two look like it");
    };
    assert_eq!(names.iter().map(Variable::as_str).collect::<Vec<_>>(), ["OLD_KEY", "BILLING_KEY"]);
    let mut names = names.into_iter();
    let old = desk.engine.import_file(&key, file.clone(), names.next()).await;
    assert_eq!(code(old), "import_refused");
    let FileImport::Taken { tried, row } =
        desk.engine.import_file(&key, file.clone(), names.next()).await.unwrap()
    else {
        panic!("one is named");
    };
    assert!(tried && row.stowed.is_some());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "the file is as it was");
    desk.engine.copy(&key, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), Some(secret));
}

fn code(refused: Result<FileImport, crate::Trouble>) -> &'static str {
    refused.unwrap_err().code
}
