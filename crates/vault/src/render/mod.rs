//! The door to texts that carry a secret: a line for a shell, a header, a document.
//!
//! A text is laid out twice, first to learn its size and then into a buffer of exactly that size, so
//! that no growing buffer leaves copies. What a person sees of it is laid out by the same rules with a
//! gap where the secret would stand.

mod calls;
mod escape;
mod template;

use keystow_domain::{OperationId, Variable};
use zeroize::Zeroizing;

use crate::{Clipboard, CopyError, Secret, Stay, Vault};
pub(crate) use escape::Escape;
pub use template::{BadTemplate, Template};

/// The form that a secret takes on the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// The secret alone.
    Raw,
    /// A line of an `.env` file: bare where every reader agrees on it, otherwise quoted.
    Dotenv,
    /// A command of a POSIX shell (XCU §2.2.2: everything between single quotes stands for itself).
    Export,
    /// A command of PowerShell.
    PowerShell,
    /// An option of curl with the header that the portal's gateway reads.
    CurlHeader {
        /// The header's name.
        name: String,
        /// What stands in it before the secret.
        before: String,
    },
    /// The header of RFC 6750 §2.1.
    Bearer,
    /// A JSON object (RFC 8259).
    Json,
    /// A manifest for `kubectl apply`.
    Kubernetes,
    /// A part of a Compose file, in which `$` begins a variable unless it is doubled.
    Compose,
    /// A line of a `.tfvars` file, in which `${` and `%{` begin a template.
    Terraform,
    /// A first call with curl.
    CurlCall(Endpoint),
    /// A first call from JavaScript, with the `fetch` of browsers, Node, Deno and Bun.
    JavaScriptCall(Endpoint),
    /// A first call from Python, with its standard library.
    PythonCall(Endpoint),
    /// The person's own.
    Template(Template),
}

/// What a first call goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The address, which is asked with GET.
    pub url: String,
    /// The name of the header that carries the secret.
    pub header: String,
    /// What stands in it before the secret.
    pub before: String,
}

/// A part of a text, as a person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Public text.
    Text(String),
    /// The place of the secret.
    Secret,
}

/// Why a secret does not fit into a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It holds a character that no header may carry (RFC 9110 §5.5).
    #[error("the secret cannot stand in a header")]
    Header,
    /// It holds a NUL, which ends a text in shells and environments.
    #[error("the secret holds a character that ends a text")]
    Nul,
}

impl Vault {
    /// Puts a text that carries a secret on the clipboard; returns when the clipboard is known
    /// to offer it.
    ///
    /// # Errors
    ///
    /// Fails if the vault does not give the secret, it does not fit the form, or the clipboard does not
    /// take it.
    pub async fn copy_as(
        &self,
        operation: &OperationId,
        (form, variable): (&Form, &Variable),
        clipboard: &Clipboard,
        stay: impl Into<Stay>,
    ) -> Result<(), CopyError> {
        let secret = self.reveal_to_request(operation).await?;
        let text = form.render(variable, &secret)?;
        drop(secret);
        Ok(clipboard.offer(text, stay).await?)
    }
}

impl Vault {
    /// Writes a text that carries a secret to something that is no terminal; whoever calls it has made sure.
    ///
    /// # Errors
    ///
    /// Fails if the vault does not give the secret or it does not fit the form.
    pub async fn print_as(
        &self,
        operation: &OperationId,
        (form, variable): (&Form, &Variable),
        out: &mut dyn std::io::Write,
    ) -> Result<std::io::Result<()>, CopyError> {
        let secret = self.reveal_to_request(operation).await?;
        let text = form.render(variable, &secret)?;
        Ok(out.write_all(text.expose().as_bytes()).and_then(|()| out.flush()))
    }
}

impl Form {
    /// The text with a gap for the secret.
    pub fn preview(&self, variable: &Variable) -> Vec<Piece> {
        let mut sketch = Sketch(Vec::new());
        self.lay_out(variable, &mut sketch);
        sketch.0
    }

    /// The text with the secret in it.
    pub(crate) fn render(&self, variable: &Variable, secret: &Secret) -> Result<Secret, Misfit> {
        self.check(secret)?;
        let mut size = Size { secret, bytes: 0 };
        self.lay_out(variable, &mut size);
        let mut ink = Ink { secret, text: Zeroizing::new(String::with_capacity(size.bytes)) };
        self.lay_out(variable, &mut ink);
        Ok(Secret::from_text(std::mem::take(&mut *ink.text)))
    }

    fn check(&self, secret: &Secret) -> Result<(), Misfit> {
        let text = secret.expose();
        match self {
            Self::Raw | Self::Json | Self::Kubernetes => Ok(()),
            Self::CurlHeader { .. }
            | Self::Bearer
            | Self::CurlCall(_)
            | Self::JavaScriptCall(_)
            | Self::PythonCall(_)
                if text.chars().any(char::is_control) =>
            {
                Err(Misfit::Header)
            }
            _ if text.contains('\0') => Err(Misfit::Nul),
            _ => Ok(()),
        }
    }

    fn lay_out(&self, variable: &Variable, page: &mut dyn Page) {
        let name = variable.as_str();
        match self {
            Self::Raw => page.secret(Escape::None),
            Self::Dotenv => page.line([name, "="], Escape::Dotenv, ""),
            Self::Export => page.line(["export ", name, "='"], Escape::Shell, "'"),
            Self::PowerShell => page.line(["$env:", name, " = '"], Escape::PowerShell, "'"),
            Self::CurlHeader { name, before } => {
                let (name, before) = (escape::shell_text(name), escape::shell_text(before));
                page.line(["-H '", &name, ": ", &before], Escape::Shell, "'");
            }
            Self::Bearer => page.line(["Authorization: Bearer "], Escape::None, ""),
            Self::Json => page.line(["{\n  \"", name, "\": \""], Escape::Json, "\"\n}\n"),
            Self::Kubernetes => {
                page.text("apiVersion: v1\nkind: Secret\nmetadata:\n  name: ");
                page.line(
                    [
                        &escape::yaml_word(&variable.label()),
                        "\ntype: Opaque\nstringData:\n  ",
                        &escape::yaml_word(name),
                        ": \"",
                    ],
                    Escape::Yaml,
                    "\"\n",
                );
            }
            Self::Compose => {
                page.line(["environment:\n  ", &escape::yaml_word(name), ": \""], Escape::Compose, "\"\n");
            }
            Self::Terraform => {
                page.line([&name.to_ascii_lowercase(), " = \""], Escape::Terraform, "\"\n");
            }
            Self::CurlCall(endpoint) => calls::curl(endpoint, page),
            Self::JavaScriptCall(endpoint) => calls::java_script(endpoint, page),
            Self::PythonCall(endpoint) => calls::python(endpoint, page),
            Self::Template(template) => template.lay_out(name, page),
        }
    }
}

/// What a text is laid out on.
trait Page {
    /// Public text.
    fn text(&mut self, text: &str);
    /// The secret, as it must be written there.
    fn secret(&mut self, escape: Escape);
}

impl dyn Page + '_ {
    fn line<const N: usize>(&mut self, before: [&str; N], escape: Escape, after: &str) {
        for text in before {
            self.text(text);
        }
        self.secret(escape);
        self.text(after);
    }
}

/// For a person's eyes.
struct Sketch(Vec<Piece>);

impl Page for Sketch {
    fn text(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(before)) => before.push_str(text),
            _ => self.0.push(Piece::Text(text.to_owned())),
        }
    }

    fn secret(&mut self, _: Escape) {
        self.0.push(Piece::Secret);
    }
}

/// Counts bytes.
struct Size<'a> {
    secret: &'a Secret,
    bytes: usize,
}

impl Page for Size<'_> {
    fn text(&mut self, text: &str) {
        self.bytes += text.len();
    }

    fn secret(&mut self, escape: Escape) {
        escape.write(self.secret.expose(), &mut |part| self.bytes += part.len());
    }
}

/// Writes for real.
struct Ink<'a> {
    secret: &'a Secret,
    text: Zeroizing<String>,
}

impl Page for Ink<'_> {
    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn secret(&mut self, escape: Escape) {
        escape.write(self.secret.expose(), &mut |part| self.text.push_str(part));
    }
}

#[cfg(test)]
mod tests;
