//! How long a file may be, and how it begins.
//!
//! Functions are clippy's business (`too_many_lines`).

use super::Complaint;
use super::sources::Source;

/// The longest a Rust or TypeScript file may be, in lines.
const FILE: usize = 500;
/// The longest a Svelte component may be, in lines.
const COMPONENT: usize = 200;

/// Complains about a file that is too long, and about a Rust module that does not say what it is for.
pub(super) fn check(source: &Source) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let limit = match () {
        () if source.is("svelte") => Some(COMPONENT),
        () if source.is("rs") || source.is("ts") || source.is("css") => Some(FILE),
        () => None,
    };
    let length = source.text.lines().count();
    if let Some(limit) = limit.filter(|limit| length > *limit) {
        complaints
            .push(format!("{}:{limit}: {length} lines; at most {limit}, so it is two things", source.path));
    }
    if source.is("rs") && !is_compile_failure(source) && !source.text.starts_with("//! ") {
        complaints.push(format!("{}:1: begins without `//!` and what it is for", source.path));
    }
    complaints
}

/// Cases that must not compile show a mistake and nothing else.
fn is_compile_failure(source: &Source) -> bool {
    source.path.contains("/tests/compile_fail/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> usize {
        check(&Source { path: path.into(), text: text.into() }).len()
    }

    #[test]
    fn a_file_of_501_lines_is_one_too_many() {
        let lines = |count: usize| format!("//! Long.\n{}", "\n".repeat(count - 1));
        assert_eq!(complaints("a.rs", &lines(500)), 0);
        assert_eq!(complaints("a.rs", &lines(501)), 1);
        assert_eq!(complaints("a.svelte", &lines(201)), 1);
        assert_eq!(complaints("a.json", &lines(900)), 0);
    }

    #[test]
    fn a_module_begins_with_what_it_is_for() {
        assert_eq!(complaints("a.rs", "use std::fs;\n"), 1);
        assert_eq!(complaints("a.ts", "import x from 'y';\n"), 0);
    }
}
