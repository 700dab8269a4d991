//! A decision about what an app asked for is told once, whatever was slept or closed through.
//!
//! It is claimed on disk before it is told, as reminders are: neither a restart nor a second process tells it again.

use std::time::Duration;

use keystow_domain::{AccountId, KeyId, Subscription, SubscriptionState, Timestamp};

use crate::engine::Engine;
use crate::events::Event;
use crate::notices::{Action, Tone};
use crate::store::Told;
use crate::words;
use crate::words::native::Saying;

/// What was decided longer ago is not told any more.
const OLD: Duration = Duration::from_secs(30 * 86_400);
/// More at once than this are told in one sentence.
const MANY: usize = 3;

/// A decision that nobody was told.
struct News {
    told: Told,
    app: String,
    product: String,
    subscription: Subscription,
}

impl Engine {
    /// Tells every decision that was not told before.
    pub(super) async fn tell_decisions(&self, account: &AccountId) {
        let since = self.reminders_since().await.max(self.portal_now(account).minus(OLD));
        let mut news = self.decisions(account, since);
        if news.is_empty() {
            return;
        }
        let claims = news.iter().map(|one| (one.told.clone(), Vec::new())).collect();
        let mine = match self.0.store.claim(claims, self.now()).await {
            Ok(mine) => mine,
            Err(error) => {
                tracing::warn!(%error, "decisions could not be noted, so they are told later");
                return;
            }
        };
        let mut mine = mine.into_iter();
        news.retain(|_| mine.next().unwrap_or(false));
        if news.is_empty() {
            return;
        }
        self.tell_news(account, &news);
        self.tell(Event::App);
        // What was decided changes how keys of the app stand.
        self.state().due_again.remove(account);
        self.0.wake.notify_one();
    }

    fn decisions(&self, account: &AccountId, since: Timestamp) -> Vec<News> {
        let state = self.state();
        let Some(known) = state.apps.get(account) else { return Vec::new() };
        let product = |one: &Subscription| {
            let named = known.products.iter().find(|product| product.id == one.product);
            named.map_or_else(|| one.product.to_string(), |product| product.name.clone())
        };
        let all = known.apps.iter().flat_map(|app| app.subscriptions.iter().map(move |one| (app, one)));
        let decided = all.filter_map(|(app, one)| {
            let told = told(account, one).filter(|told| told.ends_at >= since)?;
            Some(News { told, app: app.name.clone(), product: product(one), subscription: one.clone() })
        });
        decided.collect()
    }

    fn tell_news(&self, account: &AccountId, news: &[News]) {
        if news.len() > MANY {
            let (id, what) = (format!("decided:{account}"), words::many_decided(news.len()));
            self.state().notices.tell(&id, what, Tone::Info, None, Some(Action::Apps));
            self.notify(&Saying::ManyDecided(news.len()), None);
            return;
        }
        for one in news {
            let reason = one.subscription.reason.as_deref().unwrap_or_default();
            let (what, tone, saying) = if one.subscription.state == SubscriptionState::Rejected {
                let what = words::subscription_rejected(&one.app, &one.product, reason);
                (what, Tone::Warning, Saying::Rejected)
            } else {
                (words::subscription_approved(&one.app, &one.product), Tone::Info, Saying::Approved)
            };
            let id = format!("decided:{account}:{}", one.subscription.id);
            self.state().notices.tell(&id, what, tone, None, Some(Action::Apps));
            self.notify(&saying, Some((None, &one.app)));
        }
    }

    /// Takes a decision as told: whoever is signed in made it.
    pub(super) async fn hush_decision(&self, account: &AccountId, subscription: &Subscription) {
        if let Some(told) = told(account, subscription) {
            let _ = self.0.store.claim(vec![(told, Vec::new())], self.now()).await;
        }
    }
}

/// How a decision is noted on disk: by its subscription, since one that is asked for again has another id.
fn told(account: &AccountId, one: &Subscription) -> Option<Told> {
    Some(Told {
        account: account.clone(),
        key: KeyId::new(one.id.as_str()),
        what: "decision",
        ends_at: one.decision()?,
        step: if one.state == SubscriptionState::Rejected { "rejected" } else { "approved" },
    })
}
