//! A desktop's portal: for shortcuts it says yes or no, and tells when a key is pressed; and it says whether it is dark.
//!
//! What is real is the bus and the interfaces (org.freedesktop.portal.GlobalShortcuts and .Settings).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, connection, fdo, interface};

use super::{Desk, until};

const OBJECT: &str = "/org/freedesktop/portal/desktop";
const SHORTCUTS: &str = "org.freedesktop.portal.GlobalShortcuts";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const APPEARANCE: (&str, &str) = ("org.freedesktop.appearance", "color-scheme");

/// A shortcut that was asked for: whose it is, its session, its id and the key that was wished for.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    whose: String,
    session: OwnedObjectPath,
    id: String,
    pub(crate) wish: String,
}

/// A running portal.
pub(crate) struct Portal {
    bus: Connection,
    bound: Arc<Mutex<Option<Bound>>>,
    appearance: Arc<Mutex<u32>>,
}

struct Shortcuts {
    /// What the person answers: 0 yes, 1 no.
    answer: u32,
    bound: Arc<Mutex<Option<Bound>>>,
}

/// A session of a program, which ends when it is closed.
struct Session(Arc<Mutex<Option<Bound>>>);

#[interface(name = "org.freedesktop.portal.Session")]
impl Session {
    fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

type Options = HashMap<String, OwnedValue>;

#[interface(name = "org.freedesktop.portal.GlobalShortcuts")]
impl Shortcuts {
    async fn create_session(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> fdo::Result<OwnedObjectPath> {
        let whose = header.sender().map(ToString::to_string).unwrap_or_default();
        let session = place("session", &whose, &text(&options, "session_handle_token"))?;
        bus.object_server().at(&session, Session(Arc::clone(&self.bound))).await?;
        let results = HashMap::from([("session_handle", Value::from(session.as_str()))]);
        respond(bus, &whose, &options, (0, results)).await
    }

    async fn bind_shortcuts(
        &self,
        session: OwnedObjectPath,
        shortcuts: Vec<(String, Options)>,
        _parent: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> fdo::Result<OwnedObjectPath> {
        let whose = header.sender().map(ToString::to_string).unwrap_or_default();
        let (id, shortcut) = shortcuts.into_iter().next().ok_or(fdo::Error::InvalidArgs("none".into()))?;
        let wish = text(&shortcut, "preferred_trigger");
        if self.answer == 0 {
            let bound = Bound { whose: whose.clone(), session, id, wish };
            *self.bound.lock().unwrap_or_else(PoisonError::into_inner) = Some(bound);
        }
        respond(bus, &whose, &options, (self.answer, HashMap::new())).await
    }

    #[zbus(property)]
    fn version(&self) -> u32 {
        1
    }
}

/// What the desktop prefers.
struct Settings(Arc<Mutex<u32>>);

#[interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    fn read(&self, namespace: &str, key: &str) -> fdo::Result<OwnedValue> {
        if (namespace, key) != APPEARANCE {
            return Err(fdo::Error::Failed("there is no such setting".into()));
        }
        let now = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The caller's own wrapping comes around this one, as real portals have it.
        let wrapped = OwnedValue::try_from(Value::Value(Box::new(Value::U32(now))));
        wrapped.map_err(|error| fdo::Error::Failed(error.to_string()))
    }
}

/// Where a request or a session of a program lies.
fn place(kind: &str, whose: &str, token: &str) -> fdo::Result<OwnedObjectPath> {
    let whose = whose.trim_start_matches(':').replace('.', "_");
    let path = format!("{OBJECT}/{kind}/{whose}/{token}");
    OwnedObjectPath::try_from(path).map_err(|error| fdo::Error::InvalidArgs(error.to_string()))
}

fn text(options: &Options, name: &str) -> String {
    options.get(name).and_then(|value| value.downcast_ref::<&str>().ok()).unwrap_or_default().to_owned()
}

/// Answers a request at its place, as the person did.
async fn respond(
    bus: &Connection,
    whose: &str,
    options: &Options,
    answer: (u32, HashMap<&str, Value<'_>>),
) -> fdo::Result<OwnedObjectPath> {
    let request = place("request", whose, &text(options, "handle_token"))?;
    let interface = "org.freedesktop.portal.Request";
    bus.emit_signal(Some(whose), &request, interface, "Response", &answer).await?;
    Ok(request)
}

impl Portal {
    /// Starts it on the desk's session; the person says yes or no to every wish.
    pub(crate) async fn start(desk: &Desk, yes: bool) -> Self {
        let (bound, appearance) = (Arc::default(), Arc::default());
        let settings = Settings(Arc::clone(&appearance));
        let shortcuts = Shortcuts { answer: u32::from(!yes), bound: Arc::clone(&bound) };
        let bus = connection::Builder::address(desk.bus())
            .and_then(|bus| bus.name("org.freedesktop.portal.Desktop"))
            .and_then(|bus| bus.serve_at(OBJECT, shortcuts))
            .and_then(|bus| bus.serve_at(OBJECT, settings))
            .expect("a portal has a name");
        Self { bus: bus.build().await.expect("the portal is on the bus"), bound, appearance }
    }

    /// The person chooses: 0 has no preference, 1 is dark, 2 is light.
    pub(crate) async fn prefers(&self, appearance: u32) {
        *self.appearance.lock().unwrap_or_else(PoisonError::into_inner) = appearance;
        let told = (APPEARANCE.0, APPEARANCE.1, Value::U32(appearance));
        let told = self.bus.emit_signal(None::<&str>, OBJECT, SETTINGS, "SettingChanged", &told).await;
        told.expect("a choice is told");
    }

    fn now(&self) -> Option<Bound> {
        self.bound.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until a program has a shortcut.
    pub(crate) async fn bound(&self) -> Bound {
        until("the portal is asked for a key", async || self.now()).await
    }

    /// Waits until no program has one.
    pub(crate) async fn gives_back(&self) {
        until("the portal gets the key back", async || self.now().is_none().then_some(())).await;
    }

    /// Presses the key.
    pub(crate) async fn press(&self) {
        let Bound { whose, session, id, .. } = self.bound().await;
        let told = (session, id, 0_u64, HashMap::<&str, Value<'_>>::new());
        let told = self.bus.emit_signal(Some(whose.as_str()), OBJECT, SHORTCUTS, "Activated", &told).await;
        told.expect("a key is told");
    }
}
