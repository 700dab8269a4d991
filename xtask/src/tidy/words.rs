//! Words that must not stand in a file.
//!
//! The words are written here in two halves, so that the rule does not find itself.

use super::Complaint;
use super::sources::Source;

/// A word, where it must not stand, and why.
struct Word {
    word: &'static str,
    applies: fn(&Source) -> bool,
    why: &'static str,
}

const WORDS: &[Word] = &[
    Word { word: concat!("#[", "allow("), applies: rust, why: "use #[expect(lint, reason = \"…\")]" },
    Word { word: concat!("#![", "allow("), applies: rust, why: "use #![expect(lint, reason = \"…\")]" },
    Word { word: concat!("#[", "ignore"), applies: rust, why: "a test that does not run is no test" },
    Word { word: concat!("#[", "should_panic"), applies: rust, why: "assert on the error instead" },
    Word { word: concat!("thread::", "sleep"), applies: rust_but_bench, why: "await the event instead" },
    // What tells nobody when it changes is looked at again after a `PAUSE`, up to a limit.
    Word { word: concat!("time::", "sleep(D"), applies: rust_test, why: "a test awaits the event instead" },
    Word { word: concat!("TO", "DO"), applies: code, why: "do it now or leave it out" },
    Word { word: concat!("FIX", "ME"), applies: code, why: "fix it now" },
    Word { word: concat!("XX", "X"), applies: code, why: "say what it is" },
    Word { word: concat!("@ts-", "ignore"), applies: code, why: "give it its type" },
    Word { word: concat!("{@", "html"), applies: code, why: "a name must not become markup" },
    Word { word: concat!("it.", "skip"), applies: code, why: "a test that does not run is no test" },
    Word { word: concat!("it.", "only"), applies: code, why: "the other tests must run as well" },
    Word { word: concat!("/ro", "ot/"), applies: anything, why: "a path of one machine" },
    Word { word: concat!("/wo", "rk/"), applies: anything, why: "a path of one machine" },
    Word { word: concat!("/home", "/runner"), applies: anything, why: "a path of one machine" },
    Word { word: concat!("unsafe", "-inline"), applies: tauri_config, why: "the content policy is strict" },
    Word { word: concat!("unsafe", "-eval"), applies: tauri_config, why: "the content policy is strict" },
    Word { word: concat!("danger", "ous"), applies: tauri_config, why: "no dangerous switch is on" },
    Word { word: concat!("danger_", "accept"), applies: rust, why: "every certificate is checked" },
    Word {
        word: concat!("\"dev", "Url\""),
        applies: tauri_config,
        why: "the window loads embedded files only",
    },
];

/// Complains about each forbidden word.
pub(super) fn check(source: &Source) -> Vec<Complaint> {
    let words = WORDS.iter().filter(|word| (word.applies)(source));
    let found = words.flat_map(|word| {
        let lines = source.lines().filter(|(_, line)| line.contains(word.word));
        lines.map(|(number, _)| format!("{}:{number}: `{}`: {}", source.path, word.word, word.why))
    });
    found.chain(named_tests(source)).collect()
}

/// Complains about tests that are named as tests rather than by what they claim.
fn named_tests(source: &Source) -> impl Iterator<Item = Complaint> {
    let lines = source.lines().zip(source.lines().skip(1));
    let named = lines.filter(|((_, mark), (_, line))| {
        let name = line.trim_start().trim_start_matches("async ");
        rust(source)
            && mark.contains("test")
            && mark.trim_start().starts_with("#[")
            && name.starts_with("fn test_")
    });
    named.map(|(_, (number, _))| format!("{}:{number}: a test is named by what it claims", source.path))
}

fn anything(source: &Source) -> bool {
    // Snapshots and lockfiles are written by tools, and say what the tools say.
    !source.path.ends_with("package-lock.json")
}

fn rust(source: &Source) -> bool {
    source.is("rs")
}

/// A measurement leaves the machine in peace, which no event announces.
fn rust_but_bench(source: &Source) -> bool {
    rust(source) && !source.path.starts_with("bench/")
}

fn rust_test(source: &Source) -> bool {
    rust(source) && (source.path.starts_with("tests/") || source.path.contains("/tests/"))
}

fn code(source: &Source) -> bool {
    ["rs", "ts", "svelte", "css"].iter().any(|ending| source.is(ending))
}

fn tauri_config(source: &Source) -> bool {
    source.path == "tauri.conf.json"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<Complaint> {
        check(&Source { path: path.into(), text: text.into() })
    }

    #[test]
    fn every_word_is_found_where_it_must_not_stand() {
        for word in WORDS {
            let places = ["tests/desktop/main.rs", "tauri.conf.json"];
            let found = places.iter().any(|path| {
                let text = format!("//! One.\n{}\n", word.word);
                complaints(path, &text).iter().any(|complaint| complaint.contains(word.word))
            });
            assert!(found, "nothing complains about {}", word.word);
        }
    }

    #[test]
    fn a_complaint_names_the_line() {
        let text = format!("//! One.\n\n{}\n", concat!("// TO", "DO: later"));
        assert!(complaints("src/a.rs", &text)[0].starts_with("src/a.rs:3: "));
    }

    #[test]
    fn a_test_is_named_by_its_claim_and_other_functions_as_they_like() {
        let text = concat!("//! One.\n#[te", "st]\nfn test_copy() {}\nfn test_clipboard() {}\n");
        assert_eq!(complaints("src/a.rs", text), ["src/a.rs:3: a test is named by what it claims"]);
    }

    #[test]
    fn prose_may_speak_of_what_code_must_not_do() {
        assert!(complaints("CONTRIBUTING.md", concat!("no #[", "allow(…)], no TO", "DO")).is_empty());
    }
}
