//! The first call with a key: ready to be pasted somewhere, or made from here.

use std::time::Duration;

use keystow_connect::RateLimit;
use keystow_domain::{AccountId, KeyId, Variable};
use keystow_vault::{Endpoint, Piece};

use crate::engine::Engine;
use crate::events::Event;
use crate::forms::{FormName, call_form};
use crate::probing::Probe;
use crate::{Trouble, words};

/// How a key is called for the first time, as a person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstCallSight {
    /// What is called; nothing where neither the portal nor the person named an address.
    pub probe: Option<Probe>,
    /// The call in each language, with a gap for the secret; empty without an address.
    pub calls: Vec<(FormName, Vec<Piece>)>,
}

/// What came of a call with the secret of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallSight {
    /// The HTTP status.
    pub status: u16,
    /// From the start of the connection to the head of the answer.
    pub took: Duration,
    /// The rate limit that the answer told.
    pub limits: Option<RateLimit>,
}

impl Engine {
    /// How a key is called for the first time.
    ///
    /// # Errors
    ///
    /// Fails if the key is not in the list.
    pub async fn first_call(&self, key: &KeyId) -> Result<FirstCallSight, Trouble> {
        let account = self.holder(key)?;
        let name = self.row(&account, key)?.key.name;
        let _ = self.abilities(&account).await;
        let (probe, _) = self.probing(&account, key).await;
        let variable = Variable::suggested(&name);
        let calls = match self.endpoint(&account, key).await {
            Ok(endpoint) => FormName::CALLS
                .into_iter()
                .filter_map(|call| {
                    Some((call.clone(), call_form(&call, endpoint.clone())?.preview(&variable)))
                })
                .collect(),
            Err(_) => Vec::new(),
        };
        Ok(FirstCallSight { probe, calls })
    }

    /// Calls the address of a key's first call with its current secret. It is a call like any other: the
    /// portal counts it. What the answer says of the secret is kept as a trial.
    ///
    /// # Errors
    ///
    /// Fails if there is no address or no secret here, the vault does not give it, or nothing answered.
    pub async fn try_call(&self, key: &KeyId) -> Result<CallSight, Trouble> {
        let account = self.current_account()?;
        let now = self.portal_now(&account);
        let (operation, _) = self.copyable(&account, key, false, now)?;
        let (trial, own) = self.trial(&account, key).await?;
        let answer = self.call(&account, (&trial, own), operation).await?;
        self.tell(Event::Rotation(key.clone()));
        Ok(CallSight { status: answer.status, took: answer.took, limits: answer.limits })
    }

    /// Where the secret of a key goes in a first call.
    pub(crate) async fn endpoint(&self, account: &AccountId, key: &KeyId) -> Result<Endpoint, Trouble> {
        let (trial, _) = self.trial(account, key).await?;
        if self.listed(account, key).is_some_and(|key| key.client.is_some()) {
            // Its secret goes nowhere by itself: a token is got with it first.
            return Err(words::no_probe());
        }
        Ok(Endpoint {
            url: trial.url().to_owned(),
            header: trial.header().to_owned(),
            before: trial.before().to_owned(),
        })
    }
}
