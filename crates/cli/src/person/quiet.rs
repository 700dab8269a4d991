//! The terminal while a passphrase is typed.
//!
//! Whoever types Ctrl and C ends the program by a signal, and a program that ends so puts nothing back. So the
//! terminal is put back before anybody else sees that key.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::sync::Arc;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// What Ctrl and C come as.
const INTERRUPT: u8 = 3;

/// The terminal of this process, which shows nothing that is typed until the last of these is dropped.
#[derive(Clone)]
pub(super) struct Terminal(Arc<Held>);

struct Held {
    file: File,
    before: Termios,
}

impl Terminal {
    /// Opens it and makes it quiet: each key comes alone, unseen, and none of them is a signal.
    pub(super) fn open() -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&file)?;
        let mut quiet = before.clone();
        quiet.local_modes &= !(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        let held = Held { file, before };
        tcsetattr(&held.file, OptionalActions::Now, &quiet)?;
        Ok(Self(Arc::new(held)))
    }

    /// Says something there.
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        (&self.0.file).write_all(text.as_bytes())
    }
}

impl Held {
    fn put_back(&self) -> io::Result<()> {
        Ok(tcsetattr(&self.file, OptionalActions::Now, &self.before)?)
    }
}

impl Read for Terminal {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = (&self.0.file).read(into)?;
        if into[..count].contains(&INTERRUPT) {
            self.0.put_back()?;
        }
        Ok(count)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = self.put_back();
    }
}
