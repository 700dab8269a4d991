//! The main window, and what it may load: the app's own files and nothing else.

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager as _, WebviewUrl, WebviewWindowBuilder};

use crate::view::FirstView;

/// Opens the main window. It draws `first` without asking for anything.
pub(crate) fn open(app: &AppHandle, first: Option<&FirstView>) {
    let window = WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
        .title("Keystow")
        .inner_size(1200.0, 800.0)
        .min_inner_size(900.0, 600.0)
        .incognito(!is_driven())
        .devtools(cfg!(debug_assertions))
        .initialization_script(script(first))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build();
    match window {
        Ok(window) => draw_by_processor(&window),
        Err(error) => {
            say(&format!("Keystow's window could not be opened: {error}"));
            app.exit(1);
        }
    }
}

/// Lets the processor alone draw the window.
///
/// A list of text gains nothing from a graphics library, and starting one takes longer than drawing the
/// list. Where there is no graphics card, the library made the processor draw everything the hard way:
/// two thirds or more of the processor's time of a start, and half of the page's memory.
#[cfg(target_os = "linux")]
fn draw_by_processor(window: &tauri::WebviewWindow) {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};
    // Without it the window is as good as before, only slower.
    let _ = window.with_webview(|webview| {
        if let Some(settings) = webview.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    });
}

/// Other systems have the library running for everybody.
#[cfg(not(target_os = "linux"))]
fn draw_by_processor(_: &tauri::WebviewWindow) {}

/// Leaves what the window draws first where it looks for it. JSON is an expression of the language, and
/// the script is no part of a page: nothing in it can end a tag.
fn script(first: Option<&FirstView>) -> String {
    let json = first.and_then(|first| serde_json::to_string(first).ok());
    format!("globalThis.keystowFirst = {};", json.unwrap_or_else(|| "null".into()))
}

/// Whether a test drives the window from outside. A window that keeps nothing on disk cannot be driven,
/// so a build for testing gives that up when it is asked to be.
fn is_driven() -> bool {
    cfg!(debug_assertions) && std::env::var("TAURI_WEBVIEW_AUTOMATION").is_ok_and(|asked| asked == "true")
}

/// Brings the main window to the front.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Whether an address belongs to the app. Sign-in pages open in the system browser, never here.
fn is_ours(url: &tauri::Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Windows serves the same files under http.
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Says why nothing works, where a terminal or a log can show it.
#[expect(clippy::print_stderr, reason = "there may be no window to say it in")]
pub(crate) fn say(why: &str) {
    eprintln!("{why}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_apps_own_files_are_loaded() {
        let ours = |address: &str| is_ours(&address.parse().unwrap());
        assert!(ours("tauri://localhost/index.html"));
        for foreign in [
            "https://example.com/",
            "http://127.0.0.1:4000/",
            "tauri://evil/",
            "file:///etc/passwd",
            "data:text/html,x",
        ] {
            assert!(!ours(foreign), "{foreign}");
        }
    }
}
