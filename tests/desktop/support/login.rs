//! A stand-in for the system's login service and for a desktop's screen saver: it tells what they tell, and waits
//! before the computer sleeps as the login service does.
//!
//! What is real is the bus, and everything the app hears and answers on it (org.freedesktop.login1).

use std::io::{PipeReader, Read as _};
use std::os::fd::OwnedFd as Fd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use zbus::object_server::SignalEmitter;
use zbus::zvariant::{ObjectPath, OwnedFd};
use zbus::{Connection, connection, interface};

use super::{Desk, until};

const MANAGER: &str = "/org/freedesktop/login1";
const SESSION: &str = "/org/freedesktop/login1/session/_31";
const SAVER: &str = "/org/gnome/ScreenSaver";
/// How long the login service waits for those who asked for it (`InhibitDelayMaxSec`).
const DELAY: Duration = Duration::from_secs(5);

/// The end of a pipe that is closed when the app lets the computer sleep.
type Delay = Arc<Mutex<Option<PipeReader>>>;

/// The running stand-in.
pub(crate) struct Login {
    bus: Connection,
    delay: Delay,
}

struct Manager(Delay);

#[interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    #[zbus(name = "GetSessionByPID")]
    fn get_session_by_pid(&self, _process: u32) -> ObjectPath<'static> {
        ObjectPath::from_static_str_unchecked(SESSION)
    }

    fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> zbus::fdo::Result<OwnedFd> {
        let failed = |error: std::io::Error| zbus::fdo::Error::Failed(error.to_string());
        if (what, mode) != ("sleep", "delay") {
            return Err(zbus::fdo::Error::InvalidArgs(format!("{what} {mode}")));
        }
        let (reader, writer) = std::io::pipe().map_err(failed)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reader);
        Ok(Fd::from(writer).into())
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

struct Session {
    locked: bool,
}

#[interface(name = "org.freedesktop.login1.Session")]
impl Session {
    #[zbus(property)]
    fn locked_hint(&self) -> bool {
        self.locked
    }

    #[zbus(signal)]
    async fn lock(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}

struct Saver;

#[interface(name = "org.gnome.ScreenSaver")]
impl Saver {
    #[zbus(signal)]
    async fn active_changed(emitter: &SignalEmitter<'_>, active: bool) -> zbus::Result<()>;
}

impl Login {
    /// Starts it on the desk's bus, which is the system's as well.
    pub(crate) async fn start(desk: &Desk) -> Self {
        let delay = Delay::default();
        let bus = connection::Builder::address(desk.bus())
            .and_then(|bus| bus.name("org.freedesktop.login1"))
            .and_then(|bus| bus.name("org.gnome.ScreenSaver"))
            .and_then(|bus| bus.serve_at(MANAGER, Manager(delay.clone())))
            .and_then(|bus| bus.serve_at(SESSION, Session { locked: false }))
            .and_then(|bus| bus.serve_at(SAVER, Saver))
            .expect("a login service has a name");
        Self { bus: bus.build().await.expect("the login service is on the bus"), delay }
    }

    /// Waits until the app has asked the computer to wait before it sleeps.
    pub(crate) async fn is_asked_to_wait(&self) {
        let asked = || self.delay.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        until("the app asks for a delay of sleep", async || asked().then_some(())).await;
    }

    /// The computer is about to sleep, and waits until the app is done. Fails if it would not have waited that long.
    pub(crate) async fn sleeps(&self) {
        self.is_asked_to_wait().await;
        let delay = self.delay.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut delay = delay.expect("the app asked for a delay");
        Manager::prepare_for_sleep(&self.emitter(MANAGER), true).await.expect("sleep can be told");
        let done = tokio::task::spawn_blocking(move || delay.read_to_end(&mut Vec::new()));
        let done = tokio::time::timeout(DELAY, done).await.expect("the app lets the computer sleep in time");
        done.expect("the delay can be watched").expect("the app closes its end");
    }

    /// The computer wakes up.
    pub(crate) async fn wakes(&self) {
        Manager::prepare_for_sleep(&self.emitter(MANAGER), false).await.expect("waking can be told");
    }

    /// Somebody asks the session to lock, as `loginctl lock-session` does.
    pub(crate) async fn asks_to_lock(&self) {
        Session::lock(&self.emitter(SESSION)).await.expect("a lock can be told");
    }

    /// The desktop says that it is locked.
    pub(crate) async fn is_locked(&self) {
        let session = self.bus.object_server().interface::<_, Session>(SESSION).await.expect("a session");
        let mut now = session.get_mut().await;
        now.locked = true;
        now.locked_hint_changed(session.signal_emitter()).await.expect("the hint can be told");
    }

    /// The screen saver covers the screen.
    pub(crate) async fn screen_is_covered(&self) {
        Saver::active_changed(&self.emitter(SAVER), true).await.expect("the screen saver can tell");
    }

    fn emitter(&self, object: &'static str) -> SignalEmitter<'_> {
        SignalEmitter::new(&self.bus, object).expect("an object has a path")
    }
}
