//! The tray: what is on the clipboard, the keys that are wanted most, the timers of what rotates, and the ways to
//! the picker and the window.
//!
//! A desktop without a place for it has none, and nothing else changes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use keystow_domain::{AccountId, KeyId};
use keystow_engine::{Engine, Event, TraySight};
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Wry};
use tokio::sync::broadcast::error::RecvError;

use crate::commands::engine_of;
use crate::{picker, trayhost, window};

/// How often what remains of a rotation is said again.
const MINUTE: Duration = Duration::from_secs(60);
/// How often what remains of the clipboard's time is said again.
const SECOND: Duration = Duration::from_secs(1);
/// The menu has no more timers than this.
const MOST: usize = 10;
const CLEAR: &str = "clear";
const PICK: &str = "pick";
const LOCK: &str = "lock";
const UNLOCK: &str = "unlock";
const QUIT: &str = "quit";
/// Begins what copies a key: its account and its id follow, a line each.
const COPY: &str = "copy\n";

/// Puts the icon into the tray, and keeps what it says right for as long as the app runs.
///
/// Called on the main thread.
pub(crate) fn start(app: &AppHandle, engine: &Engine) {
    let sight = engine.tray();
    // On Linux the library is looked for when it is first used, and its absence is a panic.
    let made = catch_unwind(AssertUnwindSafe(|| make(app, &sight)));
    let (tray, clear) = match made {
        Ok(Ok(made)) => made,
        Ok(Err(_)) | Err(_) => {
            tracing::info!("this desktop has no tray");
            return;
        }
    };
    trayhost::watch(engine);
    let shown = Shown { app: app.clone(), tray, sight, clear };
    let engine = engine.clone();
    tauri::async_runtime::spawn(async move { keep_right(shown, &engine).await });
}

/// The line that counts down, while there is one.
type Clear = Option<MenuItem<Wry>>;

fn make(app: &AppHandle, sight: &TraySight) -> tauri::Result<(TrayIcon, Clear)> {
    let (menu, clear) = menu(app, sight)?;
    let mut builder = TrayIconBuilder::with_id("keystow")
        .tooltip("Keystow")
        .menu(&menu)
        .show_menu_on_left_click(true)
        .on_menu_event(|app, event| chosen(app, event.id().as_ref()));
    if let Some(icon) = app.default_window_icon() {
        builder = builder.icon(icon.clone());
    }
    Ok((builder.build(app)?, clear))
}

/// Does what a line of the menu says.
fn chosen(app: &AppHandle, id: &str) {
    match id {
        QUIT => app.exit(0),
        PICK => picker::show(app),
        CLEAR | LOCK => {
            let lock = id == LOCK;
            with_engine(
                app,
                async move |engine| {
                    if lock { engine.lock().await } else { engine.clear_if_held().await }
                },
            );
        }
        _ => match id.strip_prefix(COPY).and_then(|rest| rest.split_once('\n')) {
            Some((account, key)) => copy(app, AccountId::new(account), KeyId::new(key)),
            // A timer leads to the window as well.
            None => window::show(app),
        },
    }
}

/// Copies a secret. Where that fails, the picker says why: the menu is gone by then.
fn copy(app: &AppHandle, account: AccountId, key: KeyId) {
    let desk = app.clone();
    with_engine(app, move |engine| async move {
        if let Err(trouble) = engine.copy_of(&account, &key, false).await {
            picker::show_failure(&desk, trouble);
        }
    });
}

/// Does something with the engine, beside the thread that the menu is on.
fn with_engine<F>(app: &AppHandle, act: impl FnOnce(Engine) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    if let Some(engine) = engine_of(app) {
        tauri::async_runtime::spawn(act(engine));
    }
}

/// What is going on, then the ways on; a rule between what belongs together.
fn menu(app: &AppHandle, sight: &TraySight) -> tauri::Result<(Menu<Wry>, Clear)> {
    let menu = Menu::new(app)?;
    // A single & would be taken for the sign before a letter to press.
    let line = |id: &str, text: &str| MenuItem::with_id(app, id, plain(text), true, None::<&str>);
    let clear = sight.clear.as_ref().map(|text| line(CLEAR, text)).transpose()?;
    let keys = sight.keys.iter();
    let keys =
        keys.map(|(account, key, text)| line(&format!("{COPY}{}\n{}", account.as_str(), key.as_str()), text));
    let timers = sight.timers.iter().take(MOST).enumerate();
    let timers = timers.map(|(place, timer)| line(&format!("timer{place}"), &timer.text));
    let words = sight.words;
    let lock = sight.unlocked.then(|| line(LOCK, words.lock));
    // The window unlocks: it can ask for what that needs.
    let said = sight.locked.then(|| MenuItem::with_id(app, "locked", words.locked, false, None::<&str>));
    let locked = said.into_iter().chain(sight.locked.then(|| line(UNLOCK, words.unlock)));
    let parts: [Vec<tauri::Result<MenuItem<Wry>>>; 5] = [
        locked.collect(),
        clear.iter().cloned().map(Ok).collect(),
        keys.collect(),
        timers.collect(),
        [line(PICK, words.pick), line("open", words.open)]
            .into_iter()
            .chain(lock)
            .chain([line(QUIT, words.quit)])
            .collect(),
    ];
    for (place, part) in parts.into_iter().filter(|part| !part.is_empty()).enumerate() {
        if place > 0 {
            menu.append(&PredefinedMenuItem::separator(app)?)?;
        }
        for item in part {
            menu.append(&item?)?;
        }
    }
    Ok((menu, clear))
}

/// A text as a menu shows it letter by letter: names may have any.
fn plain(text: &str) -> String {
    text.replace('&', "&&")
}

/// The tray as it is drawn.
struct Shown {
    app: AppHandle,
    tray: TrayIcon,
    sight: TraySight,
    clear: Clear,
}

impl Shown {
    /// Draws what is true now; a countdown alone does not close an open menu.
    fn draw(&mut self, now: TraySight) {
        let ticked = TraySight { clear: self.sight.clear.clone(), ..now.clone() };
        if let (true, Some(item), Some(text)) = (ticked == self.sight, &self.clear, &now.clear) {
            let _ = item.set_text(plain(text));
        } else if now != self.sight
            && let Ok((menu, clear)) = menu(&self.app, &now)
        {
            let _ = self.tray.set_menu(Some(menu));
            self.clear = clear;
        }
        self.sight = now;
    }
}

/// Draws anew when something changed, each second while the clipboard counts down, and each minute while
/// something rotates.
async fn keep_right(mut shown: Shown, engine: &Engine) {
    let mut events = engine.watch();
    loop {
        let counts = shown.sight.clear.is_some();
        let pause = if counts { SECOND } else { MINUTE };
        tokio::select! {
            // Where nothing runs out, no clock is needed.
            () = tokio::time::sleep(pause), if counts || !shown.sight.timers.is_empty() => {}
            event = events.recv() => match event {
                Ok(Event::Keys | Event::Rotation(_) | Event::App | Event::Clipboard) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
                Ok(_) => continue,
            }
        }
        shown.draw(engine.tray());
    }
}
