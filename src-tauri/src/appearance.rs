//! Light or dark, as the desktop says it.
//!
//! Tauri can ask as well, but holds every new window up until the desktop has answered, and wakes up every five
//! seconds to look for news. Here a thread waits for them. Other systems tell their windows themselves.

/// Follows the desktop: now, and whenever the person chooses anew.
#[cfg(not(target_os = "linux"))]
pub(crate) fn follow(_: &tauri::AppHandle) {}

/// Follows the desktop: now, and whenever the person chooses anew. A desktop that says nothing leaves it to its
/// theme.
#[cfg(target_os = "linux")]
pub(crate) fn follow(app: &tauri::AppHandle) {
    let app = app.clone();
    // It waits for the bus for as long as the app runs.
    let _ = std::thread::Builder::new().name("appearance".into()).spawn(move || {
        if let Err(error) = linux::follow(&|theme| app.set_theme(theme)) {
            tracing::info!(%error, "the desktop does not tell whether it is dark");
        }
    });
}

#[cfg(target_os = "linux")]
mod linux {
    use tauri::Theme;
    use zbus::blocking::{Connection, MessageIterator, Proxy};
    use zbus::zvariant::{OwnedValue, Value};
    use zbus::{MatchRule, Result, message::Type};

    /// The desktop's portal, and where it keeps settings (XDG Desktop Portal, `org.freedesktop.portal.Settings`).
    const PORTAL: &str = "org.freedesktop.portal.Desktop";
    const OBJECT: &str = "/org/freedesktop/portal/desktop";
    const SETTINGS: &str = "org.freedesktop.portal.Settings";
    /// The one that tells light from dark.
    const NAMESPACE: &str = "org.freedesktop.appearance";
    const KEY: &str = "color-scheme";

    pub(super) fn follow(tell: &dyn Fn(Option<Theme>)) -> Result<()> {
        let connection = Connection::session()?;
        let rule = MatchRule::builder().msg_type(Type::Signal).sender(PORTAL)?.path(OBJECT)?;
        let rule = rule.interface(SETTINGS)?.member("SettingChanged")?.arg(0, NAMESPACE)?.arg(1, KEY)?;
        // It listens before it asks, so that no news falls between the two.
        let news = MessageIterator::for_match_rule(rule.build(), &connection, None)?;
        let portal = Proxy::new(&connection, PORTAL, OBJECT, SETTINGS)?;
        // The older of its two questions, which every version answers. It wraps the value twice.
        let now: Result<OwnedValue> = portal.call("Read", &(NAMESPACE, KEY));
        if let Some(theme) = now.ok().as_deref().and_then(wished) {
            tell(Some(theme));
        }
        for message in news {
            let message = message?;
            if let Ok((_, _, value)) = message.body().deserialize::<(&str, &str, Value<'_>)>() {
                tell(wished(&value));
            }
        }
        Ok(())
    }

    /// What the desktop prefers: 1 is dark, 2 is light, and whatever else is no preference.
    fn wished(value: &Value<'_>) -> Option<Theme> {
        match value {
            Value::Value(inner) => wished(inner),
            Value::U32(1) => Some(Theme::Dark),
            Value::U32(2) => Some(Theme::Light),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_preference_is_read_however_often_it_is_wrapped() {
            let wrapped = |number: u32| Value::Value(Box::new(Value::Value(Box::new(Value::U32(number)))));
            assert_eq!(wished(&wrapped(1)), Some(Theme::Dark));
            assert_eq!(wished(&Value::U32(2)), Some(Theme::Light));
            assert_eq!(wished(&wrapped(0)), None);
            assert_eq!(wished(&Value::from("dark")), None, "what is no number says nothing");
        }
    }
}
