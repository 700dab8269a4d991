//! Reminders: what ends is told at its steps, each step once, whatever was slept or closed through.
//!
//! A step is claimed on disk before it is told, so neither a restart nor a second process tells it
//! again. Of several steps that passed unseen only the last is told.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use keystow_domain::{AccountId, GraceEnd, KeyId, Step, Timestamp};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::host::Notification;
use crate::list::due::{Matter, Subject};
use crate::notices::{Action, Tone};
use crate::store::Told;
use crate::words::native::{self, Language, Left, Saying};
use crate::{Trouble, words};

/// An end that is told so much later came while nobody could be told.
const AWAY: Duration = Duration::from_secs(120);
/// More at once than this are told in one sentence.
const MANY: usize = 3;
/// What was told of ends longer ago is forgotten; ends before that are not told any more.
const OLD: Duration = Duration::from_secs(30 * 86_400);

/// An end of something of an account.
type End = (AccountId, KeyId, Matter, Timestamp);

/// What reminders were told and what they wait for.
#[derive(Default)]
pub(crate) struct Reminders {
    /// Ends before it are not told: the app did not remind of anything then.
    since: Option<Timestamp>,
    /// Steps that this process or one before it told.
    told: HashSet<Told>,
    /// Graces whose end is yet to come, in case a list is read before they are told.
    watched: HashMap<End, Subject>,
    /// Whether it was logged that the desktop shows no notices.
    unseen: bool,
}

impl Reminders {
    /// Whether the end of an old secret is waited for.
    pub(crate) fn waits(&self) -> bool {
        !self.watched.is_empty()
    }
}

/// A step that has come.
struct Come {
    account: AccountId,
    subject: Subject,
    step: Step,
    needless: Vec<Step>,
    /// The time at the portal.
    now: Timestamp,
}

impl Engine {
    /// Tells every step that has come; returns how long until the next one comes.
    pub(crate) async fn remind(&self) -> Option<Duration> {
        let since = self.reminders_since().await;
        self.govern_all();
        let mut come = Vec::new();
        let (mut standing, mut next) = (HashSet::new(), None::<Duration>);
        for account in self.accounts().into_iter().map(|known| known.account.id) {
            let now = self.portal_now(&account);
            for subject in self.subjects(&account, since.max(now.minus(OLD)), now) {
                if let Some(at) = subject.next(now) {
                    next = Some(next.map_or(at.since(now), |soonest| soonest.min(at.since(now))));
                }
                let Some((step, before)) = subject.passed(now) else { continue };
                standing.insert(notice_id(&account, &subject));
                let needless = before.iter().map(|(step, _)| *step).collect();
                come.push(Come { account: account.clone(), subject, step, needless, now });
            }
        }
        let changed = self.take_back_reminders(&standing);
        let come = self.claimed(come).await;
        if changed || !come.is_empty() {
            self.tell_all(&come).await;
            self.tell(Event::App);
        }
        next
    }

    /// Ends before this are not told: when the app first reminded of anything.
    pub(crate) async fn reminders_since(&self) -> Timestamp {
        if let Some(since) = self.state().reminders.since {
            return since;
        }
        let kept = self.0.store.setting("reminders_since").await.ok().flatten();
        let since = match kept.and_then(|text| text.parse().ok()) {
            Some(millis) => Timestamp::from_millis(millis),
            None => {
                let now = self.current().map_or_else(|| self.now(), |account| self.portal_now(&account));
                let _ = self.0.store.set_setting("reminders_since", now.as_millis().to_string()).await;
                now
            }
        };
        let _ = self.0.store.forget_told(self.now().minus(2 * OLD)).await;
        self.state().reminders.since = Some(since);
        since
    }

    /// What ends for the keys of an account, with graces whose end came since they were last seen.
    fn subjects(&self, account: &AccountId, since: Timestamp, now: Timestamp) -> Vec<Subject> {
        let mut state = self.state();
        let Some(listing) = state.listings.get(account) else { return Vec::new() };
        let mut all = listing.subjects(since, now);
        let alive: HashSet<KeyId> = listing
            .keys()
            .iter()
            .filter(|key| key.reported == keystow_domain::Reported::Active)
            .filter(|key| state.reminders.watched.keys().any(|(of, id, ..)| of == account && *id == key.id))
            .map(|key| key.id.clone())
            .collect();
        let end = |subject: &Subject| (account.clone(), subject.key.clone(), subject.matter, subject.ends_at);
        let seen: HashSet<End> = all.iter().map(end).collect();
        let watched = &mut state.reminders.watched;
        // What is not listed any more although its end is yet to come was ended by somebody.
        let gone = watched.extract_if(|end, _| end.0 == *account && !seen.contains(end));
        all.extend(
            gone.filter(|(end, _)| end.3 <= now && alive.contains(&end.1)).map(|(_, subject)| subject),
        );
        watched.retain(|end, _| end.0 != *account || end.3 > now);
        let coming = all.iter().filter(|subject| subject.matter == Matter::Grace && subject.ends_at > now);
        watched.extend(coming.map(|subject| (end(subject), subject.clone())));
        all
    }

    /// Takes back what does not hold any more: the key was rotated, ended or put off. What is over stays
    /// until the person puts it away.
    fn take_back_reminders(&self, standing: &HashSet<String>) -> bool {
        const PASSING: [&str; 4] = ["grace_ending", "grace_may_end", "key_expires", "rotation_due"];
        self.state()
            .notices
            .take_back_unless(|notice| !PASSING.contains(&notice.what.code) || standing.contains(&notice.id))
    }

    /// Those steps that nobody told yet; they are this process's to tell now.
    async fn claimed(&self, mut come: Vec<Come>) -> Vec<Come> {
        {
            let state = self.state();
            come.retain(|come| !state.reminders.told.contains(&come.told(come.step)));
        }
        if come.is_empty() {
            return come;
        }
        let claims = come
            .iter()
            .map(|come| (come.told(come.step), come.needless.iter().map(|step| come.told(*step)).collect()))
            .collect();
        let mine = match self.0.store.claim(claims, self.now()).await {
            Ok(mine) => mine,
            Err(error) => {
                tracing::warn!(%error, "reminders could not be noted, so they are told later");
                return Vec::new();
            }
        };
        let mut state = self.state();
        for come in &come {
            state.reminders.told.insert(come.told(come.step));
        }
        let mut mine = mine.into_iter();
        come.retain(|_| mine.next().unwrap_or(false));
        come
    }

    async fn tell_all(&self, come: &[Come]) {
        let many = come.iter().filter(|come| come.subject.matter != Matter::Grace).count();
        if many > MANY {
            let what = words::many_due(many);
            self.state().notices.tell("many_due", what, Tone::Warning, None, None);
        }
        for come in come {
            let away = come.is_over() && come.now.since(come.subject.ends_at) > AWAY;
            if come.subject.matter == Matter::Grace || many <= MANY {
                self.tell_one(come, away);
            }
            if come.is_over() && come.subject.matter == Matter::Grace {
                let note = Note::new(Deed::GraceEnded).of(&come.account);
                let note = note.key(&come.subject.key, &come.subject.name);
                self.log(note.fact("ended_at", words::utc(come.subject.ends_at))).await;
                if away {
                    // What the list says of it is from before.
                    self.state().due_again.remove(&come.account);
                }
                self.tell(Event::Rotation(come.subject.key.clone()));
            }
        }
        if come.len() > MANY {
            self.notify(&Saying::Many(come.len()), None);
        } else {
            for come in come {
                self.notify(&come.saying(), Some((Some(come.subject.key.clone()), &come.subject.name)));
            }
        }
    }

    fn tell_one(&self, come: &Come, away: bool) {
        let id = notice_id(&come.account, &come.subject);
        let about = Some((come.subject.key.clone(), come.subject.name.clone()));
        let action = (come.subject.matter != Matter::Expiry).then_some(Action::Rotate);
        let (what, tone) = come.notice(away, self.language());
        let mut state = self.state();
        if away {
            state.notices.tell_first(&id, what, tone, about, action);
        } else {
            state.notices.tell(&id, what, tone, about, action);
        }
    }

    /// Shows a notice of the desktop's own, beside everything else: a desktop may be slow to answer.
    pub(crate) fn notify(&self, saying: &Saying, about: Option<(Option<KeyId>, &str)>) {
        // A desktop may show it on a locked screen.
        let about = about.map(|about| if self.is_hidden() { (None, "Keystow") } else { about });
        let (id, name) = about.unwrap_or_default();
        let (title, body) = native::say(self.language(), saying, name);
        let (engine, notification) = (self.clone(), Notification { title, body, key: id });
        tokio::task::spawn_blocking(move || {
            let seen = engine.0.host.notify(&notification);
            if !seen && !std::mem::replace(&mut engine.state().reminders.unseen, true) {
                tracing::warn!("this desktop shows no notices; they are told in the window alone");
            }
        });
    }

    /// The language of the settings, or the desktop's.
    pub(crate) fn language(&self) -> Language {
        let chosen = self.settings().language;
        let tag = if chosen == "system" { self.0.host.language().unwrap_or_default() } else { chosen };
        Language::from_tag(&tag)
    }

    /// Takes the end of a grace as told: the person ended it.
    pub(crate) async fn hush_grace(&self, account: &AccountId, key: &KeyId, end: GraceEnd) {
        let Some(deadline) = end.deadline() else { return };
        let ends_at = Timestamp::from_secs(deadline.as_secs());
        let told = Told {
            account: account.clone(),
            key: key.clone(),
            what: Matter::Grace.word(),
            ends_at,
            step: Step::End.word(),
        };
        let _ = self.0.store.claim(vec![(told.clone(), Vec::new())], self.now()).await;
        let mut state = self.state();
        state.reminders.told.insert(told);
        state.reminders.watched.retain(|end, _| end.0 != *account || end.1 != *key);
    }
}

impl Come {
    fn told(&self, step: Step) -> Told {
        Told {
            account: self.account.clone(),
            key: self.subject.key.clone(),
            what: self.subject.matter.word(),
            ends_at: self.subject.ends_at,
            step: step.word(),
        }
    }

    fn is_over(&self) -> bool {
        self.step == Step::End
    }

    fn left(&self) -> Left {
        Left::of(self.subject.deadline.since(self.now))
    }

    /// What the window says.
    fn notice(&self, away: bool, language: Language) -> (Trouble, Tone) {
        let (name, at) = (&self.subject.name, self.subject.ends_at);
        match (self.subject.matter, self.step) {
            (Matter::Grace, Step::End) if away => (words::ended_while_away(name, at), Tone::Warning),
            (Matter::Grace, Step::End) => (words::grace_ended(name, at), Tone::Info),
            (Matter::Grace, Step::MayEnd) => (words::grace_may_end(name, at), Tone::Warning),
            (Matter::Grace, Step::Half) => (words::grace_ending(name, self.left(), language), Tone::Info),
            (Matter::Grace, _) => (words::grace_ending(name, self.left(), language), Tone::Warning),
            (Matter::Expiry, Step::End) => (words::key_expired(name, at), Tone::Danger),
            (Matter::Expiry, Step::FourteenDays | Step::SevenDays) => {
                (words::key_expires(name, self.left(), language, at), Tone::Info)
            }
            (Matter::Expiry, _) => (words::key_expires(name, self.left(), language, at), Tone::Warning),
            (Matter::Due, _) => (words::rotation_due(name, at), Tone::Warning),
        }
    }

    /// What the desktop's own notice says.
    fn saying(&self) -> Saying {
        match (self.subject.matter, self.step) {
            (Matter::Grace, Step::End) => Saying::GraceEnded,
            (Matter::Grace, Step::MayEnd) => Saying::GraceMayEnd,
            (Matter::Grace, _) => Saying::GraceEnding(self.left()),
            (Matter::Expiry, Step::End) => Saying::Expired,
            (Matter::Expiry, _) => Saying::Expires(self.left()),
            (Matter::Due, _) => Saying::Due,
        }
    }
}

/// Names the notice of one end, so that a later step takes the place of an earlier one.
fn notice_id(account: &AccountId, subject: &Subject) -> String {
    format!("{}:{account}:{}:{}", subject.matter.word(), subject.key, subject.ends_at.as_secs())
}
