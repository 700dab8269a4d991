//! Which window has the focus, and giving it back: the picker stands in front of somebody's work.
//!
//! X11 alone lets a program ask; elsewhere hiding a window gives the focus to the one before it anyway.

#[cfg(target_os = "linux")]
pub(crate) use x11::{Place, active, give_back, take};

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{Place, active, give_back, take};

#[cfg(target_os = "linux")]
mod x11 {
    use tauri::WebviewWindow;
    use x11rb::connection::Connection as _;
    use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, Window};
    use x11rb::rust_connection::RustConnection;
    use x11rb::{CURRENT_TIME, NONE};

    /// A window that had the focus.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Place(Window);

    /// Says that a person asked for it: a window manager obeys that at once (EWMH, source indication 2).
    const A_PERSON: u32 = 2;

    /// The window that has the focus, as far as the window manager tells.
    pub(crate) fn active() -> Option<Place> {
        let (connection, root) = connect()?;
        active_window(&connection, root).map(Place)
    }

    /// Gives the focus back to a window, if it is still there.
    pub(crate) fn give_back(place: Place) {
        if let Some((connection, root)) = connect() {
            let _ = activate(&connection, root, place.0);
        }
    }

    /// Takes the focus for a window that was just shown: a window manager may keep it from one that came up
    /// while somebody was typing elsewhere, which is when the picker comes up.
    pub(crate) fn take(window: &WebviewWindow) {
        let Ok(title) = window.title() else { return };
        let Some((connection, root)) = connect() else { return };
        if let Some(own) = own_window(&connection, root, &title) {
            let _ = activate(&connection, root, own);
        }
    }

    fn connect() -> Option<(RustConnection, Window)> {
        let (connection, number) = RustConnection::connect(None).ok()?;
        let root = connection.setup().roots.get(number)?.root;
        Some((connection, root))
    }

    fn atom(connection: &RustConnection, name: &str) -> Option<u32> {
        Some(connection.intern_atom(true, name.as_bytes()).ok()?.reply().ok()?.atom)
            .filter(|atom| *atom != NONE)
    }

    fn windows(connection: &RustConnection, root: Window, property: &str) -> Option<Vec<Window>> {
        let property = atom(connection, property)?;
        let asked = connection.get_property(false, root, property, AtomEnum::WINDOW, 0, 4096).ok()?;
        Some(asked.reply().ok()?.value32()?.collect())
    }

    fn active_window(connection: &RustConnection, root: Window) -> Option<Window> {
        windows(connection, root, "_NET_ACTIVE_WINDOW")?.into_iter().find(|window| *window != NONE)
    }

    /// The window of this process with this title.
    fn own_window(connection: &RustConnection, root: Window, title: &str) -> Option<Window> {
        let (pid, name) = (atom(connection, "_NET_WM_PID")?, atom(connection, "_NET_WM_NAME")?);
        let text = atom(connection, "UTF8_STRING")?;
        let is_own = |window: &Window| {
            let process = connection.get_property(false, *window, pid, AtomEnum::CARDINAL, 0, 1);
            let process = process.ok()?.reply().ok()?.value32()?.next()?;
            let called = connection.get_property(false, *window, name, text, 0, 64).ok()?.reply().ok()?.value;
            Some(process == std::process::id() && called == title.as_bytes())
        };
        let all = windows(connection, root, "_NET_CLIENT_LIST")?;
        all.into_iter().rev().find(|window| is_own(window) == Some(true))
    }

    fn activate(connection: &RustConnection, root: Window, window: Window) -> Option<()> {
        let active = atom(connection, "_NET_ACTIVE_WINDOW")?;
        let message = ClientMessageEvent::new(32, window, active, [A_PERSON, CURRENT_TIME, 0, 0, 0]);
        let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        connection.send_event(false, root, mask, message).ok()?.check().ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use tauri::WebviewWindow;

    /// A window that had the focus.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Place;

    pub(crate) fn active() -> Option<Place> {
        None
    }

    pub(crate) fn give_back(_: Place) {}

    pub(crate) fn take(_: &WebviewWindow) {}
}
