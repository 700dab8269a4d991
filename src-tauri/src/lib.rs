//! The shell: the only Rust that knows Tauri.
//!
//! It unpacks what a window asks, asks the engine, and maps the answer to a view. It cannot name a
//! secret: the crate that could is not among its dependencies.

mod appearance;
mod away;
mod commands;
pub mod error;
mod events;
mod files;
mod focus;
mod host;
mod hotkey;
mod native;
mod passphrase;
mod picker;
mod portal;
mod thrift;
mod tray;
mod trayhost;
pub mod view;
mod window;

use std::sync::Arc;

use keystow_engine::{Engine, Setup, SystemClock};
use tauri::Manager as _;

use commands::Opened;
use host::Desktop;
use view::FirstView;

/// Runs the app until its last window closes.
pub fn run() {
    thrift::prepare();
    keystow_engine::harden();
    keystow_engine::install_tls();
    start_log();
    let mut builder = tauri::Builder::default();
    if let Some(id) = host::instance() {
        // A second start shows the window of the first, or its picker. With a folder of its own it is another Keystow.
        let second = |app: &tauri::AppHandle, words: Vec<String>, _| {
            if asks_for_picker(words) { picker::show(app) } else { window::show(app) }
        };
        let single = tauri_plugin_single_instance::Builder::new().callback(second).dbus_id(id);
        builder = builder.plugin(single.build());
    }
    let app = builder
        .plugin(tauri_plugin_opener::init())
        .plugin(commands::app::plugin())
        .plugin(commands::accounts::plugin())
        .plugin(commands::keys::plugin())
        .plugin(commands::forms::plugin())
        .plugin(commands::health::plugin())
        .plugin(commands::lock::plugin())
        .plugin(commands::picker::plugin())
        .plugin(commands::rotation::plugin())
        .plugin(commands::places::plugin())
        .plugin(commands::bulk::plugin())
        .plugin(commands::usage::plugin())
        .plugin(commands::watch::plugin())
        .plugin(commands::schedules::plugin())
        .plugin(commands::admin::plugin())
        .plugin(commands::apps::plugin())
        .plugin(commands::teams::plugin())
        .plugin(commands::clients::plugin())
        .plugin(commands::bill::plugin())
        .plugin(commands::audit::plugin())
        .on_window_event(|one, event| {
            match one.label() {
                window::LABEL => window::happened(one.app_handle(), event),
                picker::LABEL => picker::happened(one.app_handle(), event),
                _ => {}
            }
            if matches!(event, tauri::WindowEvent::Destroyed) {
                thrift::window_gone(one.app_handle());
            }
        })
        .setup(|app| {
            start(app.handle());
            Ok(())
        })
        .build(tauri::generate_context!());
    match app {
        Ok(app) => app.run(|app, event| match event {
            // Without a code it is the last window that went, and not a person who quits.
            tauri::RunEvent::ExitRequested { api, code: None, .. } if window::goes_on_without(app) => {
                api.prevent_exit();
            }
            tauri::RunEvent::ExitRequested { api, .. } => wait_for_changes(app, &api),
            tauri::RunEvent::Exit => stop(app),
            _ => {}
        }),
        Err(error) => window::say(&format!("Keystow could not start: {error}")),
    }
}

/// Opens the data folder, shows the window, and lets everything slow happen behind it.
///
/// A folder that cannot be opened is told in the window, which has nothing else to show then.
fn start(app: &tauri::AppHandle) {
    appearance::follow(app);
    let folder = host::data_folder(app);
    let setup = Setup {
        guard: host::guard_program(),
        keyring_service: host::keyring_service(),
        folder: folder.clone(),
        host: Arc::new(Desktop::new(app.clone())),
        clock: Arc::new(SystemClock),
    };
    let opened = tauri::async_runtime::block_on(Engine::open(setup));
    app.manage(portal::Embedded::default());
    app.manage(files::Chosen::default());
    app.manage(picker::Picker::default());
    app.manage(window::InTray::default());
    app.manage(hotkey::Hotkeys::new(app.clone()));
    app.manage(Opened(opened.clone()));
    if asks_for_picker(std::env::args()) {
        if let Ok(engine) = &opened {
            engine.is_seen(false);
        }
        picker::show(app);
    } else {
        window::open(app, opened.as_ref().ok().map(FirstView::of).as_ref());
    }
    let engine = match opened {
        Ok(engine) => engine,
        Err(trouble) => return window::say(&trouble.to_string()),
    };
    events::pass_on(app.clone(), &engine);
    tray::start(app, &engine);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        app.state::<hotkey::Hotkeys>().follow(&engine).await;
        portal::start(&app, &engine, &folder).await;
        engine.run().await;
    });
}

/// Whether a start is about the picker alone: a desktop without keys for programs binds such a start to one.
fn asks_for_picker(words: impl IntoIterator<Item = String>) -> bool {
    words.into_iter().skip(1).any(|word| word == "--pick")
}

/// Keeps the app running while a secret is on its way to the vault, and ends it when it is there.
fn wait_for_changes(app: &tauri::AppHandle, exit: &tauri::ExitRequestApi) {
    let Some(opened) = app.try_state::<Opened>() else { return };
    let Ok(engine) = &opened.0 else { return };
    if engine.is_busy() {
        exit.prevent_exit();
        let (app, engine) = (app.clone(), engine.clone());
        tauri::async_runtime::spawn(async move {
            engine.settled().await;
            app.exit(0);
        });
    }
}

/// Clears the clipboard and lets the portal finish what it was writing.
fn stop(app: &tauri::AppHandle) {
    if let Some(Ok(engine)) = app.try_state::<Opened>().as_ref().map(|opened| opened.0.as_ref()) {
        tauri::async_runtime::block_on(engine.clear_if_held());
    }
    if let Some(portal) = app.try_state::<portal::Embedded>() {
        tauri::async_runtime::block_on(portal.stop());
    }
}

/// Logs to standard error what `KEYSTOW_LOG` asks for; warnings of our own crates otherwise.
///
/// Libraries that log what passes through them are kept silent whatever is asked.
fn start_log() {
    use tracing_subscriber::EnvFilter;
    const SILENT: [&str; 8] = ["hyper", "h2", "rustls", "reqwest", "zbus", "oauth2", "rusqlite", "tao"];
    let asked = std::env::var("KEYSTOW_LOG").unwrap_or_default();
    // Levels for libraries are not taken: a line for one of their modules would outweigh its silence.
    let wanted: Vec<&str> = asked.split(',').filter(|part| part.starts_with("keystow")).collect();
    let wanted = if wanted.is_empty() { "keystow=warn".to_owned() } else { wanted.join(",") };
    let mut filter = EnvFilter::try_new(&wanted).unwrap_or_else(|_| EnvFilter::new("keystow=warn"));
    for library in SILENT {
        if let Ok(off) = format!("{library}=off").parse() {
            filter = filter.add_directive(off);
        }
    }
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
