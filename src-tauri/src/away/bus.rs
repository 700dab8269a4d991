//! Listening to signals of a message bus.

use keystow_engine::{Away, Leaving, LockCause};
use tokio::sync::mpsc::UnboundedSender;
use zbus::blocking::fdo::DBusProxy;
use zbus::message::Type;
use zbus::{MatchRule, Result};

/// Where what was heard goes.
pub(super) type Ear = UnboundedSender<Away>;

/// Runs what listens, on a thread of its own.
pub(super) fn thread(name: &'static str, listen: impl FnOnce() -> Result<()> + Send + 'static) {
    let _ = std::thread::Builder::new().name(name.into()).spawn(move || {
        if let Err(error) = listen() {
            tracing::info!(%error, name, "nobody tells whether the person goes away");
        }
    });
}

/// Asks the bus to pass on the signals of a sender that this rule fits.
pub(super) fn listen_to(
    bus: &DBusProxy<'_>,
    sender: &'static str,
    rule: impl FnOnce(zbus::match_rule::Builder<'static>) -> Result<zbus::match_rule::Builder<'static>>,
) -> Result<()> {
    let any = MatchRule::builder().msg_type(Type::Signal).sender(sender)?;
    Ok(bus.add_match_rule(rule(any)?.build())?)
}

/// Whether this name has somebody behind it.
pub(super) fn is_there(bus: &DBusProxy<'_>, name: &'static str) -> bool {
    name.try_into().is_ok_and(|name| bus.name_has_owner(name).unwrap_or(false))
}

/// Whether a message comes from whoever has this name now. The bus passes on what anybody sends to the app itself.
pub(super) fn is_from(bus: &DBusProxy<'_>, message: &zbus::Message, name: &'static str) -> bool {
    let owner = name.try_into().ok().and_then(|name| bus.get_name_owner(name).ok());
    let header = message.header();
    owner.is_some_and(|owner| header.sender().is_some_and(|sender| sender.as_str() == owner.as_str()))
}

/// The person leaves, and nothing waits for the app.
pub(super) fn leaves(ear: &Ear) {
    let _ = ear.send(Away::Leaves(Leaving { cause: LockCause::Screen, held: None }));
}
