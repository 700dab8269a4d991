//! On its way under a passphrase, to another one and back, the vault is stopped at every step.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use keystow_vault::{
    DataKey, DiskFault, Disturbance, Keyring, KeyringError, MemoryKeyring, Protection, Vault, VaultError,
};
use support::sealing::{FIRST, SEALED, SECOND, gives_its_secret, has_item, typed};
use support::{Still, label, open, secret};

/// How far the process comes: every use of the disk or the keyring is a step.
struct Life {
    /// Steps until it dies.
    left: AtomicUsize,
    /// Whether the step at which it dies is done before.
    does_last: bool,
    /// What dies.
    of: Dying,
}

impl Life {
    fn step(&self) -> Option<Last> {
        let before = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match before {
            Err(_) if self.of == Dying::DiskOnce => None,
            Ok(1) if self.does_last => Some(Last::Done),
            Ok(1) | Err(_) => Some(Last::Undone),
            Ok(_) => None,
        }
    }
}

/// What dies at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dying {
    /// The process, and with it every use of anything.
    Process,
    /// The disk alone: the keyring goes on serving.
    Disk,
    /// One use of the disk, after which it serves again.
    DiskOnce,
}

enum Last {
    Done,
    Undone,
}

struct Disk(Arc<Mutex<Option<Arc<Life>>>>);

impl Disturbance for Disk {
    fn strike(&self) -> Option<DiskFault> {
        let life = self.0.lock().unwrap().clone()?;
        life.step().map(|last| match last {
            Last::Done => DiskFault::After(VaultError::Closed),
            Last::Undone => DiskFault::Before(VaultError::Closed),
        })
    }

    fn began(&self) {}

    fn ended(&self) {}
}

/// A keyring that a process of limited life talks to.
struct Mortal(Arc<MemoryKeyring>, Arc<Mutex<Option<Arc<Life>>>>);

impl Mortal {
    fn meets<T>(&self, call: impl FnOnce() -> Result<T, KeyringError>) -> Result<T, KeyringError> {
        let life = self.1.lock().unwrap().clone().filter(|life| life.of == Dying::Process);
        match life.and_then(|life| life.step()) {
            None => call(),
            Some(Last::Done) => call().and(Err(KeyringError::Broken)),
            Some(Last::Undone) => Err(KeyringError::Broken),
        }
    }
}

impl Keyring for Mortal {
    fn load(&self) -> Result<Option<DataKey>, KeyringError> {
        self.meets(|| self.0.load())
    }

    fn save(&self, key: &DataKey) -> Result<(), KeyringError> {
        self.meets(|| self.0.save(key))
    }

    fn delete(&self) -> Result<(), KeyringError> {
        self.meets(|| self.0.delete())
    }
}

/// What is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    On,
    Back,
}

/// Goes a way and stops at a step of it. Whether it came to its end without dying.
async fn stopped(way: Way, steps: usize, does_last: bool, of: Dying) -> bool {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let life = Arc::new(Mutex::new(None));
    let mortal = Arc::new(Mortal(Arc::clone(&keyring), Arc::clone(&life)));
    let vault = Vault::open(folder.path(), mortal, Arc::new(Still)).unwrap().vault;
    vault.disturb(Arc::new(Disk(Arc::clone(&life))));
    vault.unlock().await.unwrap();
    vault.stow(label("op"), secret("kst_1")).await.unwrap();
    if way != Way::There {
        vault.seal(typed(FIRST)).await.unwrap();
    }
    let limited = Arc::new(Life { left: AtomicUsize::new(steps), does_last, of });
    *life.lock().unwrap() = Some(Arc::clone(&limited));
    let _ = match way {
        Way::There => vault.seal(typed(FIRST)).await,
        Way::On => vault.reseal(typed(FIRST), typed(SECOND)).await,
        Way::Back => vault.unseal(typed(FIRST)).await,
    };
    let lived = limited.left.load(Ordering::SeqCst) > 0;
    drop(vault);
    opens(folder.path(), &keyring, (way, steps)).await;
    lived
}

/// The vault opens by what it says that opens it, and afterwards by nothing else.
async fn opens(folder: &Path, keyring: &Arc<MemoryKeyring>, at: (Way, usize)) {
    let vault = open(folder, keyring).unwrap().vault;
    match vault.protection() {
        Protection::Keyring => {
            vault.unlock().await.unwrap();
            assert_eq!(vault.unlock_with(typed(FIRST)).await, Ok(()), "it is open");
            vault.lock();
            assert_eq!(vault.unlock_with(typed(FIRST)).await, Err(VaultError::NotSealed), "{at:?}");
            vault.unlock().await.unwrap();
        }
        Protection::Passphrase { leftover } => {
            assert!(leftover || !has_item(keyring), "{at:?}: it is told that the keyring has the key too");
            let first = vault.unlock_with(typed(FIRST)).await;
            if at.0 == Way::On && first == Err(VaultError::PassphraseWrong) {
                vault.unlock_with(typed(SECOND)).await.unwrap();
            } else {
                assert_eq!(first, Ok(()), "{at:?}");
            }
            vault.clear_leftover().await.unwrap();
            assert_eq!((vault.protection(), has_item(keyring)), (SEALED, false), "{at:?}");
        }
    }
    gives_its_secret(&vault).await;
}

/// Stops a way at every step, and finds each time that the vault opens by what it says that opens it.
async fn stop_at_every_step(way: Way) {
    for of in [Dying::Process, Dying::Disk, Dying::DiskOnce] {
        // A single use that fails without an effect is the end of a way that changed nothing.
        let kinds = if of == Dying::DiskOnce { &[true][..] } else { &[true, false][..] };
        for does_last in kinds.iter().copied() {
            let mut steps = 1;
            while !stopped(way, steps, does_last, of).await {
                steps += 1;
            }
            assert!(steps > 3, "{way:?} takes several steps, and was stopped at each of {steps}");
        }
    }
}

#[tokio::test]
async fn stopped_on_its_way_under_a_passphrase_the_vault_opens_by_what_it_says() {
    stop_at_every_step(Way::There).await;
}

#[tokio::test]
async fn stopped_on_its_way_to_another_passphrase_the_vault_opens_by_one_of_the_two() {
    stop_at_every_step(Way::On).await;
}

#[tokio::test]
async fn stopped_on_its_way_back_to_the_keyring_the_vault_opens_by_what_it_says() {
    stop_at_every_step(Way::Back).await;
}
