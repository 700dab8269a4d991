//! The clipboard guard: a process that holds one secret on the clipboard and then ends.
//!
//! It lives in the program `keystow-clipboard` and nowhere else.

use std::process::ExitCode;

/// Runs the guard on this process's standard input and output.
pub fn run() -> ExitCode {
    ExitCode::FAILURE
}
