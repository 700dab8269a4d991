//! What the system's login service tells: the session is locked or given to somebody else, or the computer is
//! about to sleep, and waits until the app is done.

use std::collections::HashMap;

use keystow_engine::{Away, Leaving, LockCause, Watches};
use zbus::blocking::fdo::DBusProxy;
use zbus::blocking::{Connection, MessageIterator};
use zbus::zvariant::{OwnedFd, OwnedObjectPath, OwnedValue};
use zbus::{Message, Result};

use super::bus::{Ear, is_from, leaves, listen_to};

const SERVICE: &str = "org.freedesktop.login1";
const OBJECT: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

pub(super) fn follow(ear: &Ear) -> Result<()> {
    let connection = Connection::system()?;
    let bus = DBusProxy::new(&connection)?;
    listen_to(&bus, SERVICE, |rule| rule.path(OBJECT)?.interface(MANAGER)?.member("PrepareForSleep"))?;
    let session = session(&connection);
    if let Some(session) = &session {
        let session = session.clone().into_inner();
        listen_to(&bus, SERVICE, |rule| rule.path(session))?;
    }
    let messages = MessageIterator::from(&connection);
    let mut held = inhibit(&connection);
    let watches = Watches { idle: false, screen: session.is_some(), sleep: held.is_some() };
    let _ = ear.send(Away::Told(watches));
    for message in messages {
        let message = message?;
        match told(&message).filter(|_| is_from(&bus, &message, SERVICE)) {
            Some(Told::Sleeps) => {
                let held = held.take().map(|held| Box::new(held) as Box<dyn Send>);
                let _ = ear.send(Away::Leaves(Leaving { cause: LockCause::Sleep, held }));
            }
            Some(Told::Wakes) => held = inhibit(&connection),
            Some(Told::Locks) => leaves(ear),
            None => {}
        }
    }
    Ok(())
}

/// What a signal says.
enum Told {
    Sleeps,
    Wakes,
    /// The session was locked, is asked to lock, or somebody else has the seat.
    Locks,
}

fn told(message: &Message) -> Option<Told> {
    let header = message.header();
    match (header.interface()?.as_str(), header.member()?.as_str()) {
        (MANAGER, "PrepareForSleep") => {
            Some(if message.body().deserialize().ok()? { Told::Sleeps } else { Told::Wakes })
        }
        (SESSION, "Lock") => Some(Told::Locks),
        (PROPERTIES, "PropertiesChanged") => {
            type Changed = (String, HashMap<String, OwnedValue>, Vec<String>);
            let (interface, now, _): Changed = message.body().deserialize().ok()?;
            let is = |name: &str, wanted: bool| now.get(name).is_some_and(|value| **value == wanted.into());
            (interface == SESSION && (is("LockedHint", true) || is("Active", false))).then_some(Told::Locks)
        }
        _ => None,
    }
}

/// The person's session: the one this process belongs to, or else the one on the person's screen. A process that
/// the person's service starts belongs to none.
fn session(connection: &Connection) -> Option<OwnedObjectPath> {
    let named = std::env::var("XDG_SESSION_ID").ok();
    named
        .and_then(|id| object(connection, "GetSession", &id))
        .or_else(|| object(connection, "GetSessionByPID", &std::process::id()))
        .or_else(|| {
            let user = object(connection, "GetUser", &rustix::process::getuid().as_raw())?;
            let asked = ("org.freedesktop.login1.User", "Display");
            let shown = connection.call_method(Some(SERVICE), user, Some(PROPERTIES), "Get", &asked).ok()?;
            let shown: OwnedValue = shown.body().deserialize().ok()?;
            let (_, session): (String, OwnedObjectPath) = shown.try_into().ok()?;
            Some(session)
        })
}

/// What the login service calls this.
fn object(
    connection: &Connection,
    method: &'static str,
    of: &(impl serde::Serialize + zbus::zvariant::DynamicType),
) -> Option<OwnedObjectPath> {
    let answer = connection.call_method(Some(SERVICE), OBJECT, Some(MANAGER), method, of);
    answer.ok()?.body().deserialize().ok()
}

/// Asks the computer to wait before it sleeps, for as long as this is held.
fn inhibit(connection: &Connection) -> Option<OwnedFd> {
    let why = ("sleep", "Keystow", "Clears the clipboard and locks the vault", "delay");
    let given = connection.call_method(Some(SERVICE), OBJECT, Some(MANAGER), "Inhibit", &why);
    given
        .inspect_err(|error| tracing::info!(%error, "the computer does not wait before it sleeps"))
        .ok()?
        .body()
        .deserialize()
        .ok()
}
