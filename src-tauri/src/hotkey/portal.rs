//! The key under Wayland: the desktop's portal asks the person, and tells when it is pressed.
//!
//! Which key it is at last is the desktop's to say; the one of the settings is a wish (xdg-desktop-portal,
//! org.freedesktop.portal.GlobalShortcuts). Nothing but the thread of a wish waits for an answer that a person has
//! to give. Any program of the bus can send a signal to this one, so only the portal's own are heard.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keystow_engine::{Engine, Hotkey, HotkeyKey, HotkeySight};
use tauri::AppHandle;
use zbus::blocking::connection::Builder;
use zbus::blocking::fdo::DBusProxy;
use zbus::blocking::{Connection, MessageIterator, Proxy};
use zbus::message::Type;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Error, MatchRule, Message, Result};

use super::Door;
use crate::picker;

const BUS: &str = "org.freedesktop.DBus";
const PORTAL: &str = "org.freedesktop.portal.Desktop";
const OBJECT: &str = "/org/freedesktop/portal/desktop";
const SHORTCUTS: &str = "org.freedesktop.portal.GlobalShortcuts";
const REQUEST: &str = "org.freedesktop.portal.Request";
const SESSION: &str = "org.freedesktop.portal.Session";
/// Lets a program that came in no package say who it is.
const REGISTRY: &str = "org.freedesktop.host.portal.Registry";
/// How desktops know the app.
const APP: &str = "dev.keystow.desktop";
/// What the portal calls our one shortcut.
const ID: &str = "pick";
/// How long the portal may take to say that it was asked. What the person says to it comes as a signal, later.
const CALLS: Duration = Duration::from_secs(25);

/// The way to the portal. Each wish has a connection and a thread of its own, which end with it.
pub(super) struct Portal {
    app: AppHandle,
    wishes: Arc<Wishes>,
}

/// Which wish counts: the last one, until it is taken back.
#[derive(Default)]
struct Wishes(Mutex<Now>);

#[derive(Default)]
struct Now {
    /// Counts what was wished for and taken back.
    turn: u64,
    /// Whether the person said no to what is wished for.
    refused: bool,
    standing: Option<Standing>,
}

/// A session of the portal for a wish.
struct Standing {
    connection: Connection,
    session: OwnedObjectPath,
}

/// What an answer of the portal holds.
type Answer = HashMap<String, OwnedValue>;

impl Portal {
    pub(super) fn open(app: &AppHandle) -> Self {
        Self { app: app.clone(), wishes: Arc::default() }
    }
}

impl Door for Portal {
    fn ask_for(&self, hotkey: Hotkey, engine: &Engine) {
        let (app, wishes, engine) = (self.app.clone(), Arc::clone(&self.wishes), engine.clone());
        let turn = wishes.next();
        let wish = move || {
            let tell = |sight| {
                if wishes.now().turn == turn {
                    engine.hotkey_is(sight);
                }
            };
            let ended = follow(&app, hotkey, (&wishes, turn), tell);
            if let Err(error) = ended
                && wishes.now().turn == turn
            {
                tracing::info!(%error, "the desktop's portal gives no key");
            }
            // It was refused, or it ended without being taken back.
            tell(HotkeySight::Absent);
        };
        let _ = std::thread::Builder::new().name("shortcuts".into()).spawn(wish);
    }

    fn give_back(&self) {
        self.wishes.next();
    }

    fn is_refused(&self) -> bool {
        self.wishes.now().refused
    }
}

impl Wishes {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the wish that stands; the number of the one that may follow.
    fn next(&self) -> u64 {
        let (turn, standing) = {
            let mut now = self.now();
            now.turn += 1;
            now.refused = false;
            (now.turn, now.standing.take())
        };
        // The portal may take its time, and nobody else waits for it.
        if let Some(standing) = standing {
            standing.end();
        }
        turn
    }

    /// Keeps the session of a wish; ends it at once if the wish was taken back meanwhile.
    fn keep(&self, turn: u64, standing: Standing) {
        let mut now = self.now();
        if now.turn == turn {
            now.standing = Some(standing);
        } else {
            drop(now);
            standing.end();
        }
    }

    /// Notes that the person said no to a wish, unless another one counts meanwhile.
    fn refuse(&self, turn: u64) {
        let mut now = self.now();
        if now.turn == turn {
            now.refused = true;
        }
    }
}

impl Standing {
    fn end(self) {
        let closed = Proxy::new(&self.connection, PORTAL, self.session, SESSION)
            .and_then(|session| session.call::<_, _, ()>("Close", &()));
        if let Err(error) = closed {
            tracing::info!(%error, "the portal did not take the key back");
        }
        // The thread that listens ends with its connection.
        let _ = self.connection.close();
    }
}

/// Asks for the key, and opens the picker whenever it is pressed, for as long as the wish stands.
fn follow(
    app: &AppHandle,
    hotkey: Hotkey,
    (wishes, turn): (&Wishes, u64),
    tell: impl Fn(HotkeySight),
) -> Result<()> {
    let mut talk = Talk::open()?;
    let session = talk.create_session()?;
    talk.listen(&session)?;
    wishes.keep(turn, Standing { connection: talk.connection.clone(), session: session.clone() });
    if !talk.bind(&session, hotkey)? {
        wishes.refuse(turn);
        return Ok(());
    }
    tell(HotkeySight::ByDesktop);
    loop {
        let message = talk.next_signal()?;
        if is(&message, SHORTCUTS, "Activated") && is_ours(&message, &session) {
            picker::toggle(app);
        }
    }
}

/// Says who asks. Portals before 1.20 do not know the question, and find out by themselves.
fn register(connection: &Connection) {
    let options: HashMap<&str, Value<'_>> = HashMap::new();
    let _ = Proxy::new(connection, PORTAL, OBJECT, REGISTRY)
        .and_then(|registry| registry.call::<_, _, ()>("Register", &(APP, options)));
}

/// A talk with the portal over one connection.
struct Talk {
    connection: Connection,
    /// Who has the portal's name. What anybody else sends is not heard.
    portal: String,
    /// Everything that comes since the connection is there, so that nothing is missed between two questions.
    heard: MessageIterator,
}

impl Talk {
    fn open() -> Result<Self> {
        let connection = Builder::session()?.method_timeout(CALLS).build()?;
        let heard = MessageIterator::from(&connection);
        let bus = DBusProxy::new(&connection)?;
        // Before it is asked who has the name, so that no change is missed.
        let owners = signal().sender(BUS)?.interface(BUS)?.member("NameOwnerChanged")?.arg(0, PORTAL)?;
        bus.add_match_rule(owners.build())?;
        // The first call starts a portal that does not run yet.
        register(&connection);
        let portal = bus.get_name_owner(PORTAL.try_into()?)?.as_str().to_owned();
        Ok(Self { connection, portal, heard })
    }

    fn create_session(&mut self) -> Result<OwnedObjectPath> {
        let answer = self.ask("keystow_session", |portal, token| {
            let options = HashMap::from([
                ("handle_token", Value::from(token)),
                ("session_handle_token", Value::from("keystow")),
            ]);
            portal.call("CreateSession", &(options,))
        })?;
        let session = answer.and_then(|answer| answer.get("session_handle")?.try_clone().ok());
        // The specification has it as a text, and some portals give a path.
        let session = session.ok_or(Error::Failure("no session was opened".into()))?;
        let text = match &*session {
            Value::ObjectPath(path) => path.as_str().to_owned(),
            Value::Str(text) => text.as_str().to_owned(),
            _ => String::new(),
        };
        Ok(ObjectPath::try_from(text)?.into())
    }

    /// Wishes for the key; whether the portal bound one.
    fn bind(&mut self, session: &OwnedObjectPath, hotkey: Hotkey) -> Result<bool> {
        let answer = self.ask("keystow_bind", |portal, token| {
            let shortcut = HashMap::from([
                ("description", Value::from("Open the Keystow picker")),
                ("preferred_trigger", Value::from(trigger(hotkey))),
            ]);
            let options = HashMap::from([("handle_token", Value::from(token))]);
            portal.call("BindShortcuts", &(session, vec![(ID, shortcut)], "", options))
        })?;
        Ok(answer.is_some_and(|answer| is_bound(&answer)))
    }

    /// Asks the portal something and waits for its answer; nothing where the person said no.
    ///
    /// The place of the answer is known before the question is, so that the answer is not missed.
    fn ask(
        &mut self,
        token: &str,
        question: impl FnOnce(&Proxy<'_>, &str) -> Result<OwnedObjectPath>,
    ) -> Result<Option<Answer>> {
        let name = self.connection.unique_name().map(|name| name.trim_start_matches(':').replace('.', "_"));
        let place = format!("{OBJECT}/request/{}/{token}", name.unwrap_or_default());
        let rule = signal().sender(PORTAL)?.interface(REQUEST)?.member("Response")?.path(place.clone())?;
        DBusProxy::new(&self.connection)?.add_match_rule(rule.build())?;
        question(&Proxy::new(&self.connection, PORTAL, OBJECT, SHORTCUTS)?, token)?;
        loop {
            let message = self.next_signal()?;
            if is(&message, REQUEST, "Response") && is_at(&message, &place) {
                let (outcome, answer): (u32, Answer) = message.body().deserialize()?;
                return Ok((outcome == 0).then_some(answer));
            }
        }
    }

    /// What is to be heard of a session.
    fn listen(&self, session: &OwnedObjectPath) -> Result<()> {
        let bus = DBusProxy::new(&self.connection)?;
        let pressed = signal().sender(PORTAL)?.interface(SHORTCUTS)?.member("Activated")?.path(OBJECT)?;
        bus.add_match_rule(pressed.build())?;
        let closed = signal().sender(PORTAL)?.interface(SESSION)?.member("Closed")?.path(session.as_str())?;
        bus.add_match_rule(closed.build())?;
        Ok(())
    }

    /// The next signal of the portal. Fails once no more is to come: the portal went away, or the session was
    /// closed, such as by a person in the desktop's settings.
    fn next_signal(&mut self) -> Result<Message> {
        for message in self.heard.by_ref() {
            let message = message?;
            if is(&message, BUS, "NameOwnerChanged")
                && is_from(&message, BUS)
                && is_elsewhere(&message, &self.portal)
            {
                break;
            }
            if message.message_type() == Type::Signal && is_from(&message, &self.portal) {
                if is(&message, SESSION, "Closed") {
                    return Err(Error::Failure("the session was closed".into()));
                }
                return Ok(message);
            }
        }
        Err(Error::Failure("the portal is gone".into()))
    }
}

fn signal() -> zbus::match_rule::Builder<'static> {
    MatchRule::builder().msg_type(Type::Signal)
}

/// Whether it is our shortcut that was pressed.
fn is_ours(message: &Message, session: &OwnedObjectPath) -> bool {
    let body = message.body();
    let told = body.deserialize::<(ObjectPath<'_>, &str, u64, HashMap<&str, Value<'_>>)>();
    told.is_ok_and(|(of, id, ..)| of == **session && id == ID)
}

/// Whether a message is this signal.
fn is(message: &Message, interface: &str, member: &str) -> bool {
    let header = message.header();
    message.message_type() == Type::Signal
        && header.interface().is_some_and(|name| name.as_str() == interface)
        && header.member().is_some_and(|name| name.as_str() == member)
}

/// Whether a message is from this connection. The bus writes it down, so that nobody can claim it.
fn is_from(message: &Message, sender: &str) -> bool {
    let header = message.header();
    header.sender().is_some_and(|name| name.as_str() == sender)
}

/// Whether a message is about this object.
fn is_at(message: &Message, place: &str) -> bool {
    let header = message.header();
    header.path().is_some_and(|path| path.as_str() == place)
}

/// Whether somebody else than before has the portal's name, or nobody: the sessions ended with who had it.
fn is_elsewhere(message: &Message, portal: &str) -> bool {
    let body = message.body();
    body.deserialize::<(&str, &str, &str)>().is_ok_and(|(name, _, owner)| name == PORTAL && owner != portal)
}

/// Whether our shortcut is among those that were bound: a desktop may say yes and bind none. One that does not
/// tell which it bound is believed.
fn is_bound(answer: &Answer) -> bool {
    let Some(told) = answer.get("shortcuts") else { return true };
    let Value::Array(bound) = &**told else { return false };
    bound.inner().iter().any(|one| match one {
        Value::Structure(one) => matches!(one.fields().first(), Some(Value::Str(id)) if id.as_str() == ID),
        _ => false,
    })
}

/// The key as the XDG specification of shortcuts writes it.
fn trigger(hotkey: Hotkey) -> String {
    let held = [(hotkey.ctrl, "CTRL"), (hotkey.alt, "ALT"), (hotkey.shift, "SHIFT"), (hotkey.system, "LOGO")];
    let key = match hotkey.key {
        HotkeyKey::Sign(sign) => sign.to_ascii_lowercase().to_string(),
        HotkeyKey::Function(number) => format!("F{number}"),
        HotkeyKey::Space => "space".to_owned(),
    };
    let held = held.into_iter().filter(|(held, _)| *held).map(|(_, word)| word.to_owned());
    held.chain([key]).collect::<Vec<_>>().join("+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_the_specification_has_it() {
        let written = |text: &str| trigger(text.parse().unwrap());
        assert_eq!(written("Ctrl+Alt+K"), "CTRL+ALT+k");
        assert_eq!(written("Shift+Super+F5"), "SHIFT+LOGO+F5");
        assert_eq!(written("Super+Space"), "LOGO+space");
    }

    #[test]
    fn a_yes_that_binds_nothing_of_ours_is_none() {
        let answer = |ids: &[&str]| {
            let one = |id: &&str| ((*id).to_owned(), HashMap::<String, OwnedValue>::new());
            let bound: Vec<(String, HashMap<String, OwnedValue>)> = ids.iter().map(one).collect();
            Answer::from([("shortcuts".to_owned(), Value::from(bound).try_into().unwrap())])
        };
        assert!(is_bound(&answer(&["other", ID])));
        assert!(!is_bound(&answer(&["other"])) && !is_bound(&answer(&[])));
        assert!(is_bound(&Answer::new()), "nothing is told of what was bound");
    }

    #[test]
    fn a_refusal_counts_until_something_else_is_wished_for() {
        let wishes = Wishes::default();
        let turn = wishes.next();
        wishes.refuse(turn);
        assert!(wishes.now().refused);
        wishes.next();
        wishes.refuse(turn);
        assert!(!wishes.now().refused, "it was of the wish before");
    }
}
