//! Receiving the secret from the app: a header, exactly its bytes, then commands.
//!
//! Standard input is read without the standard library's buffer, which would keep a copy of the
//! secret for as long as the process lives.

use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::clipboard::protocol::{Command, Header, LONGEST_LINE};

/// What the app handed over.
pub(super) struct Parcel {
    pub(super) keep: Duration,
    /// Whether the first paste is the last.
    pub(super) once: bool,
    pub(super) secret: Zeroizing<String>,
}

/// Waits for the parcel, and then follows the app's commands on a thread of their own.
///
/// The commands end when the app closes the pipe or dies.
pub(super) fn receive() -> Option<(Parcel, mpsc::UnboundedReceiver<Command>)> {
    let mut input = standard_input().ok()?;
    let parcel = read(&mut input)?;
    let (tell, commands) = mpsc::unbounded_channel();
    std::thread::Builder::new()
        .name("commands".into())
        .spawn(move || {
            while let Some(line) = read_line(&mut input) {
                let heard = Command::from_line(&line).map_or(Ok(()), |command| tell.send(command));
                if heard.is_err() {
                    break;
                }
            }
        })
        .ok()?;
    Some((parcel, commands))
}

fn read(input: &mut impl Read) -> Option<Parcel> {
    let header = Header::from_line(&read_line(input)?)?;
    let mut bytes = Zeroizing::new(vec![0; header.length]);
    input.read_exact(&mut bytes).ok()?;
    let text = String::from_utf8(std::mem::take(&mut *bytes)).ok()?;
    Some(Parcel { keep: header.keep, once: header.once, secret: Zeroizing::new(text) })
}

/// Reads a line byte by byte, so as not to read beyond it; nothing at the end or if it is too long.
fn read_line(input: &mut impl Read) -> Option<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        input.read_exact(&mut byte).ok()?;
        match byte[0] {
            b'\n' => return String::from_utf8(line).ok(),
            _ if line.len() == LONGEST_LINE => return None,
            other => line.push(other),
        }
    }
}

#[cfg(unix)]
fn standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn standard_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    io::stdin().as_handle().try_clone_to_owned().map(File::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_is_a_header_and_exactly_its_bytes() {
        let mut input: &[u8] = b"keystow-clipboard/1 30000 5\nkst_1clear\n";
        let parcel = read(&mut input).unwrap();
        assert_eq!((parcel.keep, parcel.secret.as_str()), (Duration::from_secs(30), "kst_1"));
        assert_eq!(read_line(&mut input).as_deref(), Some("clear"), "what follows is left for the commands");
        assert_eq!(read_line(&mut input), None);
    }

    #[test]
    fn half_a_parcel_is_none() {
        for input in ["", "keystow-clipboard/1 30000 5", "keystow-clipboard/1 30000 5\nkst", "hello\nkst_1"] {
            assert!(read(&mut input.as_bytes()).is_none(), "{input:?}");
        }
        let endless = "x".repeat(LONGEST_LINE + 1);
        assert_eq!(read_line(&mut endless.as_bytes()), None);
    }
}
