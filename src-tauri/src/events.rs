//! What the engine tells, passed on to the window.

use keystow_engine::{Engine, Event};
use tauri::{AppHandle, Emitter as _};
use tokio::sync::broadcast::error::RecvError;

use crate::picker;
use crate::view::{AppView, ClipboardView, WindowEvent};
use crate::window;

/// The one event a window listens to.
const NAME: &str = "keystow";

/// Passes events on for as long as the app runs.
pub(crate) fn pass_on(app: AppHandle, engine: &Engine) {
    let mut events = engine.watch();
    let engine = engine.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            match events.recv().await {
                Ok(event) => tell(&app, &engine, event),
                // The window was told too little: let it read everything again.
                Err(RecvError::Lagged(_)) => {
                    for event in [Event::App, Event::Keys, Event::Apps, Event::Bulk, Event::Sweep] {
                        tell(&app, &engine, event);
                    }
                }
                Err(RecvError::Closed) => break,
            }
        }
    });
}

fn tell(app: &AppHandle, engine: &Engine, event: Event) {
    picker::tell(app, &event);
    if let Some(view) = view_of(engine, event) {
        send(app, view);
    }
}

/// What an event tells the window; nothing if what it is about is gone again.
fn view_of(engine: &Engine, event: Event) -> Option<WindowEvent> {
    Some(match event {
        Event::App => WindowEvent::App(Box::new(AppView::of(engine))),
        Event::SignIn => WindowEvent::SignIn(engine.sign_in_sight().map(Into::into)),
        Event::Clipboard => WindowEvent::Clipboard(ClipboardView::of(engine)),
        Event::Keys => WindowEvent::Keys,
        Event::Apps => WindowEvent::Apps,
        Event::Rotation(key) => WindowEvent::Rotation(key.as_str().to_owned()),
        Event::Sweep => WindowEvent::Sweep(engine.sweep_sight()?.into()),
        // It names keys.
        Event::Bulk if engine.lock_sight().is_some_and(|lock| lock.hidden) => return None,
        Event::Bulk => WindowEvent::Bulk(engine.bulk()?.into()),
    })
}

/// A window that is gone needs no event.
fn send(app: &AppHandle, event: WindowEvent) {
    let _ = app.emit_to(window::LABEL, NAME, event);
}
