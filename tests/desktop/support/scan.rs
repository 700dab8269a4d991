//! Looking everywhere a secret could have gone: memory, files, arguments.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::needles::{Needles, WINDOW};
use super::processes;

/// How much is read at once.
const PIECE: usize = 1 << 20;
const PAGE: usize = 4096;

/// Where needles were found, as people read it, each place with how many.
pub(crate) type Places = Vec<String>;

/// The places in the memory of a process where needles lie; `None` if it ended meanwhile.
///
/// Only pages that are in memory are read: what was never touched holds nothing, and a webview
/// reserves more than any machine has.
pub(crate) fn memory(id: i32, needles: &Needles) -> Option<Places> {
    let maps = fs::read_to_string(format!("/proc/{id}/maps")).ok()?;
    let memory = match File::open(format!("/proc/{id}/mem")) {
        Ok(memory) => memory,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => panic!(
            "the memory of other processes cannot be read ({error}); run this test as root, or with CAP_SYS_PTRACE"
        ),
        Err(_) => return None,
    };
    let pages = File::open(format!("/proc/{id}/pagemap")).ok()?;
    let mut places = Places::new();
    for line in maps.lines() {
        let Some((start, end)) = readable(line) else { continue };
        let found: usize =
            present(&pages, start, end).into_iter().map(|(from, to)| count(&memory, from, to, needles)).sum();
        if found > 0 {
            places.push(format!("{} {id}: {line}: {found}", processes::name(id)));
        }
    }
    Some(places)
}

/// The bounds of a mapping that can be read and whose pages are this process's own.
fn readable(line: &str) -> Option<(usize, usize)> {
    let mut words = line.split_whitespace();
    let (range, rights) = (words.next()?, words.next()?);
    let special = line.ends_with("[vvar]") || line.ends_with("[vsyscall]");
    if !rights.starts_with('r') || special {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    Some((usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?))
}

/// The stretches of a mapping that are in memory or swapped out.
fn present(pages: &File, start: usize, end: usize) -> Vec<(usize, usize)> {
    const ENTRY: usize = 8;
    /// Set in an entry for a page in memory, and for one that is swapped out.
    const THERE: u64 = 0b11 << 62;
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    let mut entries = vec![0; PIECE];
    let mut at = start;
    while at < end {
        let wanted = ((end - at) / PAGE * ENTRY).min(PIECE);
        let offset = (at / PAGE * ENTRY) as u64;
        let Ok(read) = pages.read_at(&mut entries[..wanted], offset) else { break };
        if read < ENTRY {
            break;
        }
        for entry in entries[..read].chunks_exact(ENTRY) {
            let bits = u64::from_le_bytes(entry.try_into().unwrap_or_default());
            if bits & THERE != 0 {
                match stretches.last_mut() {
                    Some((_, until)) if *until == at => *until += PAGE,
                    _ => stretches.push((at, at + PAGE)),
                }
            }
            at += PAGE;
        }
    }
    stretches
}

fn count(memory: &File, from: usize, to: usize, needles: &Needles) -> usize {
    let (mut found, mut at) = (0, from);
    let mut piece = vec![0; PIECE];
    while at < to {
        let wanted = (to - at).min(PIECE);
        let read = memory.read_at(&mut piece[..wanted], at as u64).unwrap_or(0);
        found += needles.count(&piece[..read]);
        if read < wanted || at + read >= to {
            break;
        }
        // The end of this piece and the beginning of the next may hold one together.
        at += read - (WINDOW - 1);
    }
    found
}

/// The files below a folder in which needles lie.
pub(crate) fn files(folder: &Path, needles: &Needles) -> Places {
    let mut places = Places::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_file() => {
                    let found = needles.count(&fs::read(&path).unwrap_or_default());
                    if found > 0 {
                        places.push(format!("{}: {found}", path.display()));
                    }
                }
                _ => {}
            }
        }
    }
    places
}

/// The arguments and environments of processes in which needles lie.
pub(crate) fn arguments(ids: &[i32], needles: &Needles) -> Places {
    let of = |id: &i32, part: &'static str| {
        let found = needles.count(&fs::read(format!("/proc/{id}/{part}")).unwrap_or_default());
        (found > 0).then(|| format!("{} {id}, {part}: {found}", processes::name(*id)))
    };
    ids.iter().flat_map(|id| [of(id, "cmdline"), of(id, "environ")]).flatten().collect()
}
