//! Which program a window belongs to, as far as the X server and the system tell.

use std::path::{Path, PathBuf};

use x11rb::protocol::res::{ClientIdMask, ClientIdSpec, ConnectionExt as _};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;

use super::Failure;
use crate::clipboard::receipts::{Reader, ReaderKind};

/// The longest name, in characters.
const LONGEST: usize = 40;
/// How far up the tree of windows a name is looked for.
const HEIGHT: usize = 16;

/// The program that a window belongs to.
///
/// The X server knows the process from its socket. A window's own word is only asked for where the server
/// does not tell, as of programs on another computer.
pub(super) fn of(connection: &RustConnection, window: u32) -> Reader {
    let process = process(connection, window).ok();
    let path = process.and_then(|id| std::fs::read_link(format!("/proc/{id}/exe")).ok());
    if path.is_some() && path == ours() {
        return Reader { program: path.as_deref().and_then(name), kind: ReaderKind::Ours };
    }
    let comm = || cleaned(&std::fs::read_to_string(format!("/proc/{}/comm", process?)).ok()?);
    Reader::named(path.as_deref().and_then(name).or_else(comm).or_else(|| class(connection, window).ok()))
}

fn ours() -> Option<PathBuf> {
    std::fs::read_link("/proc/self/exe").ok()
}

/// The name of a program's file, which may have been replaced since it was started.
fn name(path: &Path) -> Option<String> {
    let file = path.file_name()?.to_str()?;
    cleaned(file.strip_suffix(" (deleted)").unwrap_or(file))
}

fn process(connection: &RustConnection, window: u32) -> Result<u32, Failure> {
    let asked = [ClientIdSpec { client: window, mask: ClientIdMask::LOCAL_CLIENT_PID }];
    let known = connection.res_query_client_ids(&asked)?.reply()?;
    known.ids.first().and_then(|id| id.value.first().copied()).ok_or_else(|| "not told".into())
}

/// What the window, or one that it is in, says of itself (ICCCM §4.1.2.5).
fn class(connection: &RustConnection, mut window: u32) -> Result<String, Failure> {
    for _ in 0..HEIGHT {
        let asked = connection.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64)?;
        let value = asked.reply()?.value;
        let class = value.split(|byte| *byte == 0).nth(1).and_then(|part| std::str::from_utf8(part).ok());
        if let Some(class) = class.and_then(cleaned) {
            return Ok(class);
        }
        window = connection.query_tree(window)?.reply()?.parent;
    }
    Err("not told".into())
}

/// A name as it may be shown: nothing in it that could turn the sentence around it.
fn cleaned(name: &str) -> Option<String> {
    let plain = |c: &char| c.is_ascii_alphanumeric() || "-_.+".contains(*c);
    let name: String = name.trim().chars().filter(plain).take(LONGEST).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_of_plain_characters() {
        assert_eq!(
            name(Path::new("/usr/bin/gnome-terminal-server (deleted)")).as_deref(),
            Some("gnome-terminal-server")
        );
        assert_eq!(cleaned("x\u{202e}clip\n").as_deref(), Some("xclip"));
        assert_eq!(cleaned(&"x".repeat(200)).map(|name| name.len()), Some(LONGEST));
        assert_eq!(cleaned("\u{200b} "), None);
    }
}
