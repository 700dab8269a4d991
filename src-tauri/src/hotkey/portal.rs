//! The key under Wayland: the desktop's portal asks the person, and tells when it is pressed.
//!
//! Which key it is at last is the desktop's to say; the one of the settings is a wish (xdg-desktop-portal,
//! org.freedesktop.portal.GlobalShortcuts). Nothing here waits for an answer that a person has to give.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keystow_engine::{Engine, Hotkey, HotkeyKey, HotkeySight};
use tauri::AppHandle;
use zbus::blocking::fdo::DBusProxy;
use zbus::blocking::{Connection, MessageIterator, Proxy};
use zbus::message::Type;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{MatchRule, Message, Result};

use super::Door;
use crate::picker;

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
            if let Err(error) = follow(&app, hotkey, (&wishes, turn), tell) {
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
}

impl Wishes {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the wish that stands; the number of the one that may follow.
    fn next(&self) -> u64 {
        let mut now = self.now();
        now.turn += 1;
        if let Some(standing) = now.standing.take() {
            standing.end();
        }
        now.turn
    }

    /// Keeps the session of a wish; ends it at once if the wish was taken back meanwhile.
    fn keep(&self, turn: u64, standing: Standing) {
        let mut now = self.now();
        if now.turn == turn {
            now.standing = Some(standing);
        } else {
            standing.end();
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
    let connection = Connection::session()?;
    register(&connection);
    let session = create_session(&connection)?;
    let messages = listen(&connection, &session)?;
    wishes.keep(turn, Standing { connection: connection.clone(), session: session.clone() });
    if !bind(&connection, &session, hotkey)? {
        return Ok(());
    }
    tell(HotkeySight::ByDesktop);
    for message in messages {
        let message = message?;
        match message.header().member().map(zbus::names::MemberName::as_str) {
            Some("Activated") if is_ours(&message, &session) => picker::toggle(app),
            // The person took it back in the desktop's settings, or the portal ended.
            Some("Closed") => break,
            Some("NameOwnerChanged") if ended(&message) => break,
            _ => {}
        }
    }
    Ok(())
}

/// Says who asks. Portals before 1.20 do not know the question, and find out by themselves.
fn register(connection: &Connection) {
    let options: HashMap<&str, Value<'_>> = HashMap::new();
    let _ = Proxy::new(connection, PORTAL, OBJECT, REGISTRY)
        .and_then(|registry| registry.call::<_, _, ()>("Register", &(APP, options)));
}

fn create_session(connection: &Connection) -> Result<OwnedObjectPath> {
    let answer = ask(connection, "keystow_session", |portal, token| {
        let options = HashMap::from([
            ("handle_token", Value::from(token)),
            ("session_handle_token", Value::from("keystow")),
        ]);
        portal.call("CreateSession", &(options,))
    })?;
    let session = answer.and_then(|answer| answer.get("session_handle")?.try_clone().ok());
    // The specification has it as a text, and some portals give a path.
    let session = session.ok_or(zbus::Error::Failure("no session was opened".into()))?;
    let text = match &*session {
        Value::ObjectPath(path) => path.as_str().to_owned(),
        Value::Str(text) => text.as_str().to_owned(),
        _ => String::new(),
    };
    Ok(ObjectPath::try_from(text)?.into())
}

/// Wishes for the key; whether the portal bound one.
fn bind(connection: &Connection, session: &OwnedObjectPath, hotkey: Hotkey) -> Result<bool> {
    let answer = ask(connection, "keystow_bind", |portal, token| {
        let shortcut = HashMap::from([
            ("description", Value::from("Open the Keystow picker")),
            ("preferred_trigger", Value::from(trigger(hotkey))),
        ]);
        let options = HashMap::from([("handle_token", Value::from(token))]);
        portal.call("BindShortcuts", &(session, vec![(ID, shortcut)], "", options))
    })?;
    Ok(answer.is_some())
}

/// Asks the portal something and waits for its answer; nothing where the person said no.
///
/// The place of the answer is known before the question is, so that the answer is not missed.
fn ask(
    connection: &Connection,
    token: &str,
    question: impl FnOnce(&Proxy<'_>, &str) -> Result<OwnedObjectPath>,
) -> Result<Option<Answer>> {
    let name = connection.unique_name().map(|name| name.trim_start_matches(':').replace('.', "_"));
    let place = format!("{OBJECT}/request/{}/{token}", name.unwrap_or_default());
    let rule = signal().interface(REQUEST)?.member("Response")?.path(place)?.build();
    let mut answers = MessageIterator::for_match_rule(rule, connection, None)?;
    let portal = Proxy::new(connection, PORTAL, OBJECT, SHORTCUTS)?;
    question(&portal, token)?;
    let answer = answers.next().ok_or(zbus::Error::Failure("the portal is gone".into()))??;
    let (outcome, answer): (u32, Answer) = answer.body().deserialize()?;
    Ok((outcome == 0).then_some(answer))
}

/// What is to be heard while the wish stands.
fn listen(connection: &Connection, session: &OwnedObjectPath) -> Result<MessageIterator> {
    let bus = DBusProxy::new(connection)?;
    bus.add_match_rule(signal().interface(SHORTCUTS)?.member("Activated")?.path(OBJECT)?.build())?;
    bus.add_match_rule(signal().interface(SESSION)?.member("Closed")?.path(session.as_str())?.build())?;
    let owners = signal().sender("org.freedesktop.DBus")?.member("NameOwnerChanged")?.arg(0, PORTAL)?;
    bus.add_match_rule(owners.build())?;
    Ok(MessageIterator::from(connection))
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

/// Whether the portal's name has nobody any more.
fn ended(message: &Message) -> bool {
    let body = message.body();
    body.deserialize::<(&str, &str, &str)>().is_ok_and(|(name, _, owner)| name == PORTAL && owner.is_empty())
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
}
