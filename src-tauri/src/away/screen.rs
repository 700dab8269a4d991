//! What the desktop's screen saver tells of itself, on the bus of the session.

use keystow_engine::{Away, Watches};
use zbus::Result;
use zbus::blocking::fdo::DBusProxy;
use zbus::blocking::{Connection, MessageIterator};

use super::bus::{Ear, is_from, is_there, leaves, listen_to};

/// The names that desktops give to the one thing. Each tells with `ActiveChanged` that the screen is covered.
const SAVERS: [&str; 5] = [
    "org.freedesktop.ScreenSaver",
    "org.gnome.ScreenSaver",
    "org.cinnamon.ScreenSaver",
    "org.mate.ScreenSaver",
    "org.xfce.ScreenSaver",
];

pub(super) fn follow(ear: &Ear) -> Result<()> {
    let connection = Connection::session()?;
    let bus = DBusProxy::new(&connection)?;
    for saver in SAVERS {
        listen_to(&bus, saver, |rule| rule.interface(saver)?.member("ActiveChanged"))?;
    }
    let messages = MessageIterator::from(&connection);
    if SAVERS.into_iter().any(|saver| is_there(&bus, saver)) {
        let _ = ear.send(Away::Told(Watches { screen: true, ..Watches::default() }));
    }
    for message in messages {
        let message = message?;
        let changed = message.header().member().is_some_and(|member| member == "ActiveChanged");
        let known = || SAVERS.into_iter().any(|saver| is_from(&bus, &message, saver));
        if changed && message.body().deserialize().unwrap_or(false) && known() {
            leaves(ear);
        }
    }
    Ok(())
}
