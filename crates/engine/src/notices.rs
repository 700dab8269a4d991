//! Notices: what has to be told at the top of the window until it is over or put away.

use keystow_domain::KeyId;

use crate::Trouble;
use crate::engine::Engine;
use crate::events::Event;

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Names it; telling it again replaces it.
    pub id: String,
    /// How urgent it is.
    pub tone: Tone,
    /// What happened, what it means, what to do.
    pub what: Trouble,
    /// The key it is about, with its name.
    pub key: Option<(KeyId, String)>,
    /// What its button does.
    pub action: Option<Action>,
}

/// How urgent a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Info,
    /// Act soon.
    Warning,
    /// A secret is at risk.
    Danger,
}

/// What the button of a notice does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Ask the portal again.
    Retry,
    /// Start a sign-in.
    SignIn,
    /// Open the rotation of the key.
    Rotate,
    /// Unlock the vault.
    Unlock,
    /// Show the usage of the key, or of all keys.
    Usage,
    /// Show the developer apps.
    Apps,
}

/// The notices that stand.
#[derive(Default)]
pub(crate) struct Notices {
    all: Vec<Notice>,
}

impl Notices {
    /// Tells something, in the place of an earlier notice of the same id.
    pub(crate) fn tell(
        &mut self,
        id: &str,
        what: Trouble,
        tone: Tone,
        key: Option<(KeyId, String)>,
        action: Option<Action>,
    ) {
        let notice = Notice { id: id.to_owned(), tone, what, key, action };
        match self.all.iter_mut().find(|told| told.id == id) {
            Some(told) => *told = notice,
            None => self.all.push(notice),
        }
    }

    /// Tells something that is over but should be known.
    pub(crate) fn tell_once(&mut self, id: &str, what: Trouble) {
        self.tell(id, what, Tone::Warning, None, None);
    }

    /// Tells something before everything else.
    pub(crate) fn tell_first(
        &mut self,
        id: &str,
        what: Trouble,
        tone: Tone,
        key: Option<(KeyId, String)>,
        action: Option<Action>,
    ) {
        self.take_back(id);
        self.all.insert(0, Notice { id: id.to_owned(), tone, what, key, action });
    }

    /// Takes back what `stands` says does not hold any more; whether there was any.
    pub(crate) fn take_back_unless(&mut self, stands: impl Fn(&Notice) -> bool) -> bool {
        let before = self.all.len();
        self.all.retain(stands);
        before != self.all.len()
    }

    /// Whether a notice stands.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.all.iter().any(|notice| notice.id == id)
    }

    /// Takes a notice back; whether there was one.
    pub(crate) fn take_back(&mut self, id: &str) -> bool {
        let before = self.all.len();
        self.all.retain(|notice| notice.id != id);
        before != self.all.len()
    }
}

impl Engine {
    /// The notices that stand, the oldest first.
    pub fn notices(&self) -> Vec<Notice> {
        self.state().notices.all.clone()
    }

    /// Puts a notice away. A lost secret is then settled as told.
    pub async fn dismiss(&self, id: &str) {
        if self.state().notices.take_back(id) {
            if let Some(operation) = id.strip_prefix("lost:") {
                self.told(operation).await;
            }
            self.tell(Event::App);
        }
    }
}
