//! A window with a line of text, to measure Keystow beside.
//!
//! With `HELLO_JOB` naming a file, the page gets its contents as a job and its answer is printed.

use std::env;
use std::fs;

/// What the page shall do, as JSON; nothing if it only shows itself.
#[tauri::command]
fn job() -> Option<String> {
    fs::read_to_string(env::var_os("HELLO_JOB")?).ok()
}

/// Prints the page's answer and ends.
#[tauri::command]
fn report(app: tauri::AppHandle, answer: String) {
    println!("{answer}");
    app.exit(0);
}

fn main() {
    let app = tauri::Builder::default().invoke_handler(tauri::generate_handler![job, report]);
    if let Err(error) = app.run(tauri::generate_context!()) {
        eprintln!("{error}");
    }
}
