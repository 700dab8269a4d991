//! Which program a window belongs to, as far as the X server and the system tell.

use std::os::unix::fs::MetadataExt as _;
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
    let theirs = process.map_or_else(Traits::default, |id| Traits::of(&id.to_string()));
    let own = Traits::of("self");
    if theirs.is_ours(&own) {
        return Reader { program: own.path.as_deref().and_then(name), kind: ReaderKind::Ours };
    }
    let comm = || cleaned(theirs.comm.as_deref()?);
    let path = theirs.path.as_deref();
    Reader::named(path.and_then(name).or_else(comm).or_else(|| class(connection, window).ok()))
}

/// Whether a window belongs to this process.
pub(super) fn is_this_process(connection: &RustConnection, window: u32) -> bool {
    process(connection, window).is_ok_and(|id| id == std::process::id())
}

/// What the system tells of a process, as far as it does.
#[derive(Default)]
struct Traits {
    /// The program's file.
    path: Option<PathBuf>,
    /// Its name, cut to 15 characters.
    comm: Option<String>,
    /// The number of the person that it runs as.
    owner: Option<u32>,
}

impl Traits {
    fn of(process: &str) -> Self {
        let folder = Path::new("/proc").join(process);
        Self {
            path: std::fs::read_link(folder.join("exe")).ok(),
            comm: std::fs::read_to_string(folder.join("comm")).ok(),
            owner: std::fs::metadata(folder).ok().map(|folder| folder.uid()),
        }
    }

    /// Whether this is a guard, as the one that asks is.
    ///
    /// Guards hide from one another: the system shows the file of one to root only. Its name and whom it
    /// runs as are shown to everybody.
    fn is_ours(&self, own: &Self) -> bool {
        if self.path.is_some() {
            return self.path == own.path;
        }
        self.comm.is_some() && self.comm == own.comm && self.owner.is_some() && self.owner == own.owner
    }
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
    fn a_guard_that_hides_its_file_is_ours_by_its_name_and_whom_it_runs_as() {
        let traits = |path: Option<&str>, comm: Option<&str>, owner| Traits {
            path: path.map(PathBuf::from),
            comm: comm.map(str::to_owned),
            owner,
        };
        let file = Some("/opt/keystow-clipboard");
        let comm = Some("keystow-clipboa\n");
        let own = traits(file, comm, Some(1000));
        assert!(traits(file, comm, Some(1000)).is_ours(&own));
        assert!(traits(None, comm, Some(1000)).is_ours(&own), "as an ordinary user sees another guard");
        assert!(!traits(None, Some("xclip\n"), Some(1000)).is_ours(&own));
        assert!(!traits(None, comm, Some(1001)).is_ours(&own), "somebody else's process");
        assert!(!traits(None, comm, None).is_ours(&own));
        assert!(!traits(Some("/tmp/keystow-clipboard"), comm, Some(1000)).is_ours(&own), "only its name");
        assert!(!Traits::default().is_ours(&Traits::default()), "nothing known is nothing shared");
        assert!(Traits::of("self").is_ours(&Traits::of(&std::process::id().to_string())));
    }

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
