//! Proof that a secret cannot be let out: such code does not compile.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use keystow_vault::{DataKey, Secret, Seeker};

/// Compiles only if the type lacks the trait: if it had it, two of these would fit and neither be chosen.
macro_rules! lacks {
    ($type:ty: $($trait:path),+) => {$({
        trait Ambiguous<Answer> {
            fn is_lacking() {}
        }
        struct Has;
        impl<T: ?Sized> Ambiguous<()> for T {}
        impl<T: ?Sized + $trait> Ambiguous<Has> for T {}
        <$type as Ambiguous<_>>::is_lacking();
    })+};
}

#[test]
fn secrets_lack_every_trait_that_would_let_them_out() {
    lacks!(Secret: serde::Serialize, std::fmt::Display, std::fmt::Debug, Clone, std::ops::Deref);
    lacks!(Secret: AsRef<str>, AsRef<[u8]>, std::borrow::Borrow<str>, Into<String>, Into<Vec<u8>>, PartialEq);
    lacks!(DataKey: serde::Serialize, std::fmt::Display, std::fmt::Debug, Clone, AsRef<[u8]>, Into<Vec<u8>>);
    lacks!(Seeker: serde::Serialize, std::fmt::Display, std::fmt::Debug, Clone, AsRef<[u8]>, Into<Vec<u8>>);
}

/// Each case says which errors it has, and has no others. They are compiled against what this test was
/// linked with: a tool that builds the vault for itself takes minutes to build everything below it.
#[test]
fn code_that_lets_a_secret_out_does_not_compile() {
    let compiler = Compiler::find();
    let cases = std::fs::read_dir("tests/compile_fail").unwrap().map(|case| case.unwrap().path());
    let mut count = 0;
    for case in cases.filter(|case| case.file_stem().is_some_and(|name| name != "control")) {
        let text = std::fs::read_to_string(&case).unwrap();
        let expected: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("//~ ")).collect();
        assert!(!expected.is_empty(), "{} does not say what is wrong with it", case.display());
        let errors = compiler.errors_of(&case);
        assert_eq!(errors, expected, "{}", case.display());
        count += 1;
    }
    assert!(count >= 9, "only {count} cases");
}

/// The compiler, and the crates that a case may use.
struct Compiler {
    crates: PathBuf,
    externs: Vec<String>,
}

impl Compiler {
    /// Finds the newest crates with which a case compiles that lets nothing out.
    fn find() -> Self {
        let crates = std::env::current_exe().unwrap().parent().unwrap().to_owned();
        let named = |name: &str| {
            let of_name = |path: &PathBuf| {
                let file = path.file_name().unwrap().to_string_lossy().into_owned();
                file.starts_with(&format!("lib{name}-")) && file.ends_with(".rlib")
            };
            let all = std::fs::read_dir(&crates).unwrap().map(|entry| entry.unwrap().path());
            let mut all: Vec<PathBuf> = all.filter(of_name).collect();
            all.sort_by_key(|path| std::cmp::Reverse(path.metadata().unwrap().modified().unwrap()));
            all.into_iter().map(|path| format!("{name}={}", path.display())).collect::<Vec<_>>()
        };
        let (vaults, jsons) = (named("keystow_vault"), named("serde_json"));
        let pairs = vaults.iter().flat_map(|vault| jsons.iter().map(move |json| [vault, json]));
        let all =
            pairs.map(|pair| Self { crates: crates.clone(), externs: pair.map(String::clone).to_vec() });
        let control = Path::new("tests/compile_fail/control.rs");
        let mut fitting = all.filter(|compiler| compiler.errors_of(control).is_empty());
        fitting.next().expect("code that lets nothing out compiles")
    }

    /// The first line of each error in a file.
    fn errors_of(&self, file: &Path) -> Vec<String> {
        let out = tempfile::tempdir().unwrap();
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.args(["--edition", "2024", "--crate-type", "bin", "--emit", "metadata", "--out-dir"]);
        rustc.arg(out.path());
        rustc.arg("-L").arg(format!("dependency={}", self.crates.display()));
        rustc.args(self.externs.iter().flat_map(|krate| ["--extern", krate])).arg(file);
        let output = rustc.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let errors = said.lines().filter(|line| line.starts_with("error"));
        let errors: Vec<String> =
            errors.filter(|line| !line.contains("aborting due to")).map(str::to_owned).collect();
        assert_eq!(errors.is_empty(), output.status.success(), "{}: {said}", file.display());
        errors
    }
}
