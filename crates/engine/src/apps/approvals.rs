//! The queue of what waits for an administrator. Each decision is made once, by the portal's word.

use keystow_connect::Failure;
use keystow_domain::{Subscription, SubscriptionId};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::session::ask;
use crate::{Trouble, words};

/// The longest reason, in characters (RejectRequest of the DeveloperService contract).
const LONGEST_REASON: usize = 500;

/// A decision that was taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The subscription as it is now.
    pub subscription: Subscription,
}

impl Engine {
    /// Approves what waits, or rejects it for a reason that the developer is told.
    ///
    /// # Errors
    ///
    /// Says that it was decided or taken back before, or that it is not known whether the decision was taken over.
    pub async fn decide(&self, id: &SubscriptionId, rejected_for: Option<&str>) -> Result<Decided, Trouble> {
        let account = self.current_account()?;
        let turn = self.turn_of_changes(&account);
        let _turn = turn.lock().await;
        let reason = rejected_for.map(str::trim);
        if reason.is_some_and(|why| why.is_empty() || why.chars().count() > LONGEST_REASON) {
            return Err(words::no_reason(LONGEST_REASON).about(vec![("reason".to_owned(), String::new())]));
        }
        let about = {
            let state = self.state();
            let asks = state.apps.get(&account).map(|known| known.asks.as_slice()).unwrap_or_default();
            asks.iter()
                .find(|ask| ask.subscription.id == *id)
                .map(|ask| (ask.app_name.clone(), ask.product_name.clone()))
        };
        let decided = ask!(self, &account, |portal, token| portal.decide(token, id, reason));
        let subscription = match decided {
            Ok(subscription) => subscription,
            Err(failed) => {
                let trouble = match &failed {
                    Failure::Unknown(_) => words::decision_unknown(),
                    failed => {
                        let _ = self.app_change_failed(&account, None, None, failed).await;
                        words::of_decision(failed)
                    }
                };
                // What is not as it was thought to be is read again.
                if !matches!(failed, Failure::NotSent(_)) {
                    self.read_apps(&account).await;
                }
                return Err(trouble);
            }
        };
        if let Some(known) = self.state().apps.get_mut(&account) {
            known.asks.retain(|ask| ask.subscription.id != *id);
        }
        // Whoever decides about an app of their own knows it already.
        self.hush_decision(&account, &subscription).await;
        self.tell(Event::Apps);
        self.tell(Event::Keys);
        let deed = if reason.is_some() { Deed::Rejected } else { Deed::Approved };
        let (app, product) = about.unwrap_or_default();
        self.log(Note::new(deed).of(&account).fact("app", app).fact("product", product)).await;
        Ok(Decided { subscription })
    }
}
