//! A command is declared, handled, granted and called, or it is none of them.
//!
//! Four lists name the commands of the window: `src-tauri/build.rs` declares them, a
//! `generate_handler!` in `src-tauri/src/commands/` handles them, `src-tauri/capabilities/` grants
//! them, and the two files of `CALLED` call them. Nothing else compares the four, and a command
//! that is missing from one of them fails only when a person presses its button.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Complaint;
use super::sources::{Source, Sources};

/// Commands as `topic|verb`.
type Commands = BTreeSet<String>;

const DECLARED: &str = "src-tauri/build.rs";
const HANDLED: &str = "src-tauri/src/commands/";
const GRANTED: &str = "src-tauri/capabilities/";
const CALLED: [&str; 2] = ["ui/src/lib/backend/tauri.ts", "ui/src/picker/tauri.ts"];
/// The capability of the picker, which stands over every program: it may read, copy, pin and go away.
const PICKER: &str = "src-tauri/capabilities/picker.json";

/// Complains about each command that is missing from one of the lists.
///
/// # Errors
///
/// Fails if a capability is not JSON.
pub(super) fn check(sources: &Sources) -> Result<Vec<Complaint>> {
    let below = |folder: &'static str| sources.iter().filter(move |source| source.path.starts_with(folder));
    let one = |path: &'static str| sources.iter().filter(move |source| source.path == path);
    let mut granted = Commands::new();
    let mut complaints = Vec::new();
    for capability in below(GRANTED).filter(|source| source.is("json")) {
        let commands = grants(capability)?;
        if capability.path == PICKER {
            let foreign = commands.iter().filter(|command| !command.starts_with("picker|"));
            complaints.extend(foreign.map(|command| format!("{PICKER}: the picker may not call {command}")));
        }
        granted.extend(commands);
    }
    let lists: [(&str, Commands); 4] = [
        (DECLARED, one(DECLARED).flat_map(declarations).collect()),
        (HANDLED, below(HANDLED).flat_map(handlers).collect()),
        (GRANTED, granted),
        (CALLED[0], CALLED.into_iter().flat_map(one).flat_map(calls).collect()),
    ];
    let all: Commands = lists.iter().flat_map(|(_, commands)| commands.clone()).collect();
    let missing = lists.iter().flat_map(|(place, commands)| {
        all.difference(commands).map(move |command| format!("{place}: does not name the command {command}"))
    });
    complaints.extend(missing);
    Ok(complaints)
}

/// The table of build.rs: `("topic", &["verb", …]), …`.
fn declarations(source: &Source) -> Vec<String> {
    let Some((_, table)) = source.text.split_once("TOPICS: ") else { return Vec::new() };
    let table = table.split_once("];\n").map_or(table, |(table, _)| table);
    let mut commands = Vec::new();
    // Each piece begins after the bracket of a topic; the type of the table has no string in it.
    for piece in table.split('(').skip(1) {
        let mut words = quoted(piece);
        if let Some(topic) = words.next() {
            commands.extend(words.map(|verb| format!("{topic}|{verb}")));
        }
    }
    commands
}

/// What stands between double quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

/// The plugin of a topic: `Builder::new("topic")` and `generate_handler![verb, …]`.
fn handlers(source: &Source) -> Vec<String> {
    let between = |start: &str, end: char| {
        let (_, rest) = source.text.split_once(start)?;
        rest.split_once(end).map(|(inside, _)| inside)
    };
    let (Some(topic), Some(verbs)) = (between("Builder::new(\"", '"'), between("generate_handler![", ']'))
    else {
        return Vec::new();
    };
    let verbs = verbs.split(',').map(str::trim).filter(|verb| !verb.is_empty());
    verbs.map(|verb| format!("{topic}|{}", verb.rsplit("::").next().unwrap_or(verb))).collect()
}

/// The permissions of a capability: `topic:allow-some-verb`, other than those of Tauri itself.
fn grants(source: &Source) -> Result<Vec<String>> {
    let json: Value =
        serde_json::from_str(&source.text).with_context(|| format!("{} is not JSON", source.path))?;
    let permissions = json["permissions"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let ours = permissions.filter(|permission| !permission.starts_with("core:"));
    let named = ours.filter_map(|permission| permission.split_once(":allow-"));
    Ok(named.map(|(topic, verb)| format!("{topic}|{}", verb.replace('-', "_"))).collect())
}

/// What the window calls: every string of the form `topic|verb`.
fn calls(source: &Source) -> Vec<String> {
    let word = |text: &str| {
        !text.is_empty() && text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
    };
    let strings = source.lines().flat_map(|(_, line)| quoted(line));
    let calls =
        strings.filter(|text| text.split_once('|').is_some_and(|(topic, verb)| word(topic) && word(verb)));
    calls.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(declared: &str, handled: &str, granted: &str, called: &str) -> Vec<Complaint> {
        let build = format!("const TOPICS: &[(&str, &[&str])] = &[\n    (\"keys\", &[{declared}]),\n];\n");
        let plugin = format!("Builder::new(\"keys\").invoke_handler(tauri::generate_handler![{handled}])");
        let capability = format!("{{\"permissions\": [{granted}\"core:event:allow-listen\"]}}");
        let sources = Sources::of(&[
            (DECLARED, &build),
            ("src-tauri/src/commands/keys.rs", &plugin),
            ("src-tauri/capabilities/main.json", &capability),
            (CALLED[0], called),
        ]);
        check(&sources).unwrap()
    }

    #[test]
    fn four_lists_that_agree_are_fine() {
        let complaints = lists(
            "\"list\", \"copy_prefix\"",
            "list,\n copy_prefix",
            "\"keys:allow-list\", \"keys:allow-copy-prefix\", ",
            "a: () => call(\"keys|list\"),\nb: () => call(\"keys|copy_prefix\"),",
        );
        assert_eq!(complaints, Vec::<Complaint>::new());
    }

    #[test]
    fn the_picker_may_call_nothing_of_the_main_window() {
        let capability =
            r#"{"permissions": ["core:event:allow-listen", "picker:allow-copy", "rotation:allow-rotate"]}"#;
        let complaints = check(&Sources::of(&[(PICKER, capability)])).unwrap();
        assert_eq!(complaints[0], format!("{PICKER}: the picker may not call rotation|rotate"));
    }

    #[test]
    fn a_command_missing_from_one_list_is_named_with_the_list() {
        let complaints = lists("\"list\"", "list", "", "call(\"keys|list\")");
        assert_eq!(complaints, ["src-tauri/capabilities/: does not name the command keys|list"]);
    }

    #[test]
    fn a_command_the_window_calls_and_nobody_has_is_missing_three_times() {
        assert_eq!(lists("", "", "", "call(\"keys|burn\")").len(), 3);
    }
}
