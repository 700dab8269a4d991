//! The main window, what it may load, and what becomes of it when it is closed.
//!
//! It loads the app's own files and nothing else.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager as _, WebviewUrl, WebviewWindowBuilder, WindowEvent, Wry};

use crate::commands::engine_of;
use crate::picker;
use crate::view::FirstView;

/// The name of the window; its capability goes by it.
pub(crate) const LABEL: &str = "main";
/// How long a window that was closed into the tray is kept, so that it comes back as it was.
const KEPT: Duration = Duration::from_secs(60);

/// Whether the app goes on without its window, and how often that changed.
#[derive(Default)]
pub(crate) struct InTray {
    since: AtomicU64,
    now: AtomicBool,
}

/// Opens the main window. It draws `first` without asking for anything.
pub(crate) fn open(app: &AppHandle, first: Option<&FirstView>) {
    let window = builder(app, LABEL, WebviewUrl::default())
        .title("Keystow")
        .inner_size(1200.0, 800.0)
        .min_inner_size(900.0, 600.0)
        .initialization_script(script(first))
        .build();
    if let Err(error) = window {
        say(&format!("Keystow's window could not be opened: {error}"));
        app.exit(1);
    }
}

/// A window that loads the app's own files, and nothing else, and keeps nothing on disk.
pub(crate) fn builder<'a>(
    app: &'a AppHandle,
    label: &str,
    page: WebviewUrl,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    let builder = WebviewWindowBuilder::new(app, label, page)
        .incognito(!is_driven())
        .devtools(cfg!(debug_assertions))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny);
    match place() {
        Some(place) if !is_driven() => builder.data_directory(place),
        _ => builder,
    }
}

/// Where a window would keep something if it kept anything: another place for each, and one where nothing can be.
///
/// Tauri gives the app's files to the first window of a place alone and takes it that the others share them. Windows
/// that keep nothing share nothing: the second one would find no page.
#[cfg(target_os = "linux")]
fn place() -> Option<PathBuf> {
    static OPENED: AtomicU64 = AtomicU64::new(0);
    Some(nowhere(OPENED.fetch_add(1, Ordering::Relaxed)))
}

/// A name of the file below which there is no room for another: for each number another one, because Tauri compares
/// names. It makes a folder of a name that does not exist, and so every one must: the number is written in folders
/// that are left again at once.
#[cfg(target_os = "linux")]
fn nowhere(number: u64) -> PathBuf {
    let detours = format!("{number:b}").replace('0', "/dev/..").replace('1', "/proc/..");
    format!("{detours}/dev/null").into()
}

/// Other systems give every window the app's files.
#[cfg(not(target_os = "linux"))]
fn place() -> Option<PathBuf> {
    None
}

/// Leaves what the window draws first where it looks for it. JSON is an expression of the language, and
/// the script is no part of a page: nothing in it can end a tag.
fn script(first: Option<&FirstView>) -> String {
    let json = first.and_then(|first| serde_json::to_string(first).ok());
    format!("globalThis.keystowFirst = {};", json.unwrap_or_else(|| "null".into()))
}

/// Whether a test drives the window from outside. A window that keeps nothing on disk cannot be driven,
/// so a build for testing gives that up when it is asked to be.
pub(crate) fn is_driven() -> bool {
    cfg!(debug_assertions) && std::env::var("TAURI_WEBVIEW_AUTOMATION").is_ok_and(|asked| asked == "true")
}

/// Brings the main window to the front, or opens it again.
pub(crate) fn show(app: &AppHandle) {
    let desk = app.clone();
    let _ = app.run_on_main_thread(move || {
        set_in_tray(&desk, false);
        match desk.get_webview_window(LABEL) {
            Some(window) => {
                let _ = window.show();
                let _ = window.unminimize();
                let _ = window.set_focus();
            }
            None => open(&desk, engine_of(&desk).as_ref().map(FirstView::of).as_ref()),
        }
    });
}

/// What happens to the main window from outside.
pub(crate) fn happened(app: &AppHandle, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } if keeps(app) => {
            api.prevent_close();
            leave_for_tray(app);
        }
        // A picker that only waits keeps no app running that has neither window nor tray.
        WindowEvent::Destroyed if !is_in_tray(app) => picker::end(app),
        _ => {}
    }
}

/// Whether the app goes on when its last window is gone.
pub(crate) fn goes_on_without(app: &AppHandle) -> bool {
    is_in_tray(app) || keeps(app)
}

/// Whether closing the window leaves the app in the tray: somebody must show it, and the person want it.
fn keeps(app: &AppHandle) -> bool {
    engine_of(app).is_some_and(|engine| engine.settings().keep_in_tray && engine.desktop().tray)
}

/// Hides the window, and frees its memory if nobody comes back to it for a while.
fn leave_for_tray(app: &AppHandle) {
    let turn = set_in_tray(app, true);
    if let Some(window) = app.get_webview_window(LABEL) {
        let _ = window.hide();
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(rest_for_tests().unwrap_or(KEPT)).await;
        let still = app.state::<InTray>().since.load(Ordering::SeqCst) == turn;
        if let Some(window) = app.get_webview_window(LABEL).filter(|_| still) {
            let _ = window.destroy();
        }
    });
}

/// Takes over whether the app is in the tray alone; tells the number of the change.
fn set_in_tray(app: &AppHandle, now: bool) -> u64 {
    if let Some(engine) = engine_of(app) {
        engine.is_seen(!now);
    }
    let tray = app.state::<InTray>();
    tray.now.store(now, Ordering::SeqCst);
    tray.since.fetch_add(1, Ordering::SeqCst) + 1
}

fn is_in_tray(app: &AppHandle) -> bool {
    app.state::<InTray>().now.load(Ordering::SeqCst)
}

/// How long a window that is not seen is kept, short enough for a test; only in builds for testing.
pub(crate) fn rest_for_tests() -> Option<Duration> {
    let seconds = if cfg!(debug_assertions) { std::env::var("KEYSTOW_REST_SECONDS").ok() } else { None };
    seconds?.parse().ok().map(Duration::from_secs)
}

/// Whether an address belongs to the app. Sign-in pages open in the system browser, never here.
pub(crate) fn is_ours(url: &tauri::Url) -> bool {
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

    #[cfg(target_os = "linux")]
    #[test]
    fn every_window_has_another_place_and_none_is_a_folder() {
        let all: std::collections::HashSet<PathBuf> = (0..1000).map(nowhere).collect();
        assert_eq!(all.len(), 1000);
        assert!(all.iter().all(|place| place.exists() && !place.is_dir()));
        assert!(nowhere(u64::MAX).exists());
    }

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
