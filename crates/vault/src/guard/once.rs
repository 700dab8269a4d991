//! What the guard program does once and ends: handing the clipboard's text over, and clearing it.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::parcel;
use super::selection::Before;
use super::{OTHER, TOO_LONG};
use crate::clipboard::protocol::{Event, LONGEST};

/// Writes the text on the clipboard to standard output, which must be no terminal.
pub(super) fn paste() -> ExitCode {
    let mut out = std::io::stdout().lock();
    if out.is_terminal() {
        return ExitCode::FAILURE;
    }
    match read() {
        Ok(text) if text.len() > LONGEST => ending(TOO_LONG),
        Ok(text) => match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(code) => code,
    }
}

/// Clears the clipboard if it has the text that comes on standard input.
pub(super) fn forget() -> ExitCode {
    let Some((parcel, _)) = parcel::receive() else { return ExitCode::FAILURE };
    let Ok(before) = Before::now() else { return ExitCode::FAILURE };
    match read() {
        Ok(text) if text.as_bytes().ct_eq(parcel.secret.as_bytes()).into() => {}
        Ok(_) => return ending(OTHER),
        Err(code) => return code,
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map(|runtime| runtime.block_on(before.clear(parcel.secret))) {
        Ok(Event::Cleared) => ExitCode::SUCCESS,
        Ok(Event::Replaced) => ending(OTHER),
        _ => ExitCode::FAILURE,
    }
}

fn read() -> Result<Zeroizing<String>, ExitCode> {
    let text = arboard::Clipboard::new().and_then(|mut clipboard| clipboard.get_text());
    text.map(Zeroizing::new).map_err(|error| match error {
        arboard::Error::ContentNotAvailable => ending(OTHER),
        _ => ExitCode::FAILURE,
    })
}

fn ending(code: i32) -> ExitCode {
    u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)
}
