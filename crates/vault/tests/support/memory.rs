//! What is in the memory of another process.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

/// How much of a text counts as a part of it, in bytes.
const PART: usize = 12;

/// How many places in memory hold a part of `text`.
pub(crate) fn parts_found(memory: &[Vec<u8>], text: &[u8]) -> usize {
    let mut begins = [false; 256];
    text.windows(PART).for_each(|part| begins[usize::from(part[0])] = true);
    let is_part =
        |window: &[u8]| begins[usize::from(window[0])] && text.windows(PART).any(|part| part == window);
    memory.iter().flat_map(|region| region.windows(PART)).filter(|window| is_part(window)).count()
}

/// Everything the process can write to; nothing if it has ended.
///
/// A hardened process shows its memory to root alone, or to whoever has `CAP_SYS_PTRACE`.
pub(crate) fn memory_of(process: u32) -> Option<Vec<Vec<u8>>> {
    let memory = match File::open(format!("/proc/{process}/mem")) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            panic!("run this test as root, or with CAP_SYS_PTRACE: {error}")
        }
        opened => opened.ok()?,
    };
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).ok()?;
    let writable =
        maps.lines().filter(|line| line.split_whitespace().nth(1).is_some_and(|mode| mode.starts_with("rw")));
    let regions: Vec<_> = writable
        .filter_map(|line| {
            let (start, end) = line.split_whitespace().next()?.split_once('-')?;
            let (start, end) = (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?);
            let mut region = vec![0; usize::try_from(end - start).ok()?];
            memory.read_exact_at(&mut region, start).ok()?;
            Some(region)
        })
        .collect();
    (!regions.is_empty()).then_some(regions)
}
