//! Whether bytes from a window are a PNG and nothing else.
//!
//! The file is opened by other programs, so what is saved under that name has the shape of one: chunk after
//! chunk from the first byte to the last (W3C PNG, section 5).

/// How every PNG begins.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The longest side in pixels: the widest picture, drawn at twice its size, has fewer.
const MOST_SIDE: u32 = 16_384;

/// Whether these bytes are a header of sane size, image data and an end, with nothing after it.
pub(super) fn is_png(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.strip_prefix(SIGNATURE) else { return false };
    let (mut first, mut has_data) = (true, false);
    while let Some((name, data, after)) = chunk(rest) {
        match (first, name) {
            (true, b"IHDR") if is_header(data) => {}
            (false, b"IEND") => return has_data && data.is_empty() && after.is_empty(),
            (true, _) | (false, b"IHDR") => return false,
            (false, name) => has_data |= name == b"IDAT" && !data.is_empty(),
        }
        (first, rest) = (false, after);
    }
    false
}

/// The name and the data of the first chunk, and what comes after it.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (name, rest) = rest.split_first_chunk::<4>()?;
    let (data, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    // The sum over the chunk is for whoever decodes it.
    let (_, after) = rest.split_first_chunk::<4>()?;
    Some((name, data, after))
}

fn is_header(data: &[u8]) -> bool {
    let side = |at: usize| data.get(at..)?.first_chunk().copied().map(u32::from_be_bytes);
    let sane = |side: Option<u32>| side.is_some_and(|side| (1..=MOST_SIDE).contains(&side));
    data.len() == 13 && sane(side(0)) && sane(side(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk_of(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], name, data, &[0; 4]].concat()
    }

    fn header(width: u32, height: u32) -> Vec<u8> {
        let data = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
        chunk_of(b"IHDR", &data)
    }

    fn picture(parts: &[Vec<u8>]) -> Vec<u8> {
        [SIGNATURE.to_vec(), parts.concat()].concat()
    }

    #[test]
    fn only_a_whole_picture_of_a_sane_size_with_nothing_after_it_is_one() {
        let (data, end) = (chunk_of(b"IDAT", b"xyz"), chunk_of(b"IEND", b""));
        let whole = picture(&[header(2080, 776), data.clone(), end.clone()]);
        assert!(is_png(&whole));
        for cut in 0..whole.len() {
            assert!(!is_png(&whole[..cut]), "{cut}");
        }
        let wrong = [
            [whole.clone(), b"#!/bin/sh".to_vec()].concat(),
            picture(&[header(0, 776), data.clone(), end.clone()]),
            picture(&[header(2080, 1 << 20), data.clone(), end.clone()]),
            picture(&[header(2080, 776), end.clone()]),
            picture(&[data.clone(), end.clone()]),
            picture(&[header(2080, 776), header(1, 1), data, end]),
            picture(&[u32::MAX.to_be_bytes().to_vec(), b"IHDR".to_vec()]),
        ];
        for bytes in wrong {
            assert!(!is_png(&bytes), "{bytes:?}");
        }
    }
}
