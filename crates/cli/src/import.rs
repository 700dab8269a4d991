//! `keystow import`: a secret from a pipe, a file or the clipboard, on its way into the vault of the app.

use std::fs::File;
use std::io::{IsTerminal as _, Read, Stdin};
use std::path::PathBuf;

use clap::Args;
use keystow_domain::{Variable, visible};
use keystow_engine::{Left, Taken, TakenFrom};
use serde_json::json;

use crate::secret::variable;
use crate::{Answer, Failure, desk, ends};

/// `keystow import`.
#[derive(Args)]
#[command(after_help = "\
Without an option the secret is read from the standard input, which must be a pipe or a file. It is found in what
is given by what the portal shows of it, tried where that can be done, and stowed by the app.")]
pub(crate) struct Import {
    /// The key's name or id.
    key: String,
    #[command(flatten)]
    of: desk::Of,
    /// Take it from the clipboard, which is cleared then.
    #[arg(long, conflicts_with = "env_file")]
    from_clipboard: bool,
    /// Take it from a file of variables, which is left as it is.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// The variable in the file, where several look like the secret.
    #[arg(long, value_name = "NAME", requires = "env_file", value_parser = variable)]
    var: Option<Variable>,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Hands a secret to the app.
pub(crate) async fn import(import: Import) -> Result<Answer, Failure> {
    let beside = desk::open().await?;
    let wanted = import.of.key(import.key, None);
    let taken = match (&import.env_file, import.from_clipboard) {
        (Some(file), _) => {
            let mut file = File::open(file).map_err(|_| {
                Failure::Ended(
                    "The file cannot be read. Nothing was taken. Check its name and its rights.",
                    ends::refused,
                )
            })?;
            let is_kept = is_file(&file);
            beside.import(&wanted, text(&mut file, is_kept, import.var)).await?
        }
        (None, true) => beside.import(&wanted, TakenFrom::Clipboard).await?,
        (None, false) => {
            let mut input = std::io::stdin();
            if input.is_terminal() {
                return Err(Failure::Refused(
                    "A secret that is typed here would be seen. Nothing was taken. Pipe it in, or use --from-clipboard or --env-file.",
                ));
            }
            let is_kept = is_from_file(&input);
            beside.import(&wanted, text(&mut input, is_kept, None)).await?
        }
    };
    let (name, tried, left) = match taken {
        Taken::Done { name, tried, left } => (name, tried, left),
        Taken::Refused { code, text } => return Err(Failure::Told { code, text: visible(&text) }),
    };
    if import.json {
        let cleared = left.map(|left| left == Left::Cleared);
        let answer = json!({ "name": name, "accepted": tried, "clipboardCleared": cleared });
        return Ok(Answer::good(format!("{answer}\n")));
    }
    let tried = if tried { "The portal accepts it." } else { "It looks right; there is nowhere to try it." };
    let after = match (left, &import.env_file) {
        (Some(Left::Cleared), _) => " The clipboard is cleared.".to_owned(),
        (Some(Left::Replaced), _) => " Something else is on the clipboard already.".to_owned(),
        (Some(Left::Unverified), _) => " The clipboard may still hold it: copy something else.".to_owned(),
        (None, Some(file)) => {
            format!(" It still stands in {}: remove it there.", visible(&file.display().to_string()))
        }
        (None, None) => String::new(),
    };
    Ok(Answer::good(format!("The secret of “{}” is on this device. {tried}{after}\n", visible(&name))))
}

/// A text of a file, which stays, or of a pipe, which gives it once.
fn text(from: &mut (dyn Read + Send), is_kept: bool, variable: Option<Variable>) -> TakenFrom<'_> {
    if is_kept { TakenFrom::File(from, variable) } else { TakenFrom::Pipe(from, variable) }
}

/// Whether it is a file. A pipe may have a name as well, such as that of “<(…)” in a shell.
fn is_file(opened: &File) -> bool {
    opened.metadata().is_ok_and(|about| about.is_file())
}

/// Whether the standard input comes from a file.
#[cfg(unix)]
fn is_from_file(input: &Stdin) -> bool {
    let opened = std::os::fd::AsFd::as_fd(input).try_clone_to_owned();
    opened.is_ok_and(|opened| is_file(&File::from(opened)))
}

/// Whether the standard input comes from a file: it is taken for a pipe, of which less is promised.
#[cfg(not(unix))]
fn is_from_file(_: &Stdin) -> bool {
    false
}
