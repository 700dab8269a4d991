//! A desktop's panel: it shows the icons of the tray, and a person chooses from their menus.
//!
//! What is real is the bus, and the library that puts the icon there (StatusNotifierItem, com.canonical.dbusmenu).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy, connection, interface};

use super::{Desk, until};

/// The icon that was put into the tray: whose it is, and where.
type Icon = Arc<Mutex<Option<(String, String)>>>;

/// A part of a menu: its number, its properties, and the parts in it.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// A running panel.
pub(crate) struct Panel {
    bus: Connection,
    icon: Icon,
}

struct Watcher(Icon);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, place: &str, #[zbus(header)] header: Header<'_>) {
        let whose = header.sender().map(ToString::to_string).unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((whose, place.to_owned()));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

impl Panel {
    /// Starts it on the desk's session.
    pub(crate) async fn start(desk: &Desk) -> Self {
        let icon = Icon::default();
        let bus = connection::Builder::address(desk.bus())
            .and_then(|bus| bus.name("org.kde.StatusNotifierWatcher"))
            .and_then(|bus| bus.serve_at("/StatusNotifierWatcher", Watcher(icon.clone())))
            .expect("a panel has a name");
        Self { bus: bus.build().await.expect("the panel is on the bus"), icon }
    }

    /// The lines of the menu, each with its number.
    async fn lines(&self) -> Option<Vec<(i32, String)>> {
        let menu = self.menu().await?;
        let everything = (0_i32, -1_i32, Vec::<&str>::new());
        let (_, layout): (u32, Layout) = menu.call("GetLayout", &everything).await.ok()?;
        Some(layout.2.iter().filter_map(line).collect())
    }

    async fn menu(&self) -> Option<Proxy<'static>> {
        let (whose, place) = self.icon.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let icon = Proxy::new(&self.bus, whose.clone(), place, "org.kde.StatusNotifierItem").await.ok()?;
        let menu: OwnedObjectPath = icon.get_property("Menu").await.ok()?;
        Proxy::new(&self.bus, whose, menu, "com.canonical.dbusmenu").await.ok()
    }

    /// Waits until the menu has a line that begins so, and tells it.
    pub(crate) async fn shows(&self, beginning: &str) -> String {
        self.find(beginning).await.1
    }

    /// Waits until the menu has no line that begins so.
    pub(crate) async fn loses(&self, beginning: &str) {
        until(&format!("no line “{beginning}” in the tray"), async || {
            let lines = self.lines().await?;
            (!lines.iter().any(|(_, text)| text.starts_with(beginning))).then_some(())
        })
        .await;
    }

    /// Chooses the line that begins so.
    pub(crate) async fn choose(&self, beginning: &str) {
        let (number, _) = self.find(beginning).await;
        let menu = self.menu().await.expect("the menu is still there");
        let event = (number, "clicked", Value::from(""), 0_u32);
        menu.call_noreply("Event", &event).await.expect("the line can be chosen");
    }

    async fn find(&self, beginning: &str) -> (i32, String) {
        until(&format!("the line “{beginning}” in the tray"), async || {
            self.lines().await?.into_iter().find(|(_, text)| text.starts_with(beginning))
        })
        .await
    }
}

/// A line of a menu: its number, and its text without what nobody sees of it: the marks of letters to press, and
/// those that keep a name apart from the words around it.
fn line(value: &OwnedValue) -> Option<(i32, String)> {
    let Value::Structure(line) = &**value else { return None };
    let [Value::I32(number), Value::Dict(properties), ..] = line.fields() else { return None };
    let label: String = properties.get(&"label").ok()??;
    Some((*number, label.replace("__", "_").replace(['\u{2068}', '\u{2069}'], "")))
}
