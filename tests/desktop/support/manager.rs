//! A window manager, a window of another program, and the keys of the keyboard: what the picker stands among.

use std::process::Stdio;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, GrabMode, ModMask,
    PropMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT, CURRENT_TIME, NONE};

use super::processes::{Group, run};
use super::{Desk, until};

/// A running window manager, and somebody's work in a window of its own.
pub(crate) struct Manager {
    connection: RustConnection,
    root: Window,
    display: String,
    /// The window of the other program.
    pub(crate) work: Window,
    _manager: Group,
}

impl Manager {
    /// Starts it, and opens a window of another program, which has the focus then.
    pub(crate) async fn start(desk: &Desk) -> Self {
        let mut openbox = desk.command("openbox");
        openbox.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let manager = Group::start(&mut openbox, "openbox");
        let display = desk.screen.display().to_owned();
        let (connection, number) = RustConnection::connect(Some(&display)).expect("the display answers");
        let root = connection.setup().roots[number].root;
        let mut managed = Self { connection, root, display, work: NONE, _manager: manager };
        until("the window manager", async || managed.windows("_NET_SUPPORTING_WM_CHECK")).await;
        managed.work = managed.open_work();
        managed.press_on_work().await;
        managed
    }

    fn open_work(&self) -> Window {
        let window = self.connection.generate_id().expect("the server gives ids");
        let looks = CreateWindowAux::new().event_mask(EventMask::FOCUS_CHANGE);
        let (depth, visual) = (COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT);
        let made = self.connection.create_window(
            depth,
            window,
            self.root,
            40,
            40,
            400,
            300,
            0,
            WindowClass::INPUT_OUTPUT,
            visual,
            &looks,
        );
        made.expect("a window can be asked for").check().expect("a window can be made");
        let named = self.connection.change_property8(
            PropMode::REPLACE,
            window,
            AtomEnum::WM_NAME,
            AtomEnum::STRING,
            b"somebody's work",
        );
        named.expect("a window can be named").check().expect("a window has a name");
        self.connection
            .map_window(window)
            .expect("a window can be shown")
            .check()
            .expect("a window is shown");
        window
    }

    /// The window that has the focus.
    pub(crate) fn active(&self) -> Option<Window> {
        self.windows("_NET_ACTIVE_WINDOW")?.into_iter().find(|window| *window != NONE)
    }

    /// The window with this title, if it is to be seen.
    pub(crate) fn titled(&self, title: &str) -> Option<Window> {
        let name = self.atom("_NET_WM_NAME")?;
        self.windows("_NET_CLIENT_LIST")?.into_iter().find(|window| {
            let asked = self.connection.get_property(false, *window, name, AtomEnum::ANY, 0, 64);
            asked.ok().and_then(|asked| asked.reply().ok()).is_some_and(|told| told.value == title.as_bytes())
        })
    }

    /// Waits until the window with this title is to be seen and has the focus.
    pub(crate) async fn shows(&self, title: &str) {
        until(&format!("the window “{title}” with the focus"), async || {
            self.titled(title).filter(|window| self.active() == Some(*window))
        })
        .await;
    }

    /// Waits until the window with this title is gone and the other program has the focus again.
    pub(crate) async fn is_back(&self, title: &str) {
        until(&format!("“{title}” is gone and the focus is back"), async || {
            (self.titled(title).is_none() && self.active() == Some(self.work)).then_some(())
        })
        .await;
    }

    /// Waits until the window with this title is gone and this window of the app has the focus.
    pub(crate) async fn is_back_in(&self, title: &str, window: &str) {
        until(&format!("“{title}” is gone and the focus is in “{window}”"), async || {
            let here = self.titled(window);
            (self.titled(title).is_none() && here.is_some() && self.active() == here).then_some(())
        })
        .await;
    }

    /// Goes back to the other program, as a click on it does.
    pub(crate) async fn press_on_work(&self) {
        until("the other program has the focus", async || {
            // A window that was opened a moment ago may not be known to the manager yet.
            self.activate(self.work);
            (self.active() == Some(self.work)).then_some(())
        })
        .await;
    }

    /// Goes to the window with this title, as a click on it does.
    pub(crate) async fn press_on(&self, title: &str) {
        until(&format!("“{title}” has the focus"), async || {
            let window = self.titled(title)?;
            self.activate(window);
            (self.active() == Some(window)).then_some(())
        })
        .await;
    }

    /// Asks the window manager to give a window the focus, as a pager does (EWMH, source indication 2).
    fn activate(&self, window: Window) {
        const A_PERSON: u32 = 2;
        let Some(active) = self.atom("_NET_ACTIVE_WINDOW") else { return };
        let message = ClientMessageEvent::new(32, window, active, [A_PERSON, CURRENT_TIME, 0, 0, 0]);
        let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        let sent = self.connection.send_event(false, self.root, mask, message);
        sent.expect("the manager can be asked").check().expect("the manager is asked");
    }

    /// Takes a key on the keyboard for another program: the letter with Ctrl and Alt.
    pub(crate) fn take_key(&self, letter: char) {
        let setup = self.connection.setup();
        let count = setup.max_keycode - setup.min_keycode + 1;
        let asked = self.connection.get_keyboard_mapping(setup.min_keycode, count);
        let mapping = asked.expect("the keyboard can be asked for").reply().expect("the keyboard is told");
        let each = usize::from(mapping.keysyms_per_keycode);
        let place = mapping.keysyms.chunks(each).position(|symbols| symbols.contains(&u32::from(letter)));
        let code =
            setup.min_keycode + u8::try_from(place.expect("the keyboard has this letter")).expect("a code");
        let (held, mode) = (ModMask::CONTROL | ModMask::M1, GrabMode::ASYNC);
        let grabbed = self.connection.grab_key(false, self.root, held, code, mode, mode);
        grabbed.expect("a key can be asked for").check().expect("the key is free");
    }

    /// Presses keys on the keyboard, wherever the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        self.xdotool(&["key", keys]).await;
    }

    /// Types a text on the keyboard, wherever the focus is.
    pub(crate) async fn types(&self, text: &str) {
        self.xdotool(&["type", "--delay", "30", text]).await;
    }

    async fn xdotool(&self, arguments: &[&str]) {
        let mut xdotool = tokio::process::Command::new("xdotool");
        let done = run(xdotool.args(arguments).env("DISPLAY", &self.display), "xdotool").await;
        assert!(
            done.status.success(),
            "the keyboard cannot be used: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    fn atom(&self, name: &str) -> Option<u32> {
        let atom = self.connection.intern_atom(true, name.as_bytes()).ok()?.reply().ok()?.atom;
        (atom != NONE).then_some(atom)
    }

    fn windows(&self, property: &str) -> Option<Vec<Window>> {
        let property = self.atom(property)?;
        let asked =
            self.connection.get_property(false, self.root, property, AtomEnum::WINDOW, 0, 1024).ok()?;
        let told = asked.reply().ok()?;
        told.value32().map(Iterator::collect).filter(|all: &Vec<Window>| !all.is_empty())
    }
}
