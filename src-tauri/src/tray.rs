//! The tray: the timers of what rotates, and the way back to the window.
//!
//! A desktop without a place for it has none, and nothing else changes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use keystow_engine::{Engine, Event, Timer};
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Wry};

use crate::window;

/// How often what remains is said again while something rotates.
const MINUTE: Duration = Duration::from_secs(60);
/// The menu has no more timers than this.
const MOST: usize = 10;
const OPEN: &str = "open";
const QUIT: &str = "quit";

/// Puts the icon into the tray, and keeps its timers right for as long as the app runs.
///
/// Called on the main thread.
pub(crate) fn start(app: &AppHandle, engine: &Engine) {
    // On Linux the library is looked for when it is first used, and its absence is a panic.
    let made = catch_unwind(AssertUnwindSafe(|| make(app, engine)));
    let tray = match made {
        Ok(Ok(tray)) => tray,
        Ok(Err(_)) | Err(_) => {
            tracing::info!("this desktop has no tray");
            return;
        }
    };
    let (app, engine) = (app.clone(), engine.clone());
    tauri::async_runtime::spawn(async move { keep_right(&app, &engine, &tray).await });
}

fn make(app: &AppHandle, engine: &Engine) -> tauri::Result<TrayIcon> {
    let mut builder = TrayIconBuilder::with_id("keystow")
        .tooltip("Keystow")
        .menu(&menu(app, engine, &engine.timers())?)
        .show_menu_on_left_click(true)
        .on_menu_event(|app, event| match event.id().as_ref() {
            QUIT => app.exit(0),
            // A timer leads to the window as well.
            _ => window::show(app),
        });
    if let Some(icon) = app.default_window_icon() {
        builder = builder.icon(icon.clone());
    }
    builder.build(app)
}

/// The timers, the ones that end first; then the window and the end.
fn menu(app: &AppHandle, engine: &Engine, timers: &[Timer]) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    for (place, timer) in timers.iter().take(MOST).enumerate() {
        let id = format!("timer{place}");
        menu.append(&MenuItem::with_id(app, id, &timer.text, true, None::<&str>)?)?;
    }
    if !timers.is_empty() {
        menu.append(&PredefinedMenuItem::separator(app)?)?;
    }
    let (open, quit) = engine.tray_words();
    menu.append(&MenuItem::with_id(app, OPEN, open, true, None::<&str>)?)?;
    menu.append(&MenuItem::with_id(app, QUIT, quit, true, None::<&str>)?)?;
    Ok(menu)
}

/// Makes the menu anew when a timer came or went, and each minute while there is one.
async fn keep_right(app: &AppHandle, engine: &Engine, tray: &TrayIcon) {
    let mut events = engine.watch();
    let (mut shown, mut words) = (engine.timers(), engine.tray_words());
    loop {
        let minute = tokio::time::sleep(MINUTE);
        tokio::select! {
            // Nothing that rotates needs no clock.
            () = minute, if !shown.is_empty() => {}
            event = events.recv() => match event {
                Ok(Event::Keys | Event::Rotation(_) | Event::App) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
                Ok(_) | Err(_) => continue,
            }
        }
        let (timers, now_words) = (engine.timers(), engine.tray_words());
        if timers == shown && words == now_words {
            continue;
        }
        if let Ok(menu) = menu(app, engine, &timers) {
            let _ = tray.set_menu(Some(menu));
        }
        (shown, words) = (timers, now_words);
    }
}
