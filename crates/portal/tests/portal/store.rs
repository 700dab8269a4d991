//! Where the portals of these tests keep everything: a file in their folder.

use keystow_portal::Config;

use crate::desk::Desk;

/// What a portal keeps things in.
pub(crate) struct Store;

impl Store {
    /// Until when usage is complete at ten o'clock, when tests ask for it.
    pub(crate) const COMPLETE_AT_TEN: &str = "2027-01-15T10:00:00Z";

    /// A store that nobody has used.
    pub(crate) async fn new() -> Self {
        Self
    }

    /// Lets a portal use it.
    pub(crate) fn set_up(&self, _config: &mut Config) {}

    /// Lets the program use it.
    pub(crate) fn arguments(&self) -> Vec<String> {
        Vec::new()
    }

    /// Every byte that is kept.
    pub(crate) async fn content(&self, desk: &Desk) -> Vec<u8> {
        let files = std::fs::read_dir(desk.data.path().join("portal")).unwrap();
        // Mails in their folder are not kept but sent: for a portal without a mail server, that is where they go.
        let files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
        files.flat_map(|file| std::fs::read(file).unwrap()).collect()
    }
}
