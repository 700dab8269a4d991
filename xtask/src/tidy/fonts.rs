//! Fonts are shipped with their licence.
//!
//! A font file that is committed needs a licence text in its folder or the one above. Fonts that
//! come as Node modules bring theirs, and the build of the window copies it.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Complaint;

/// Complains about committed fonts without a licence beside them.
pub(super) fn check(root: &Path) -> Result<Vec<Complaint>> {
    let mut complaints = Vec::new();
    for start in ["ui/src", "ui/public", "src-tauri", "crates"] {
        visit(root, &root.join(start), false, &mut complaints)?;
    }
    Ok(complaints)
}

fn visit(root: &Path, folder: &Path, licensed_above: bool, complaints: &mut Vec<Complaint>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    let name = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().to_lowercase();
    let licensed_here =
        entries.iter().any(|entry| name(entry).starts_with("ofl") || name(entry).contains("licen"));
    let is_font = |entry: &fs::DirEntry| {
        [".woff", ".woff2", ".ttf", ".otf"].iter().any(|end| name(entry).ends_with(end))
    };
    if !licensed_here && !licensed_above && entries.iter().any(is_font) {
        let path = folder.strip_prefix(root).unwrap_or(folder).display();
        complaints.push(format!("{path}: fonts without their licence beside them"));
    }
    for entry in entries.iter().filter(|entry| entry.path().is_dir()) {
        visit(root, &entry.path(), licensed_here, complaints)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_needs_its_licence() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("ui/src/fonts");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("text.woff2"), "").unwrap();
        assert_eq!(check(root.path()).unwrap().len(), 1);
        fs::write(folder.join("OFL.txt"), "").unwrap();
        assert!(check(root.path()).unwrap().is_empty());
    }
}
