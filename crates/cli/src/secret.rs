//! `keystow copy` and `env`: secrets on their way out, none of them to a terminal.

use std::io::{IsTerminal as _, Write as _};

use clap::Args;
use keystow_domain::{State, Variable, visible};
use keystow_engine::{Beside, FormName, Piece, Preview, Wanted};
use serde_json::{Value, json};

use crate::{Answer, Failure, desk, say};

/// What stands for a secret that is not shown.
const MASK: &str = "••••••••";

/// `keystow copy`.
#[derive(Args)]
pub(crate) struct Copy {
    /// The key's name or id.
    key: String,
    #[command(flatten)]
    of: desk::Of,
    /// The form: raw, dotenv, export, powershell, curl, bearer, json, kubernetes, compose or terraform, or a
    /// first call: curl_call, javascript_call or python_call, for a key whose address was chosen in the app.
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
    #[command(flatten)]
    of: desk::Of,
    /// The form: dotenv, export, powershell and the like.
    #[arg(long = "as", value_name = "FORM", default_value = "dotenv", value_parser = desk::form)]
    form: FormName,
    /// Print the secrets. The output must be a file or a program, never a terminal.
    #[arg(long, requires = "reason")]
    print: bool,
    /// Why they are printed; the log keeps it.
    #[arg(long, requires = "print")]
    reason: Option<String>,
    /// Answer as JSON, without the secrets.
    #[arg(long, conflicts_with = "print")]
    json: bool,
}

pub(crate) fn variable(text: &str) -> Result<Variable, String> {
    Variable::parse(text).ok_or_else(|| "letters, digits and underscores, no digit first".into())
}

/// Puts a secret on the clipboard.
pub(crate) async fn copy(copy: Copy) -> Result<Answer, Failure> {
    let beside = desk::open().await?;
    let wanted = copy.of.key(copy.key, copy.name);
    let row = beside.copy(&wanted, &copy.form).await?;
    tell_unlogged(&beside);
    let seconds = beside.keep().as_secs();
    if copy.json {
        let answer = json!({
            "id": row.key.id.as_str(),
            "name": row.key.name,
            "state": row.state.word(),
            "form": copy.form.word(),
            "clearedAfterSeconds": seconds,
        });
        return Ok(Answer::good(format!("{answer}\n")));
    }
    let name = visible(&row.key.name);
    let mut text =
        format!("The secret of “{name}” is on the clipboard. It is cleared after {seconds} seconds.\n");
    if matches!(row.state, State::Pending | State::Suspended) {
        let state = row.state.word();
        text.push_str(&format!("The key is {state}: until that changes nothing accepts it.\n"));
    }
    Ok(Answer::good(text))
}

/// Shows variables with their secrets hidden, or prints them.
pub(crate) async fn env(env: Env) -> Result<Answer, Failure> {
    match &env.reason {
        Some(reason) if env.print => print(&env, reason).await,
        _ => preview(&env).await,
    }
}

async fn preview(env: &Env) -> Result<Answer, Failure> {
    let beside = desk::open().await?;
    let mut all = Vec::new();
    for wanted in &env.of.put_on(&env.keys) {
        all.push(beside.preview(wanted, &env.form).await?);
    }
    if env.json {
        let all: Value = all.iter().map(preview_json).collect();
        return Ok(Answer::good(format!("{all}\n")));
    }
    let mut text = String::new();
    for Preview { pieces, .. } in all {
        text.extend(pieces.into_iter().map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Secret => MASK.to_owned(),
        }));
        end_line(&mut text);
    }
    Ok(Answer::good(text))
}

fn preview_json(preview: &Preview) -> Value {
    let key = &preview.row.key;
    json!({ "id": key.id.as_str(), "name": key.name, "variable": preview.variable.as_str() })
}

async fn print(env: &Env, reason: &str) -> Result<Answer, Failure> {
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
    let beside = desk::open().await?;
    for wanted in &env.of.put_on(&env.keys) {
        let printed = beside.print(wanted, &env.form, (reason, &mut out)).await?;
        printed.and_then(|()| out.write_all(b"\n")).map_err(Failure::Output)?;
    }
    out.flush().map_err(Failure::Output)?;
    Ok(Answer::good(String::new()))
}

/// What was done is done; that the log does not have it is told beside the answer.
fn tell_unlogged(beside: &Beside) {
    if let Some(trouble) = beside.unlogged() {
        say(&trouble);
    }
}

fn end_line(text: &mut String) {
    if !text.ends_with('\n') {
        text.push('\n');
    }
}
