//! The picker's window: small, over every program, and kept warm for a while after use.
//!
//! It is hidden, not closed, when it was used, so that it comes up at once the next time; a minute later it is
//! destroyed, and its memory with it. The focus goes back to the window that had it.

mod early;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keystow_engine::{ClipboardSight, Event, Trouble};
use tauri::webview::Color;
use tauri::{AppHandle, Emitter as _, Manager as _, WebviewUrl, WebviewWindow, WindowEvent};

use crate::commands::engine_of;
use crate::view::{PickerEvent, PickerView, Theme};
use crate::{focus, window};

/// The name of the window; its capability goes by it.
pub(crate) const LABEL: &str = "picker";
/// The one event the picker listens to.
const EVENT: &str = "picker";
/// How long it stays warm after use.
const WARM: Duration = Duration::from_secs(60);
/// How long it may be without the focus: a desktop takes the focus for a moment when a key of a program is
/// pressed, and the picker's own key must find it as it was.
const ABSENT: Duration = Duration::from_millis(150);
/// Nobody types more than this before a page is there.
const MOST_EARLY: usize = 64;
const SIZE: (f64, f64) = (640.0, 420.0);

/// The picker, whether or not it has a window at the moment.
#[derive(Default)]
pub(crate) struct Picker {
    now: Mutex<Now>,
    /// The last question of the page, which counts them.
    asked: AtomicU64,
}

#[derive(Default)]
struct Now {
    shown: bool,
    /// Whether it had the focus since it was shown: until then, losing it means nothing.
    focused: bool,
    /// Whether it has the focus now.
    has_focus: bool,
    /// Counts what is done with it, so that a rest that is over knows whether it still holds.
    turn: u64,
    /// What had the focus before.
    before: Option<focus::Place>,
    /// What was pressed before the page could hear it; nothing once it hears by itself.
    early: Option<Vec<String>>,
    /// What was looked for last.
    typed: String,
    /// Whether something changed that the page was not there to hear.
    missed: bool,
    /// Why a copy that was asked for elsewhere did not happen, until it is shown.
    failure: Option<Trouble>,
}

/// Shows the picker, or hides it if it is shown: what its key does.
pub(crate) fn toggle(app: &AppHandle) {
    if now(app).shown { hide(app) } else { show(app) }
}

/// Shows the picker.
pub(crate) fn show(app: &AppHandle) {
    let desk = app.clone();
    // The window's own calls are for the main thread, and keys and second starts arrive on others.
    let _ = app.run_on_main_thread(move || bring_up(&desk));
}

/// Hides the picker and gives the focus back.
pub(crate) fn hide(app: &AppHandle) {
    let desk = app.clone();
    let _ = app.run_on_main_thread(move || {
        if let Some(before) = rest(&desk) {
            focus::give_back(before);
        }
    });
}

/// Hides the picker because something else has the focus or gets it now.
pub(crate) fn put_away(app: &AppHandle) {
    let desk = app.clone();
    let _ = app.run_on_main_thread(move || {
        rest(&desk);
    });
}

/// Shows the picker with why a copy that was asked for elsewhere did not happen.
pub(crate) fn show_failure(app: &AppHandle, why: Trouble) {
    now(app).failure = Some(why);
    show(app);
}

/// Lets the picker look again at what changed.
pub(crate) fn tell(app: &AppHandle, event: &Event) {
    let shown = now(app).shown;
    if matches!(event, Event::App | Event::Keys) && shown {
        send(app, PickerEvent::Changed);
        let mut now = now(app);
        now.missed = now.early.is_some();
    }
    // A picker that waits out of sight forgets its rows with the lock, so that none is seen when it comes back.
    if matches!(event, Event::App)
        && !shown
        && let Some(engine) = engine_of(app)
        && engine.lock_sight().is_some_and(|lock| lock.hidden)
    {
        send(app, PickerEvent::Reset(Box::new(PickerView::of(&engine, ""))));
    }
}

/// What happens to the picker's window from outside.
pub(crate) fn happened(app: &AppHandle, event: &WindowEvent) {
    match event {
        WindowEvent::Focused(true) => {
            let mut now = now(app);
            (now.focused, now.has_focus) = (true, true);
        }
        WindowEvent::Focused(false) => lost_focus(app),
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            hide(app);
        }
        _ => {}
    }
}

/// Puts it away, unless the focus comes back at once or something else was done with it meanwhile.
fn lost_focus(app: &AppHandle) {
    let turn = {
        let mut now = now(app);
        now.has_focus = false;
        if !now.focused {
            return;
        }
        now.turn
    };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(ABSENT).await;
        // A question of the app's own has the focus meanwhile, and gives it back.
        let asks = engine_of(&app).is_some_and(|engine| engine.protection().asking);
        if waits(&app, turn) && !now(&app).has_focus && !asks {
            put_away(&app);
        }
    });
}

/// Ends a picker that only waits to be used again.
pub(crate) fn end(app: &AppHandle) {
    if now(app).shown {
        return;
    }
    if let Some(window) = app.get_webview_window(LABEL) {
        let _ = window.destroy();
    }
}

/// Takes the keys that were pressed before the page could hear them. None were: from now on it hears them itself.
pub(crate) fn early_keys(app: &AppHandle) -> Vec<String> {
    if std::mem::take(&mut now(app).missed) {
        send(app, PickerEvent::Changed);
    }
    let mut now = now(app);
    let keys = now.early.take().unwrap_or_default();
    if !keys.is_empty() {
        now.early = Some(Vec::new());
    }
    keys
}

/// Keeps a key for the page if it cannot hear yet; whether it did.
fn keep_early(app: &AppHandle, key: Option<String>) -> bool {
    let mut now = now(app);
    let Some(early) = &mut now.early else { return false };
    let key = key.filter(|key| early.len() < MOST_EARLY && !is_held(early, key));
    early.extend(key);
    true
}

/// The page asks something; what it asked before is not waited for any more.
pub(crate) fn asks(app: &AppHandle, turn: u64, typed: &str) -> bool {
    app.state::<Picker>().asked.fetch_max(turn, Ordering::Relaxed);
    let mut now = now(app);
    let other = now.typed != typed;
    typed.clone_into(&mut now.typed);
    other
}

/// Whether the page waits for the answer to this question.
pub(crate) fn waits_for(app: &AppHandle, turn: u64) -> bool {
    app.state::<Picker>().asked.load(Ordering::Relaxed) <= turn
}

/// Whether a key that gives a secret out is only held down: what it does once is not asked for twice.
fn is_held(early: &[String], key: &String) -> bool {
    let acts =
        key == "Enter" || key.chars().all(|sign| sign.is_ascii_digit()) && early.iter().all(|one| one == key);
    acts && early.last() == Some(key)
}

fn now(app: &AppHandle) -> MutexGuard<'_, Now> {
    app.state::<Picker>().inner().now.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bring_up(app: &AppHandle) {
    // Without its data there is nothing to pick; the window says why.
    let Some(engine) = engine_of(app) else { return window::show(app) };
    engine.used();
    let before = focus::active();
    let failure = {
        let mut now = now(app);
        if !now.shown {
            now.before = before;
        }
        (now.shown, now.focused, now.has_focus) = (true, false, false);
        now.turn += 1;
        now.failure.take()
    };
    let look = || PickerView { failure: failure.map(Into::into), ..PickerView::of(&engine, "") };
    let shown = match app.get_webview_window(LABEL) {
        Some(window) => {
            // A desktop puts a window that comes back wherever there is room.
            let _ = window.center();
            send(app, PickerEvent::Reset(Box::new(look())));
            window.show().map(|()| window)
        }
        None => {
            now(app).early = Some(Vec::new());
            // A new page counts from the beginning.
            app.state::<Picker>().asked.store(0, Ordering::Relaxed);
            open(app, &look()).inspect(early::keep)
        }
    };
    match shown {
        Ok(window) => {
            let _ = window.set_focus();
            insist(app.clone(), window);
        }
        Err(error) => {
            tracing::error!(%error, "the picker could not be opened");
            now(app).shown = false;
            window::show(app);
        }
    }
}

/// Takes the focus if the desktop did not give it by itself, as soon as it knows the window.
fn insist(app: AppHandle, window: WebviewWindow) {
    const TRIES: u32 = 12;
    const PAUSE: Duration = Duration::from_millis(30);
    tauri::async_runtime::spawn(async move {
        for _ in 0..TRIES {
            tokio::time::sleep(PAUSE).await;
            let over = {
                let now = now(&app);
                now.focused || !now.shown
            };
            if over {
                return;
            }
            focus::take(&window);
        }
    });
}

/// Opens the window. It draws `first` without asking for anything.
fn open(app: &AppHandle, first: &PickerView) -> tauri::Result<WebviewWindow> {
    let json = serde_json::to_string(first).unwrap_or_else(|_| "null".into());
    window::builder(app, LABEL, WebviewUrl::App("picker.html".into()))
        .title("Keystow picker")
        .inner_size(SIZE.0, SIZE.1)
        .resizable(false)
        .maximizable(false)
        .minimizable(false)
        .decorations(false)
        .always_on_top(true)
        .skip_taskbar(true)
        .center()
        .focused(true)
        .background_color(ground(app, first.theme))
        .initialization_script(format!("globalThis.keystowPicker = {json};"))
        .build()
}

/// The colour that stands until the page is drawn: `raised` of the window's tokens.
fn ground(app: &AppHandle, theme: Theme) -> Color {
    let main = app.get_webview_window(window::LABEL);
    let by_desktop = || main.and_then(|main| main.theme().ok()) == Some(tauri::Theme::Dark);
    let dark = theme == Theme::Dark || theme == Theme::System && by_desktop();
    if dark { Color(0x1d, 0x21, 0x24, 0xff) } else { Color(0xff, 0xff, 0xff, 0xff) }
}

/// Hides the window and lets it rest; tells what had the focus before it.
fn rest(app: &AppHandle) -> Option<focus::Place> {
    let (before, turn) = {
        let mut now = now(app);
        if !std::mem::take(&mut now.shown) {
            return None;
        }
        now.turn += 1;
        (now.before.take(), now.turn)
    };
    if let Some(window) = app.get_webview_window(LABEL) {
        let _ = window.hide();
        // What was typed is gone before anybody sees the window again.
        if let Some(engine) = engine_of(app) {
            send(app, PickerEvent::Reset(Box::new(PickerView::of(&engine, ""))));
        }
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(window::rest_for_tests().unwrap_or(WARM)).await;
        // The end of its last window ends the app, and that would clear the clipboard before its time.
        while waits(&app, turn) && holds(&app) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        if waits(&app, turn) {
            end(&app);
        }
    });
    before
}

/// Whether nothing was done with the picker since.
fn waits(app: &AppHandle, turn: u64) -> bool {
    now(app).turn == turn
}

/// Whether the clipboard holds a secret of ours.
fn holds(app: &AppHandle) -> bool {
    engine_of(app).is_some_and(|engine| matches!(engine.clipboard(), ClipboardSight::Held(_)))
}

/// A window that is gone needs no event.
fn send(app: &AppHandle, event: PickerEvent) {
    let _ = app.emit_to(LABEL, EVENT, event);
}
