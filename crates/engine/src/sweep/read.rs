//! Reading one file piece by piece, with nothing lost at the seams.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use keystow_vault::Seeker;

/// Larger files are no settings, sources or histories.
const LARGEST: u64 = 64 << 20;
/// How much is read at once.
const PIECE: usize = 256 << 10;

/// Tells each line of a file that one of `seekers` recognises, counted from 1, and whether it does so in
/// base64; a line may be told more than once. Ends quietly when it shall not go on.
///
/// # Errors
///
/// Fails if the file cannot be read, is no file, or is too large.
pub(super) fn search(
    file: &Path,
    seekers: &[Seeker],
    goes_on: impl Fn() -> bool,
    found: impl FnMut(u32, bool),
) -> io::Result<()> {
    let file = open(file)?;
    let about = file.metadata()?;
    if !about.is_file() || about.len() > LARGEST {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    search_pieces(file.take(LARGEST), PIECE, seekers, goes_on, found)
}

/// Opens what is a file at this very moment: no link is followed, and what turned out to be a pipe does
/// not wait for a writer.
fn open(file: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::OFlags;
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.cast_signed());
    }
    options.open(file)
}

fn search_pieces(
    mut source: impl Read,
    piece: usize,
    seekers: &[Seeker],
    goes_on: impl Fn() -> bool,
    mut found: impl FnMut(u32, bool),
) -> io::Result<()> {
    let reach = seekers.iter().map(Seeker::reach).max().unwrap_or(0);
    let overlap = reach.saturating_sub(1);
    let mut buffer = vec![0; overlap + piece];
    // What stands at the start of the buffer was searched before; `line` is that of its first byte.
    let (mut searched, mut line) = (0, 1_u32);
    while goes_on() {
        let read = match source.read(&mut buffer[searched..]) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let filled = searched + read;
        let text = &buffer[..filled];
        let mut sightings: Vec<_> = seekers.iter().flat_map(|seeker| seeker.find(text)).collect();
        sightings.sort_unstable_by_key(|sighting| sighting.at);
        let (mut at, mut here) = (0, line);
        // What ends before the new bytes was told with the piece before.
        for sighting in sightings.iter().filter(|sighting| sighting.at + sighting.length > searched) {
            here = here.saturating_add(breaks(&text[at..sighting.at]));
            at = sighting.at;
            found(here, sighting.base64);
        }
        let kept = overlap.min(filled);
        line = line.saturating_add(breaks(&text[..filled - kept]));
        buffer.copy_within(filled - kept..filled, 0);
        searched = kept;
    }
    Ok(())
}

/// How many lines end in these bytes.
fn breaks(bytes: &[u8]) -> u32 {
    let count = bytes.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
