//! Alerts: bounds on the usage of a key, or of all keys of an account, that are watched while the app runs.
//!
//! That an alert stands is on disk before it is told, so that a restart does not tell it again.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use keystow_domain::{
    ALERT_NEEDS, AccountId, Blank, Facts, Grouping, KeyId, Quota, Reading, Reported, Resolution, Rule,
    Session, Timestamp, Usage, UsageQuery, read_alert, stands,
};

use crate::engine::Engine;
use crate::events::Event;
use crate::notices::{Action, Tone};
use crate::session::ask;
use crate::store::Alert;
use crate::words::native::Saying;
use crate::{Trouble, words};

/// How often the portal is asked while a window shows the keys.
const OFTEN: Duration = Duration::from_secs(5 * 60);
/// The same while none does.
const SELDOM: Duration = Duration::from_secs(15 * 60);
/// What is watched of an account at most: each key costs the portal a call or two.
const MOST_WATCHED: usize = 50;

/// Failures that say nothing of the other keys.
const OF_ONE_KEY: [&str; 6] =
    ["forbidden", "key_gone", "conflict", "invalid", "portal_failed", "portal_garbage"];

/// A rule, and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertSight {
    /// What is watched.
    pub rule: Rule,
    /// From where on it is told, in percent or hours; nothing if it is not watched.
    pub bound: Option<u32>,
    /// Since when it is told.
    pub raised_at: Option<Timestamp>,
    /// How it stands now; nothing if the portal could not be asked.
    pub reading: Option<Reading>,
}

/// The rules of a key, or of all keys of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertsSight {
    /// Each rule once.
    pub rules: Vec<AlertSight>,
    /// Why it is not known how they stand.
    pub error: Option<Trouble>,
}

/// What is watched, and when it is looked at next.
#[derive(Default)]
pub(crate) struct Watch {
    /// The alerts of each account.
    alerts: HashMap<AccountId, Vec<Alert>>,
    /// When each account is due, on the clock that counts sleep.
    due: HashMap<AccountId, Duration>,
    /// What this process told in the window.
    told: HashSet<String>,
    /// What comes first at the next look at an account that was not looked at to the end.
    first: HashMap<AccountId, usize>,
}

impl Engine {
    /// How the rules of a key of the current account, or of all its keys, stand.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen.
    pub async fn alerts(&self, key: Option<&KeyId>) -> Result<AlertsSight, Trouble> {
        let account = self.current_account()?;
        let facts = self.alert_facts(&account, key, true).await;
        let now = self.portal_now(&account);
        let set = self.state().watch.alerts.get(&account).cloned().unwrap_or_default();
        let sight = |rule| {
            let alert = set.iter().find(|alert| alert.rule == rule && alert.key.as_ref() == key);
            AlertSight {
                rule,
                bound: alert.map(|alert| alert.bound),
                raised_at: alert.and_then(|alert| alert.raised_at),
                reading: facts.as_ref().ok().map(|facts| facts.read(rule, now)),
            }
        };
        Ok(AlertsSight { rules: Rule::ALL.map(sight).into(), error: facts.err() })
    }

    /// Watches something from a bound on, or not any more.
    ///
    /// # Errors
    ///
    /// Fails if the bound cannot be, the key is unknown, too much is watched already, or the disk does not
    /// take it.
    pub async fn save_alert(
        &self,
        key: Option<&KeyId>,
        rule: Rule,
        bound: Option<u32>,
    ) -> Result<(), Trouble> {
        let account = self.current_account()?;
        if let Some(key) = key {
            self.row(&account, key)?;
        }
        let kept = match bound {
            None => self.0.store.remove_alert(account.clone(), key.cloned(), rule).await,
            Some(bound) => {
                if !(1..=rule.most()).contains(&bound) {
                    return Err(words::bad_bound(rule.most()));
                }
                self.watches_no_more_than_it_can(&account, key)?;
                let alert = Alert { key: key.cloned(), rule, bound, raised_at: None };
                self.0.store.save_alert(account.clone(), alert).await
            }
        };
        kept.map_err(|error| words::store(&error))?;
        // Another bound is another alert: what was told of the one before is over.
        self.take_back_alert(&account, key, rule);
        self.recall_alerts(&account).await.map_err(|error| words::store(&error))?;
        self.state().watch.due.remove(&account);
        self.0.wake.notify_one();
        self.tell(Event::App);
        Ok(())
    }

    fn watches_no_more_than_it_can(&self, account: &AccountId, key: Option<&KeyId>) -> Result<(), Trouble> {
        let state = self.state();
        let set = state.watch.alerts.get(account).map(Vec::as_slice).unwrap_or_default();
        let others: HashSet<_> =
            set.iter().map(|alert| alert.key.as_ref()).filter(|other| *other != key).collect();
        if others.len() < MOST_WATCHED { Ok(()) } else { Err(words::many_watched(MOST_WATCHED)) }
    }

    /// Reads an account's alerts from disk.
    pub(crate) async fn recall_alerts(&self, account: &AccountId) -> Result<(), crate::store::StoreError> {
        let alerts = self.0.store.alerts(account.clone()).await?;
        self.state().watch.alerts.insert(account.clone(), alerts);
        Ok(())
    }

    /// Looks at what is watched where it is due, beside everything else.
    pub(crate) fn watch_usage(&self) {
        if !self.0.vault.is_unlocked() {
            return;
        }
        let now = self.0.clock.elapsed();
        for known in self.accounts() {
            let account = known.account.id;
            if !matches!(known.session, Session::SignedIn | Session::Unknown) {
                continue;
            }
            {
                let mut state = self.state();
                let rest = if state.unseen { SELDOM } else { OFTEN };
                let watch = &mut state.watch;
                let is_due = watch.due.get(&account).is_none_or(|due| *due <= now);
                if !is_due || watch.alerts.get(&account).is_none_or(Vec::is_empty) {
                    continue;
                }
                watch.due.insert(account.clone(), now + rest);
            }
            let engine = self.clone();
            tokio::spawn(async move { engine.look_at_usage(&account).await });
        }
    }

    /// Looks at everything that is watched of an account, one key after the other.
    pub(crate) async fn look_at_usage(&self, account: &AccountId) {
        let set = self.state().watch.alerts.get(account).cloned().unwrap_or_default();
        let mut watched: Vec<Option<KeyId>> = set.iter().map(|alert| alert.key.clone()).collect();
        watched.dedup();
        let first = self.state().watch.first.remove(account).unwrap_or_default();
        let count = watched.len().max(1);
        watched.rotate_left(first % count);
        for (place, key) in watched.into_iter().enumerate() {
            let of_key: Vec<Alert> = set.iter().filter(|alert| alert.key == key).cloned().collect();
            if key.as_ref().is_some_and(|key| !self.is_alive(account, key)) {
                for alert in of_key {
                    self.settle_alert(account, &alert, None).await;
                }
                continue;
            }
            let needs_quota = of_key.iter().any(|alert| alert.rule == Rule::Quota);
            let facts = match self.alert_facts(account, key.as_ref(), needs_quota).await {
                Ok(facts) => facts,
                Err(trouble) if OF_ONE_KEY.contains(&trouble.code) => continue,
                // What cannot be asked now is asked first the next time; whether the portal answers is told
                // elsewhere.
                Err(_) => {
                    self.state().watch.first.insert(account.clone(), first + place);
                    return;
                }
            };
            let now = self.portal_now(account);
            for alert in of_key {
                self.settle_alert(account, &alert, Some(facts.read(alert.rule, now))).await;
            }
        }
    }

    fn is_alive(&self, account: &AccountId, key: &KeyId) -> bool {
        self.row(account, key).is_ok_and(|row| row.key.reported == Reported::Active)
    }

    /// Tells an alert or takes it back, as its reading says; nothing is told of a key that is gone.
    async fn settle_alert(&self, account: &AccountId, alert: &Alert, reading: Option<Reading>) {
        let stood = alert.raised_at.is_some();
        let stays = reading.is_some_and(|reading| stands(alert.rule, alert.bound, stood, &reading));
        if stays != stood {
            let raised_at = stays.then(|| self.portal_now(account));
            let changed = Alert { raised_at, ..alert.clone() };
            match self.0.store.alert_raised(account.clone(), changed).await {
                // It was set anew meanwhile: the next look is at that one.
                Ok(noted) if !noted || !self.is_set(account, alert, raised_at) => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "an alert could not be noted, so it is told later");
                    return;
                }
            }
        }
        match reading {
            Some(reading) if stays => self.tell_alert(account, alert, &reading, !stood),
            _ if self.take_back_alert(account, alert.key.as_ref(), alert.rule) => self.tell(Event::App),
            _ => {}
        }
    }

    /// Whether an alert was not changed meanwhile; it then stands since `raised_at`.
    fn is_set(&self, account: &AccountId, alert: &Alert, raised_at: Option<Timestamp>) -> bool {
        let mut state = self.state();
        let set = state.watch.alerts.get_mut(account);
        let known = set.and_then(|set| set.iter_mut().find(|known| *known == alert));
        known.map(|known| known.raised_at = raised_at).is_some()
    }

    fn tell_alert(&self, account: &AccountId, alert: &Alert, reading: &Reading, is_new: bool) {
        let id = notice_id(account, alert.key.as_ref(), alert.rule);
        let named = alert.key.as_ref().and_then(|key| self.row(account, key).ok());
        let about = named.map(|row| (row.key.id, row.key.name));
        let name = match &about {
            Some((_, name)) => name.clone(),
            None => self.known(account).map(|known| known.account.portal_name).unwrap_or_default(),
        };
        let what = words::alert(alert, reading, &name);
        {
            let mut state = self.state();
            let is_told = !state.watch.told.insert(id.clone());
            let stands = state.notices.has(&id);
            // What a person put away stays away until it is over; its figure follows while it is there.
            if is_told && !is_new && !stands {
                return;
            }
            state.notices.tell(&id, what, Tone::Warning, about.clone(), Some(Action::Usage));
        }
        self.tell(Event::App);
        if is_new {
            let saying = Saying::Alert(alert.rule, alert.bound);
            self.notify(&saying, Some((about.map(|(key, _)| key), &name)));
        }
    }

    /// The alerts of a key went to the one that took its place: what was told of it is over.
    pub(crate) async fn alerts_moved(&self, account: &AccountId, key: &KeyId) {
        for rule in Rule::ALL {
            self.take_back_alert(account, Some(key), rule);
        }
        let _ = self.recall_alerts(account).await;
        self.tell(Event::App);
    }

    fn take_back_alert(&self, account: &AccountId, key: Option<&KeyId>, rule: Rule) -> bool {
        let id = notice_id(account, key, rule);
        let mut state = self.state();
        state.watch.told.remove(&id);
        state.notices.take_back(&id)
    }

    /// Asks the portal for what the rules look at.
    async fn alert_facts(
        &self,
        account: &AccountId,
        key: Option<&KeyId>,
        needs_quota: bool,
    ) -> Result<Known, Trouble> {
        let abilities = self.abilities(account).await?;
        let mut known = Known::default();
        if needs_quota && abilities.quota && key.is_some() {
            let read = ask!(self, account, |portal, token| portal.quota(token, key));
            known.quota = read.map_err(|failure| words::failure(&failure))?;
        }
        if abilities.usage.contains(&Resolution::Hour) {
            let now = self.portal_now(account);
            let kept = abilities.usage_retention.map_or(ALERT_NEEDS, |kept| kept.min(ALERT_NEEDS));
            let query = UsageQuery {
                from: now.minus(kept),
                to: now,
                resolution: Resolution::Hour,
                key: key.cloned(),
                app: None,
                team: None,
                grouping: Grouping::None,
            };
            known.usage = Some(self.read_usage(account, query).await?);
        }
        Ok(known)
    }
}

/// What a portal told.
#[derive(Default)]
struct Known {
    usage: Option<Usage>,
    quota: Option<Quota>,
}

impl Known {
    fn read(&self, rule: Rule, now: Timestamp) -> Reading {
        let series = self.usage.as_ref().and_then(|usage| usage.series.first());
        let Some(usage) = self.usage.as_ref().filter(|_| rule != Rule::Quota) else {
            let facts = Facts { hours: &[], complete_until: None, quota: self.quota.as_ref(), now };
            return if rule == Rule::Quota {
                read_alert(rule, &facts)
            } else {
                Reading::Untold(Blank::NoData)
            };
        };
        let hours = series.map(|series| series.buckets.as_slice()).unwrap_or_default();
        read_alert(rule, &Facts { hours, complete_until: usage.complete_until, quota: None, now })
    }
}

/// Names the notice of an alert.
fn notice_id(account: &AccountId, key: Option<&KeyId>, rule: Rule) -> String {
    format!("alert:{account}:{}:{}", key.map(KeyId::as_str).unwrap_or_default(), rule.word())
}
