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

    /// Takes away what keeps the log from being altered.
    pub(crate) const UNGUARD: &str = "DROP TRIGGER audit_is_not_altered; DROP TRIGGER audit_is_not_cut;
        DROP TRIGGER audit_end_stays";
    /// Makes the end of the log that of an empty one.
    pub(crate) const FORGET_END: &str = "DELETE FROM audit_head";

    /// Changes what is kept past the portal; says whether the database let it.
    pub(crate) async fn tamper(&self, desk: &Desk, sql: &str) -> bool {
        let connection = rusqlite::Connection::open(desk.data.path().join("portal/portal.db")).unwrap();
        connection.execute_batch(sql).is_ok()
    }

    /// Every byte that is kept.
    pub(crate) async fn content(&self, desk: &Desk) -> Vec<u8> {
        let files = std::fs::read_dir(desk.data.path().join("portal")).unwrap();
        // Mails in their folder are not kept but sent: for a portal without a mail server, that is where they go.
        let files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
        files.flat_map(|file| std::fs::read(file).unwrap()).collect()
    }
}
