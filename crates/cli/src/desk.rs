//! What the verbs work with: the app's data, a clock, and words for keys and variables.

use std::sync::Arc;

use async_trait::async_trait;
use clap::Args;
use keystow_domain::{Timestamp, Variable};
use keystow_engine::{
    Answered, Beside, FormName, Host, PassphraseQuestion, Setup, SystemClock, Trouble, Wanted,
};

use crate::folder;
use crate::person::{self, AtTerminal};

/// A terminal has no browser and no notices of its own. A person who sits there can type a passphrase.
struct Terminal;

#[async_trait]
impl Host for Terminal {
    fn open_browser(&self, _address: &str) -> bool {
        false
    }

    fn asks_passphrases(&self) -> bool {
        true
    }

    async fn ask_passphrase(&self, question: &PassphraseQuestion) -> Answered {
        person::passphrase(question)
    }
}

/// Opens the app's data.
pub(crate) async fn open() -> Result<Beside, Trouble> {
    let setup = Setup {
        folder: folder::data_folder(),
        guard: folder::guard_program(),
        keyring_service: folder::keyring_service(),
        host: Arc::new(Terminal),
        clock: Arc::new(SystemClock),
    };
    Beside::open(setup, Box::new(AtTerminal)).await
}

/// Waits for what takes time. One thread is enough for what a terminal asks.
#[expect(clippy::expect_used, reason = "a system that gives no event queue runs no program")]
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system gives an event queue");
    let done = runtime.block_on(work);
    // A keyring's prompt that nobody answered is not waited for.
    runtime.shutdown_background();
    done
}

/// Reads `NAME` or `NAME=VAR`. A name may have an equals sign in it, if no variable's name follows.
pub(crate) fn wanted(text: &str) -> Result<Wanted, String> {
    if text.is_empty() {
        return Err("a key has a name".into());
    }
    let split = text.rsplit_once('=').and_then(|(key, name)| Some((key, Variable::parse(name)?)));
    Ok(match split.filter(|(key, _)| !key.is_empty()) {
        Some((key, variable)) => Wanted { key: key.to_owned(), account: None, variable: Some(variable) },
        None => Wanted { key: text.to_owned(), account: None, variable: None },
    })
}

/// Which account has the keys.
#[derive(Args)]
pub(crate) struct Of {
    /// The account that has the key, where several do: who is signed in, or where.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
}

impl Of {
    /// The same wishes, for keys of this account.
    pub(crate) fn put_on(&self, wanted: &[Wanted]) -> Vec<Wanted> {
        let put = |one: &Wanted| Wanted { account: self.account.clone(), ..one.clone() };
        wanted.iter().map(put).collect()
    }

    /// A key of this account.
    pub(crate) fn key(&self, key: String, variable: Option<Variable>) -> Wanted {
        Wanted { key, account: self.account.clone(), variable }
    }
}

/// Reads the word of a form.
pub(crate) fn form(word: &str) -> Result<FormName, String> {
    FormName::from_word(word).ok_or_else(|| {
        let all = FormName::ALL.iter().chain(&FormName::CALLS);
        let words: Vec<&str> = all.map(FormName::word).collect();
        format!("forms are {}", words.join(", "))
    })
}

/// An instant as RFC 3339 writes it.
pub(crate) fn instant(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis()).map(|at| at.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_told_from_a_name_with_an_equals_sign() {
        let read = |text: &str| {
            let wanted = wanted(text).unwrap();
            (wanted.key, wanted.variable.map(|variable| variable.as_str().to_owned()))
        };
        assert_eq!(read("billing"), ("billing".into(), None));
        assert_eq!(read("billing=SHOP_KEY"), ("billing".into(), Some("SHOP_KEY".into())));
        assert_eq!(read("a=b=C"), ("a=b".into(), Some("C".into())));
        assert_eq!(read("a=b c"), ("a=b c".into(), None));
        assert_eq!(read("=C"), ("=C".into(), None));
        assert!(wanted("").is_err());
        assert!(form("dotenv").is_ok() && form("template").is_err() && form("curl_call").is_ok());
    }
}
