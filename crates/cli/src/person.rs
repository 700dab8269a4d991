//! The person at the terminal, asked there and nowhere else: what is piped in or out is no answer of theirs.

use std::io::{self, BufRead as _, BufReader, Write as _};

use keystow_domain::visible;
use keystow_engine::{Answered, Passphrase, PassphraseQuestion, Person};

/// Whoever sits at the terminal that this process belongs to.
pub(crate) struct AtTerminal;

impl Person for AtTerminal {
    fn confirms(&self, name: &str) -> bool {
        let question = format!("“{}” is a production key. Give its secret? Type yes: ", visible(name));
        ask(&question).is_ok_and(|answer| answer.trim() == "yes")
    }
}

/// Asks for the passphrase that opens the vault, at the terminal alone, and without showing what is typed.
pub(crate) fn passphrase(question: &PassphraseQuestion) -> Answered {
    match hidden(&format!("{} {}: ", question.text, question.label)) {
        Ok(typed) if typed.is_empty() => Answered::Dismissed,
        Ok(typed) => Answered::Given(Passphrase::typed(typed)),
        // The end of the input, as Ctrl and D give it.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Answered::Dismissed,
        Err(_) => Answered::Nowhere,
    }
}

/// Reads a line at the terminal without showing it.
#[cfg(unix)]
fn hidden(question: &str) -> io::Result<String> {
    let mut terminal = quiet::Terminal::open()?;
    terminal.say(question)?;
    let input = rpassword::ConfigBuilder::new().input_reader(terminal.clone()).output_discard().build();
    let typed = rpassword::read_password_with_config(input);
    terminal.say("\n")?;
    typed
}

/// Reads a line at the console without showing it.
#[cfg(not(unix))]
fn hidden(question: &str) -> io::Result<String> {
    rpassword::prompt_password(question)
}

#[cfg(unix)]
mod quiet;

/// Asks at the terminal, whatever the standard streams are.
#[cfg(unix)]
fn ask(question: &str) -> io::Result<String> {
    let mut terminal = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    terminal.write_all(question.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(terminal).read_line(&mut answer)?;
    Ok(answer)
}

/// Asks where there is a console.
#[cfg(not(unix))]
fn ask(question: &str) -> io::Result<String> {
    use std::io::IsTerminal as _;
    if !io::stdin().is_terminal() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    io::stderr().write_all(question.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(io::stdin()).read_line(&mut answer)?;
    Ok(answer)
}
