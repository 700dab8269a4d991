//! A window with a line of text, to measure Keystow beside.
//!
//! With `HELLO_JOB` naming a file, the page gets its contents as a job: charts to draw, whose times are printed, or
//! rows to show. With `HELLO_AGAIN` it takes orders from standard input, one a line, about a second window of the size
//! of a picker: `open`, `show` and `hide`; `alone` hides the first.

use std::env;
use std::fs;
use std::io;
use std::thread;

use tauri::{AppHandle, Manager as _, WebviewUrl, WebviewWindowBuilder};

/// The name of the second window.
const AGAIN: &str = "again";

/// What the page shall do, as JSON; nothing if it only shows itself.
#[tauri::command]
fn job() -> Option<String> {
    fs::read_to_string(env::var_os("HELLO_JOB")?).ok()
}

/// Prints the page's answer and ends.
#[tauri::command]
fn report(app: AppHandle, answer: String) {
    println!("{answer}");
    app.exit(0);
}

/// Does what standard input says, on the thread that windows belong to.
fn follow(app: &AppHandle) {
    let app = app.clone();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let desk = app.clone();
            let done = app.run_on_main_thread(move || {
                if let Err(error) = obey(&desk, &line) {
                    eprintln!("{line}: {error}");
                }
            });
            if done.is_err() {
                return;
            }
        }
    });
}

fn obey(app: &AppHandle, order: &str) -> tauri::Result<()> {
    if order == "open" {
        let page = WebviewUrl::App("again.html".into());
        let window = WebviewWindowBuilder::new(app, AGAIN, page).title(AGAIN).inner_size(640.0, 420.0);
        return window.decorations(false).always_on_top(true).center().focused(true).build().map(drop);
    }
    let label = if order == "alone" { "main" } else { AGAIN };
    let Some(window) = app.get_webview_window(label) else { return Ok(()) };
    match order {
        "alone" | "hide" => window.hide(),
        "show" => window.show().and_then(|()| window.set_focus()),
        _ => Ok(()),
    }
}

fn main() {
    let app = tauri::Builder::default().invoke_handler(tauri::generate_handler![job, report]).setup(|app| {
        if env::var_os("HELLO_AGAIN").is_some() {
            follow(app.handle());
        }
        Ok(())
    });
    if let Err(error) = app.run(tauri::generate_context!()) {
        eprintln!("{error}");
    }
}
