//! How long nobody has touched keyboard and pointer, as the X server counts it (MIT-SCREEN-SAVER).
//!
//! Under Wayland an X server inside it sees few windows only, so it is not asked.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use x11rb::protocol::screensaver::ConnectionExt as _;
use x11rb::protocol::xproto::Window;
use x11rb::rust_connection::RustConnection;

/// The way to the X server; nothing once it does not tell.
pub(crate) struct Idle(Mutex<Option<(RustConnection, Window)>>);

impl Idle {
    pub(crate) fn open() -> Self {
        Self(Mutex::new(connect()))
    }

    /// How long nobody was there.
    pub(crate) fn since(&self) -> Option<Duration> {
        let mut server = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, root) = server.as_ref()?;
        let told = connection.screensaver_query_info(*root).ok().and_then(|asked| asked.reply().ok());
        if told.is_none() {
            // A server that is gone, or cannot tell, will not tell later.
            *server = None;
        }
        told.map(|told| Duration::from_millis(told.ms_since_user_input.into()))
    }
}

fn connect() -> Option<(RustConnection, Window)> {
    if crate::hotkey::is_wayland() {
        return None;
    }
    let (connection, number) = RustConnection::connect(None).ok()?;
    let root = x11rb::connection::Connection::setup(&connection).roots.get(number)?.root;
    Some((connection, root))
}
