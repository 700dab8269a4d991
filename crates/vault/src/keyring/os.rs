//! The keyring of this operating system, with deadlines.
//!
//! A keyring call can wait for ever: for a prompt nobody answers, or for a daemon that died. Every
//! call therefore runs on a worker thread with a deadline; a worker that misses it is left behind
//! with its connection, and the next call starts a new one.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyring::Error;
use keyring_core::Entry;
use keyring_core::api::CredentialStore;
use zeroize::Zeroizing;

use super::{DataKey, Keyring, KeyringError};

/// How long the keyring may take to answer by itself.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a person may take to answer the keyring's prompt.
const PROMPT: Duration = Duration::from_secs(120);
/// The name of the one item.
const USER: &str = "vault";

/// The Secret Service on Linux, the keychain on macOS, the credential manager on Windows.
pub struct OsKeyring {
    service: String,
    answer: Duration,
    prompt: Duration,
    worker: Mutex<Option<Sender<Job>>>,
}

type Job = Box<dyn FnOnce(&mut Worker) + Send>;

/// What a worker tells while it works.
enum Progress<T> {
    /// The keyring is locked, so a person may be looking at a prompt.
    Prompting,
    /// The call ended.
    Done(Result<T, KeyringError>),
}

impl OsKeyring {
    /// A keyring that keeps its item under this service name.
    pub fn new(service: impl Into<String>) -> Self {
        Self { service: service.into(), answer: ANSWER, prompt: PROMPT, worker: Mutex::new(None) }
    }

    /// Other deadlines: for the keyring alone, and with a prompt before a person.
    #[must_use]
    pub fn with_deadlines(self, answer: Duration, prompt: Duration) -> Self {
        Self { answer, prompt, ..self }
    }

    /// Runs `call` on the worker, with a deadline.
    fn call<T: Send + 'static>(
        &self,
        call: impl Fn(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let (tell, told) = mpsc::channel();
        let prompting = tell.clone();
        let service = self.service.clone();
        self.submit(Box::new(move |worker| {
            let announce = move || {
                let _ = prompting.send(Progress::Prompting);
            };
            let _ = tell.send(Progress::Done(worker.run(&service, announce, &call)));
        }));
        let result = self.await_end(&told);
        if matches!(result, Err(KeyringError::TimedOut | KeyringError::Broken)) {
            self.forget_worker();
        }
        result
    }

    fn await_end<T>(&self, told: &Receiver<Progress<T>>) -> Result<T, KeyringError> {
        let mut patience = self.answer;
        loop {
            match told.recv_timeout(patience) {
                Ok(Progress::Prompting) => patience = self.prompt,
                Ok(Progress::Done(result)) => return result,
                Err(RecvTimeoutError::Timeout) => return Err(KeyringError::TimedOut),
                Err(RecvTimeoutError::Disconnected) => return Err(KeyringError::Broken),
            }
        }
    }

    /// Hands a job to the worker, starting one if there is none or the last one ended.
    fn submit(&self, mut job: Job) {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..2 {
            match worker.get_or_insert_with(Worker::start).send(job) {
                Ok(()) => return,
                Err(unsent) => job = unsent.0,
            }
            *worker = None;
        }
        // The job is dropped, and with it its side of the channel: the caller sees a broken keyring.
    }

    fn forget_worker(&self) {
        *self.worker.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Keyring for OsKeyring {
    fn load(&self) -> Result<Option<DataKey>, KeyringError> {
        let item = self.call(|entry| match entry.get_secret() {
            Ok(item) => Ok(Some(Zeroizing::new(item))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })?;
        item.map(|item| DataKey::from_item(&item).ok_or(KeyringError::Corrupt)).transpose()
    }

    fn save(&self, key: &DataKey) -> Result<(), KeyringError> {
        let item = key.to_item();
        self.call(move |entry| entry.set_secret(item.as_bytes()))
    }

    fn delete(&self) -> Result<(), KeyringError> {
        self.call(|entry| match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        })
    }
}

/// The thread that talks to the keyring, and the connection it holds.
struct Worker {
    store: Option<Arc<CredentialStore>>,
}

impl Worker {
    fn start() -> Sender<Job> {
        let (submit, jobs) = mpsc::channel::<Job>();
        // A thread that cannot start drops the receiver, which the next send notices.
        let _ = std::thread::Builder::new().name("keyring".into()).spawn(move || {
            let mut worker = Self { store: None };
            while let Ok(job) = jobs.recv() {
                job(&mut worker);
            }
        });
        submit
    }

    /// Runs `call`, once more with a new connection if the old one turned out to be dead: a keyring
    /// that was restarted fails every call of an old connection for ever.
    fn run<T>(
        &mut self,
        service: &str,
        prompting: impl Fn(),
        call: &impl Fn(&Entry) -> Result<T, Error>,
    ) -> Result<T, KeyringError> {
        let was_connected = self.store.is_some();
        match self.run_once(service, &prompting, call) {
            Err(KeyringError::Broken) if was_connected => self.run_once(service, &prompting, call),
            result => result,
        }
    }

    fn run_once<T>(
        &mut self,
        service: &str,
        prompting: &impl Fn(),
        call: &impl Fn(&Entry) -> Result<T, Error>,
    ) -> Result<T, KeyringError> {
        if platform::may_prompt()? {
            prompting();
        }
        let store = match self.store.take() {
            Some(store) => store,
            None => platform::connect().map_err(|_| KeyringError::Absent)?,
        };
        let entry =
            store.build(service, USER, Some(&platform::modifiers())).map_err(|error| classify(&error))?;
        let result = call(&entry).map_err(|error| classify(&error));
        if !matches!(result, Err(KeyringError::Broken)) {
            self.store = Some(store);
        }
        result
    }
}

/// Reduces a library's error to a code, so that no payload travels with it.
fn classify(error: &Error) -> KeyringError {
    match error {
        Error::NoStorageAccess(cause) => platform::refusal(cause.as_ref()),
        Error::Ambiguous(_) => KeyringError::Ambiguous,
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::BadStoreFormat(_) => KeyringError::Corrupt,
        Error::NoDefaultStore => KeyringError::Absent,
        _ => KeyringError::Broken,
    }
}

/// The Secret Service (freedesktop.org), through D-Bus.
#[cfg(not(any(target_os = "macos", windows)))]
mod platform {
    use std::collections::HashMap;
    use std::error::Error as StdError;
    use std::sync::Arc;

    use keyring::Result;
    use keyring_core::api::CredentialStore;
    use secret_service::blocking::SecretService;
    use secret_service::{EncryptionType, Error};

    use super::KeyringError;

    pub(super) fn connect() -> Result<Arc<CredentialStore>> {
        Ok(zbus_secret_service_keyring_store::Store::new()?)
    }

    pub(super) fn modifiers() -> HashMap<&'static str, &'static str> {
        HashMap::from([("label", "Keystow vault")])
    }

    /// Whether the next call may put a prompt before a person: the default collection is locked.
    ///
    /// Locked does not mean that a password is needed, so the call is made all the same.
    pub(super) fn may_prompt() -> std::result::Result<bool, KeyringError> {
        let service = SecretService::connect(EncryptionType::Plain).map_err(|_| KeyringError::Absent)?;
        match service.get_default_collection().and_then(|collection| collection.is_locked()) {
            Ok(locked) => Ok(locked),
            // Nothing stored yet and nowhere to store; reading says so without an error.
            Err(Error::NoResult) => Ok(false),
            Err(_) => Err(KeyringError::Broken),
        }
    }

    /// What a refused access means. The service answers a prompt that could not be shown like one
    /// that was dismissed; without a display it cannot have been shown.
    pub(super) fn refusal(cause: &(dyn StdError + 'static)) -> KeyringError {
        match cause.downcast_ref::<Error>() {
            Some(Error::NoResult) => KeyringError::NoCollection,
            Some(Error::Prompt | Error::PromptDisconnected) if has_display() => KeyringError::Dismissed,
            Some(Error::Prompt | Error::PromptDisconnected | Error::Locked) => KeyringError::Locked,
            _ => KeyringError::Broken,
        }
    }

    fn has_display() -> bool {
        ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
    }
}

/// The login keychain. Compiled but not exercised by the tests of this crate.
#[cfg(target_os = "macos")]
mod platform {
    use std::collections::HashMap;
    use std::error::Error as StdError;
    use std::sync::Arc;

    use keyring::Result;
    use keyring_core::api::CredentialStore;

    use super::KeyringError;

    pub(super) fn connect() -> Result<Arc<CredentialStore>> {
        Ok(apple_native_keyring_store::keychain::Store::new()?)
    }

    pub(super) fn modifiers() -> HashMap<&'static str, &'static str> {
        HashMap::new()
    }

    /// The keychain may ask at any time and does not tell beforehand.
    pub(super) fn may_prompt() -> std::result::Result<bool, KeyringError> {
        Ok(true)
    }

    pub(super) fn refusal(_: &(dyn StdError + 'static)) -> KeyringError {
        KeyringError::Locked
    }
}

/// The credential manager. Compiled but not exercised by the tests of this crate.
#[cfg(windows)]
mod platform {
    use std::collections::HashMap;
    use std::error::Error as StdError;
    use std::sync::Arc;

    use keyring::Result;
    use keyring_core::api::CredentialStore;

    use super::KeyringError;

    pub(super) fn connect() -> Result<Arc<CredentialStore>> {
        Ok(windows_native_keyring_store::Store::new()?)
    }

    /// Without this the item would roam to other computers with the person's profile.
    pub(super) fn modifiers() -> HashMap<&'static str, &'static str> {
        HashMap::from([("persistence", "Local")])
    }

    pub(super) fn may_prompt() -> std::result::Result<bool, KeyringError> {
        Ok(false)
    }

    pub(super) fn refusal(_: &(dyn StdError + 'static)) -> KeyringError {
        KeyringError::Locked
    }
}
