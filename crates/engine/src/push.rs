//! Giving a secret to GitHub Actions through GitHub's own program, which has the person's sign-in.
//!
//! The program reads the secret from its standard input. Its name and the repository are arguments,
//! which everybody on this computer may read; the secret is none of them.

use std::time::Duration;

use keystow_domain::{AccountId, KeyId, Variable};
use keystow_vault::child::{Ended, FeedError, Program};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::places::PlaceKind;
use crate::{Trouble, words};

/// GitHub's program.
const GH: &str = "gh";
/// How long it may take: it asks GitHub for a key, and then hands the sealed secret over.
const PATIENCE: Duration = Duration::from_secs(60);
/// What `gh` ends with when nobody is signed in (`gh help exit-codes`).
const SIGNED_OUT: i32 = 4;
/// The longest name of an owner or a repository.
const LONGEST: usize = 100;

impl Engine {
    /// Sets a secret of GitHub Actions to the current secret of a key. The repository becomes a place of
    /// the key; while a rotation is open, it counts as delivered there.
    ///
    /// # Errors
    ///
    /// Says why the secret was not set, and what to do about it.
    pub async fn push(&self, key: &KeyId, variable: &str, repository: &str) -> Result<(), Trouble> {
        self.push_of(&self.current_account()?, key, (variable, repository)).await
    }

    /// The same for a key of any account, once more: under the name and to the repository of the last time.
    /// Whoever asks cannot choose where the secret goes.
    ///
    /// # Errors
    ///
    /// As [`Engine::push`], and if there was no last time.
    pub async fn push_again(&self, account: &AccountId, key: &KeyId) -> Result<(), Trouble> {
        let forms = self.forms_of(account, key, None).await?;
        let repository = forms.repository.ok_or_else(words::bad_repository)?;
        let variable = forms.pushed_as.unwrap_or(forms.variable);
        self.push_of(account, key, (&variable, &repository)).await
    }

    async fn push_of(
        &self,
        account: &AccountId,
        key: &KeyId,
        (variable, repository): (&str, &str),
    ) -> Result<(), Trouble> {
        let variable = Variable::parse(variable).ok_or_else(words::bad_variable)?;
        // Names that begin so are GitHub's own.
        if variable.as_str().to_ascii_uppercase().starts_with("GITHUB_") {
            return Err(words::reserved_variable());
        }
        let repository = repository.trim();
        if !is_repository(repository) {
            return Err(words::bad_repository());
        }
        let (operation, name) = self.copyable(account, key, false, self.portal_now(account))?;
        self.confirmed(account, key)?;
        let program = self.0.host.program(GH);
        let program = Program {
            name: &program,
            arguments: &["secret", "set", variable.as_str(), "--repo", repository],
            environment: &[("GH_PROMPT_DISABLED", "1"), ("GH_NO_UPDATE_NOTIFIER", "1")],
            patience: PATIENCE,
        };
        settled(self.0.vault.feed(&operation, program).await, repository)?;
        let place = format!("{repository} {}", variable.as_str());
        let note = Note::new(Deed::Pushed).of(account).key(key, &name);
        self.log(note.fact("place", &place)).await;
        self.remember(account, key, |habit| {
            habit.variable = Some(variable.as_str().to_owned());
            habit.repository = Some(repository.to_owned());
            habit.pushed_as.clone_from(&habit.variable);
        })
        .await;
        self.went_to(account, key, (PlaceKind::Ci, place)).await
    }
}

/// What became of the secret, as a person should read it.
fn settled(fed: Result<Ended, FeedError>, repository: &str) -> Result<(), Trouble> {
    match fed {
        Ok(Ended { code: Some(0), .. }) => Ok(()),
        Ok(Ended { code: Some(SIGNED_OUT), .. } | Ended { status: Some(401), .. }) => {
            Err(words::gh_signed_out())
        }
        Ok(Ended { status: Some(403 | 404), .. }) => Err(words::gh_refused(repository)),
        Ok(_) | Err(FeedError::Unstartable) => Err(words::gh_failed()),
        Err(FeedError::Vault(error)) => Err(words::vault(error)),
        Err(FeedError::Missing) => Err(words::gh_missing()),
        Err(FeedError::TimedOut) => Err(words::gh_silent()),
    }
}

/// Whether this is `OWNER/REPO`, with a host before it or not. What begins with a hyphen would be an option.
fn is_repository(text: &str) -> bool {
    let good = |part: &str| {
        !part.is_empty()
            && part.len() <= LONGEST
            && !part.starts_with(['-', '.'])
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    (1..=2).contains(&text.matches('/').count()) && text.split('/').all(good)
}

#[cfg(test)]
mod tests {
    use super::is_repository;

    #[test]
    fn a_repository_has_an_owner_and_is_no_option() {
        for good in ["acme/shop", "acme/shop.js", "ghe.acme.example/acme/shop_2"] {
            assert!(is_repository(good), "{good}");
        }
        for bad in
            ["", "acme", "acme/", "/shop", "-x/shop", "acme/--body", "a/b/c/d", "a b/c", "a/b\n", "é/b"]
        {
            assert!(!is_repository(bad), "{bad}");
        }
    }
}
