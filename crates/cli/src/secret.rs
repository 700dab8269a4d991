//! `keystow copy` and `env`: secrets on their way out, none of them to a terminal.

use std::io::{IsTerminal as _, Write as _};

use clap::Args;
use keystow_domain::{Variable, visible};
use keystow_engine::{FormName, Piece, Wanted};

use crate::desk;
use crate::{Answer, Failure};

/// What stands for a secret that is not shown.
const MASK: &str = "••••••••";

/// `keystow copy`.
#[derive(Args)]
pub(crate) struct Copy {
    /// The key's name or id.
    key: String,
    /// The form: raw, dotenv, export, powershell, curl, bearer, json, kubernetes, compose or terraform.
    #[arg(long = "as", value_name = "FORM", default_value = "raw", value_parser = desk::form)]
    form: FormName,
    /// The variable's name in it, if it is not the one that is remembered or guessed.
    #[arg(long, value_name = "VAR", value_parser = variable)]
    name: Option<Variable>,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

/// `keystow env`.
#[derive(Args)]
pub(crate) struct Env {
    /// A key's name or id, and the variable's name if it is not the one that is remembered or guessed.
    #[arg(long = "key", value_name = "NAME[=VAR]", required = true, value_parser = desk::wanted)]
    keys: Vec<Wanted>,
    /// The form: dotenv, export, powershell and the like.
    #[arg(long = "as", value_name = "FORM", default_value = "dotenv", value_parser = desk::form)]
    form: FormName,
    /// Print the secrets. The output must be a file or a program, never a terminal.
    #[arg(long, requires = "reason")]
    print: bool,
    /// Why they are printed; the log keeps it.
    #[arg(long, requires = "print")]
    reason: Option<String>,
}

fn variable(text: &str) -> Result<Variable, String> {
    Variable::parse(text).ok_or_else(|| "letters, digits and underscores, no digit first".into())
}

/// Puts a secret on the clipboard.
pub(crate) async fn copy(copy: Copy) -> Result<Answer, Failure> {
    let beside = desk::open().await?;
    let wanted = Wanted { key: copy.key, variable: copy.name };
    let name = beside.copy(&wanted, &copy.form).await?;
    let seconds = beside.keep().as_secs();
    let text = if copy.json {
        let answer =
            serde_json::json!({ "key": name, "form": copy.form.word(), "clearedAfterSeconds": seconds });
        format!("{answer}\n")
    } else {
        format!(
            "The secret of “{}” is on the clipboard. It is cleared after {seconds} seconds.\n",
            visible(&name)
        )
    };
    Ok(Answer::good(text))
}

/// Shows variables with their secrets hidden, or prints them.
pub(crate) async fn env(env: Env) -> Result<Answer, Failure> {
    let beside = desk::open().await?;
    let Some(reason) = env.reason.as_deref().filter(|_| env.print) else {
        let mut text = String::new();
        for wanted in &env.keys {
            let pieces = beside.preview(wanted, &env.form).await?;
            text.extend(pieces.into_iter().map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Secret => MASK.to_owned(),
            }));
            end_line(&mut text);
        }
        return Ok(Answer::good(text));
    };
    let mut out = std::io::stdout();
    if out.is_terminal() {
        return Err(Failure::Refused(
            "A secret is never printed to a terminal. Nothing was printed. Send the output to a program or a file, or use “keystow run”.",
        ));
    }
    if reason.trim().is_empty() {
        return Err(Failure::Refused(
            "A reason has words. Nothing was printed. Say why the secret is printed.",
        ));
    }
    for wanted in &env.keys {
        let printed = beside.print(wanted, &env.form, (reason, &mut out)).await?;
        printed.and_then(|()| out.write_all(b"\n")).map_err(Failure::Output)?;
    }
    Ok(Answer::good(String::new()))
}

fn end_line(text: &mut String) {
    if !text.ends_with('\n') {
        text.push('\n');
    }
}
