//! Whether somebody shows tray icons on this desktop: without, a window that goes away must end the app, because
//! nothing would lead back to it.

use keystow_engine::Engine;

/// Tells the engine whether there is a tray, now and whenever that changes. The icon is there already.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watch(engine: &Engine) {
    engine.tray_is(true);
}

/// Tells the engine whether there is a tray, now and whenever that changes. The icon is there already.
#[cfg(target_os = "linux")]
pub(crate) fn watch(engine: &Engine) {
    let engine = engine.clone();
    // It waits for the bus for as long as the app runs.
    let _ = std::thread::Builder::new().name("trayhost".into()).spawn(move || {
        if let Err(error) = linux::follow(&engine) {
            tracing::info!(%error, "nobody tells whether there is a tray");
            engine.tray_is(false);
        }
    });
}

#[cfg(target_os = "linux")]
mod linux {
    use keystow_engine::Engine;
    use zbus::blocking::fdo::DBusProxy;
    use zbus::blocking::{Connection, MessageIterator, Proxy};
    use zbus::message::Type;
    use zbus::{MatchRule, Result};

    /// Keeps the list of icons, and of who shows them (StatusNotifierItem specification).
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    const OBJECT: &str = "/StatusNotifierWatcher";

    pub(super) fn follow(engine: &Engine) -> Result<()> {
        let connection = Connection::session()?;
        let bus = DBusProxy::new(&connection)?;
        let signal = || MatchRule::builder().msg_type(Type::Signal);
        let owners = signal().sender("org.freedesktop.DBus")?.member("NameOwnerChanged")?.arg(0, WATCHER)?;
        bus.add_match_rule(owners.build())?;
        bus.add_match_rule(signal().path(OBJECT)?.interface(WATCHER)?.build())?;
        let messages = MessageIterator::from(&connection);
        engine.tray_is(is_shown(&connection));
        for message in messages {
            let message = message?;
            if message.message_type() == Type::Signal {
                engine.tray_is(is_shown(&connection));
            }
        }
        Ok(())
    }

    /// Whether anybody shows icons now.
    fn is_shown(connection: &Connection) -> bool {
        let asked = Proxy::new(connection, WATCHER, OBJECT, WATCHER)
            .and_then(|watcher| watcher.get_property::<bool>("IsStatusNotifierHostRegistered"));
        asked.unwrap_or(false)
    }
}
