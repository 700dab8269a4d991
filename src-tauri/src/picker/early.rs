//! Keys that are pressed before the picker's page can hear them.
//!
//! The window has the focus at once, and its page some frames later. A person who presses three keys does not wait
//! for it, so the first ones are kept and handed over.

use tauri::WebviewWindow;

/// Keeps what is pressed in a window until its page asks for it.
#[cfg(target_os = "linux")]
pub(super) fn keep(window: &WebviewWindow) {
    use gtk::glib::Propagation;
    use gtk::prelude::WidgetExt as _;
    use tauri::Manager as _;
    let Ok(inner) = window.gtk_window() else { return };
    let app = window.app_handle().clone();
    // The window is told before the page in it.
    inner.connect_key_press_event(move |_, press| match super::keep_early(&app, linux::name(press)) {
        true => Propagation::Stop,
        false => Propagation::Proceed,
    });
}

/// Nothing is kept elsewhere: whether those systems queue keys for a page by themselves was not tried.
#[cfg(not(target_os = "linux"))]
pub(super) fn keep(_: &WebviewWindow) {}

#[cfg(target_os = "linux")]
mod linux {
    use gtk::gdk::keys::constants as key;
    use gtk::gdk::{EventKey, ModifierType};

    /// What a key is called in a page: what it types, or its name. Nothing for one that is only held.
    pub(super) fn name(press: &EventKey) -> Option<String> {
        let held = ModifierType::CONTROL_MASK | ModifierType::MOD1_MASK | ModifierType::SUPER_MASK;
        if press.state().intersects(held) {
            return None;
        }
        let name = match press.keyval() {
            key::Return | key::KP_Enter | key::ISO_Enter => "Enter",
            key::Escape => "Escape",
            key::BackSpace => "Backspace",
            key::Down | key::KP_Down => "ArrowDown",
            key::Up | key::KP_Up => "ArrowUp",
            key::Right | key::KP_Right => "ArrowRight",
            key::Left | key::KP_Left => "ArrowLeft",
            key::Tab | key::KP_Tab => "Tab",
            other => return other.to_unicode().filter(|sign| !sign.is_control()).map(String::from),
        };
        Some(name.to_owned())
    }
}
