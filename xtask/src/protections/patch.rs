//! A protection: a patch that takes it away, and the tests that must notice.
//!
//! Its file begins with a sentence that says what is protected. `Noticed by:` is followed by what
//! `cargo test` is told (programs first, then names of tests), `With:` by a variable for them. What comes
//! after that is a patch of one file, which has to fit exactly.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use diffy::Patch;

/// Where the patches are, from the root.
const FOLDER: &str = "xtask/protections";

/// One protection.
#[derive(Debug)]
pub(super) struct Protection {
    /// The name of its file.
    pub(super) name: String,
    /// What is protected, in a sentence.
    pub(super) about: String,
    /// The tests that must notice.
    pub(super) noticed_by: Vec<TestRun>,
    /// Variables for those tests.
    pub(super) with: Vec<(String, String)>,
    /// The file that is changed, from the root.
    pub(super) file: String,
    patch: String,
}

/// Some tests of some programs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TestRun {
    /// What chooses the programs.
    pub(super) programs: Vec<String>,
    /// Parts of the names of the tests.
    pub(super) tests: Vec<String>,
}

impl std::fmt::Display for TestRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} -- {}", self.programs.join(" "), self.tests.join(" "))
    }
}

/// Every protection, by name.
///
/// # Errors
///
/// Fails if one cannot be read.
pub(super) fn all(root: &Path) -> Result<Vec<Protection>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(root.join(FOLDER)).with_context(|| format!("there is no {FOLDER}"))? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = name.strip_suffix(".patch").with_context(|| format!("{name} is no patch"))?.to_owned();
        let text = fs::read_to_string(&path)?;
        all.push(Protection::parse(&name, &text).with_context(|| format!("{FOLDER}/{name}.patch"))?);
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

impl Protection {
    fn parse(name: &str, text: &str) -> Result<Self> {
        let (head, patch) = text.split_once("\n--- a/").context("it has no patch")?;
        let patch = format!("--- a/{patch}");
        let file = patch.lines().next().and_then(|line| line.strip_prefix("--- a/")).unwrap_or_default();
        ensure!(patch.matches("\n--- a/").count() == 0, "it changes more than one file");
        let (mut about, mut noticed_by, mut with) = (Vec::new(), Vec::new(), Vec::new());
        for line in head.lines().filter(|line| !line.is_empty()) {
            if let Some(run) = line.strip_prefix("Noticed by: ") {
                noticed_by.push(TestRun::parse(run)?);
            } else if let Some(variable) = line.strip_prefix("With: ") {
                let (name, value) = variable.split_once('=').context("a variable has a name and a value")?;
                with.push((name.to_owned(), value.to_owned()));
            } else {
                about.push(line);
            }
        }
        ensure!(!about.is_empty(), "it does not say what it protects");
        ensure!(!noticed_by.is_empty(), "it does not say who notices");
        let (name, about) = (name.to_owned(), about.join(" "));
        Ok(Self { name, about, noticed_by, with, file: file.to_owned(), patch })
    }

    /// The text of its file without it.
    ///
    /// # Errors
    ///
    /// Fails if the file has changed so that the patch does not fit any more.
    pub(super) fn removed(&self, text: &str) -> Result<String> {
        let patch = Patch::from_str(&self.patch)?;
        let removed = diffy::apply(text, &patch)
            .with_context(|| format!("{FOLDER}/{}.patch does not fit {}", self.name, self.file))?;
        ensure!(removed != text, "{FOLDER}/{}.patch changes nothing", self.name);
        Ok(removed)
    }
}

impl TestRun {
    /// Options and their values choose programs; every other word is part of a test's name.
    fn parse(line: &str) -> Result<Self> {
        let (mut programs, mut tests) = (Vec::new(), Vec::new());
        let mut words = line.split_whitespace().map(str::to_owned);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-p" | "--test" => {
                    let value = words.next().with_context(|| format!("{word} of what?"))?;
                    programs.extend([word, value]);
                }
                "--lib" => programs.push(word),
                _ if word.starts_with('-') => bail!("{word} is not known here"),
                _ => tests.push(word),
            }
        }
        ensure!(!programs.is_empty() && !tests.is_empty(), "“{line}” names no program or no test");
        Ok(Self { programs, tests })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    const TEXT: &str = "The dog barks.\n\nNoticed by: -p dog --lib barks bites::\nWith: A=b c\n\n\
                        --- a/dog.rs\n+++ b/dog.rs\n@@ -1,3 +1,3 @@\n one\n-bark\n+sleep\n two\n";

    #[test]
    fn every_protection_can_be_taken_away_from_the_code_as_it_is() {
        let root = Workspace::find().unwrap().root;
        let all = all(&root).unwrap();
        assert!(all.len() >= 12, "{} protections", all.len());
        for protection in all {
            let text = fs::read_to_string(root.join(&protection.file)).unwrap();
            protection.removed(&text).unwrap();
        }
    }

    #[test]
    fn every_test_that_must_notice_is_there() {
        let root = Workspace::find().unwrap().root;
        for protection in all(&root).unwrap() {
            for run in &protection.noticed_by {
                let package = run.programs[1].strip_prefix("keystow-").unwrap();
                let code = code_below(&root.join("crates").join(package));
                for test in &run.tests {
                    let (module, name) = test.rsplit_once("::").unwrap_or(("", test));
                    let is_there = if name.is_empty() {
                        code.contains(&format!("mod {}", module.rsplit("::").next().unwrap()))
                    } else {
                        code.contains(&format!("fn {name}"))
                    };
                    assert!(is_there, "{}: no test is named {test}", protection.name);
                }
            }
        }
    }

    fn code_below(folder: &Path) -> String {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let text = |path: std::path::PathBuf| match path.is_dir() {
            true => code_below(&path),
            false if path.extension().is_some_and(|ending| ending == "rs") => {
                fs::read_to_string(path).unwrap()
            }
            false => String::new(),
        };
        entries.map(text).collect()
    }

    #[test]
    fn a_protection_says_what_it_is_and_who_notices() {
        let dog = Protection::parse("dog", TEXT).unwrap();
        assert_eq!((dog.about.as_str(), dog.file.as_str()), ("The dog barks.", "dog.rs"));
        assert_eq!(dog.noticed_by[0].to_string(), "-p dog --lib -- barks bites::");
        assert_eq!(dog.with, [("A".to_owned(), "b c".to_owned())]);
        assert_eq!(dog.removed("zero\none\nbark\ntwo\n").unwrap(), "zero\none\nsleep\ntwo\n");
    }

    #[test]
    fn code_that_has_changed_is_not_patched_by_guess() {
        let dog = Protection::parse("dog", TEXT).unwrap();
        assert!(dog.removed("one\nbarks\ntwo\n").is_err());
        assert!(Protection::parse("dog", &TEXT.replace("Noticed by:", "Noticed:  -")).is_err());
    }
}
