//! Replacing a secret: every refusal comes before the call, and the call goes out once.

use std::time::Duration;

use keystow_domain::{
    AccountId, ClientProof, Course, CourseId, Grace, GraceEnd, Key, KeyId, NewKey, Reason, State, Timestamp,
    Verb, Way, successor_of,
};

use super::Stage;
use crate::engine::Engine;
use crate::issue::checked_ticket;
use crate::list::Row;
use crate::preflight::CheckKind;
use crate::session::ask;
use crate::store::{Issue, IssueClient, OfCourse};
use crate::{Trouble, random, words};

/// A secret that shall be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The same ticket is the same wish, however often it comes.
    pub ticket: String,
    /// The key.
    pub key: KeyId,
    /// Why.
    pub reason: Reason,
    /// How.
    pub way: Way,
    /// How long the old secret shall live, where the portal lets the caller choose.
    pub grace: Option<Duration>,
    /// The longest job that uses the old secret.
    pub longest_job: Option<Duration>,
    /// Whether the person knows that an old secret is still accepted, or that somebody else rotated.
    pub again: bool,
    /// The name of the second key, where one is made; the old key's otherwise.
    pub successor: Option<String>,
}

impl Wish {
    /// A planned rotation in place, of which nothing more was said.
    pub fn planned(ticket: &str, key: &KeyId) -> Self {
        Self {
            ticket: ticket.to_owned(),
            key: key.clone(),
            reason: Reason::Planned,
            way: Way::InPlace,
            grace: None,
            longest_job: None,
            again: false,
            successor: None,
        }
    }
}

impl Engine {
    /// Replaces the secret of a key in place, as a planned rotation of which nothing more was said.
    ///
    /// # Errors
    ///
    /// As [`Engine::replace`].
    pub async fn rotate(&self, ticket: &str, key: &KeyId, grace: Option<Duration>) -> Result<Row, Trouble> {
        let account = self.holder(key)?;
        self.rotate_in(&account, ticket, key, grace).await
    }

    /// The same for a key of an account that need not be the one that is shown.
    pub(crate) async fn rotate_in(
        &self,
        account: &AccountId,
        ticket: &str,
        key: &KeyId,
        grace: Option<Duration>,
    ) -> Result<Row, Trouble> {
        self.replace_in(account, &Wish { grace, ..Wish::planned(ticket, key) }).await
    }

    /// Replaces the secret of a key and stows the new one; the old one stays for a roll-back.
    ///
    /// # Errors
    ///
    /// Says why nothing was sent, whether nothing happened, or that the outcome is being found out.
    pub async fn replace(&self, wish: &Wish) -> Result<Row, Trouble> {
        let account = self.holder(&wish.key)?;
        self.replace_in(&account, wish).await
    }

    async fn replace_in(&self, account: &AccountId, wish: &Wish) -> Result<Row, Trouble> {
        let ticket = checked_ticket(&wish.ticket)?;
        let turn = self.turn_of(account, &ticket);
        let _turn = turn.lock().await;
        if let Some(earlier) = self.earlier(account, &ticket).await? {
            return earlier;
        }
        // Two tickets for one key come one after the other: the second sees what the first did.
        let subject = self.course(account, &wish.key).map_or_else(|| wish.key.clone(), |course| course.key);
        let key_turn = self.turn_of_key(account, &subject);
        let _key_turn = key_turn.lock().await;
        let issue = self.prepare(account, ticket, wish).await?;
        let of = issue.course.clone();
        let result = self.run_issue(issue).await;
        if let (Err(_), Some(of)) = (&result, of) {
            self.drop_uncalled(account, &of).await;
        }
        result
    }

    /// Checks a wish from every side and writes its course down. Nothing was sent when this fails.
    async fn prepare(&self, account: &AccountId, ticket: String, wish: &Wish) -> Result<Issue, Trouble> {
        let abilities = self.known(account)?.abilities;
        let known = self.listed(account, &wish.key);
        if !Way::offered_for(known.as_ref(), abilities.as_ref()).contains(&wish.way) {
            return Err(words::not_offered());
        }
        let course = self.course_for(account, wish).await?;
        let longest_job = wish.longest_job.or(course.and_then(|course| course.longest_job));
        let grace = self.grace_for(account, wish, longest_job)?;
        let before = self.snapshot(account, &wish.key).await?;
        let told = wish.again && self.knows_elsewhere(account, &before.id);
        let checks = self.preflight(account, known.as_ref(), &before.id, None).await;
        let mut failed = checks.into_iter().filter_map(|check| Some((check.kind, check.trouble?)));
        if let Some((_, trouble)) = failed.find(|(kind, _)| !(told && *kind == CheckKind::Elsewhere)) {
            return Err(trouble);
        }
        self.guard_running(account, &before, wish)?;
        let now = self.portal_now(account);
        let new = match wish.way {
            Way::SideBySide => {
                self.know_names(account).await?;
                let name = wish.successor.clone();
                Some(Self::checked(&successor_of(&before, name, abilities.as_ref(), now))?)
            }
            Way::InPlace => None,
        };
        let course = self.keep_course(account, &before, wish.reason, wish.way, longest_job, false).await?;
        Ok(self.issue_of(account, ticket, before, new, grace, course))
    }

    fn issue_of(
        &self,
        account: &AccountId,
        ticket: String,
        before: Key,
        new: Option<NewKey>,
        grace: Option<Duration>,
        course: Course,
    ) -> Issue {
        let client = before.signs().then(|| IssueClient::new(ClientProof::Signature));
        let verb = match &new {
            Some(new) => Verb::Create { name: new.name.clone() },
            None => Verb::Rotate {
                key: before.id,
                prefix: before.prefix,
                version: before.version,
                rotated_at: before.rotated_at,
            },
        };
        let (scopes, environment, expires_at, app) =
            new.map_or_else(Default::default, |new| (new.scopes, new.environment, new.expires_at, new.app));
        Issue {
            ticket,
            name: before.name,
            intent: self.intent(account, verb),
            account: account.clone(),
            grace_millis: grace.map(|grace| i64::try_from(grace.as_millis()).unwrap_or(i64::MAX)),
            scopes,
            environment,
            expires_at,
            app,
            client,
            course: Some(OfCourse { id: course.id, key: course.key }),
        }
    }

    /// The key as the portal has it just now, which must still live. The list takes it over.
    async fn snapshot(&self, account: &AccountId, key: &KeyId) -> Result<Key, Trouble> {
        let now = ask!(self, account, |portal, token| portal.key(token, key));
        let now = now.map_err(|failure| words::failure(&failure))?.ok_or_else(words::unknown_key)?;
        self.take_key(account, now.clone()).await;
        if now.is_copyable(self.portal_now(account)) { Ok(now) } else { Err(words::key_dead()) }
    }

    /// The grace to ask for. What leaked gets time to deliver the new secret and no more; a job that outlives
    /// the grace is refused.
    fn grace_for(
        &self,
        account: &AccountId,
        wish: &Wish,
        longest_job: Option<Duration>,
    ) -> Result<Option<Duration>, Trouble> {
        let policy = self.known(account)?.abilities.map(|abilities| abilities.grace);
        let Some(policy) = policy.filter(|policy| policy.chosen_by_caller && wish.way == Way::InPlace) else {
            return Ok(None);
        };
        if wish.reason == Reason::Leaked {
            return Ok(wish.grace.or(policy.to_deliver()));
        }
        let given = wish.grace.or(policy.default);
        match (longest_job, given) {
            (Some(job), Some(given)) if job > given => Err(words::grace_too_short(job, given)),
            _ => Ok(wish.grace),
        }
    }

    /// The open course of the key, if another call may go out in it.
    async fn course_for(&self, account: &AccountId, wish: &Wish) -> Result<Option<Course>, Trouble> {
        let Some(course) = self.course(account, &wish.key) else { return Ok(None) };
        if course.rotated_at.is_none() {
            return Ok(Some(course));
        }
        let row = self.row(account, course.bearer())?;
        match self.stage(account, Some(&course), &row) {
            Stage::Asking => Err(words::busy(&course.name)),
            // What ended is finished by the next rotation, with its receipt.
            Stage::Ended => {
                self.close(account, &course).await?;
                Ok(None)
            }
            _ if course.has_two_keys() => Err(words::successor_exists(&course.name)),
            _ if wish.way == Way::SideBySide => Err(words::old_still_accepted(&course.name, false)),
            _ => Ok(Some(course)),
        }
    }

    /// Refuses a second rotation while an old secret is accepted, unless the person knows what that does.
    fn guard_running(&self, account: &AccountId, key: &Key, wish: &Wish) -> Result<(), Trouble> {
        let grace = self.state().listings.get(account).and_then(|list| list.graces.get(&key.id).cloned());
        let rotating = matches!(key.state(grace.as_ref(), self.portal_now(account)), State::Rotating(_));
        if wish.again || !rotating || wish.way == Way::SideBySide {
            return Ok(());
        }
        let policy = self.known(account)?.abilities.map(|abilities| abilities.grace.second_rotation);
        Err(words::grace_running(&key.name, policy))
    }

    /// Writes a course down, or the newer choices into the one that is open. `planned` is whether the person
    /// chose them before the call.
    pub(super) async fn keep_course(
        &self,
        account: &AccountId,
        key: &Key,
        reason: Reason,
        way: Way,
        longest_job: Option<Duration>,
        planned: bool,
    ) -> Result<Course, Trouble> {
        let course = Course {
            id: CourseId::new(format!("course_{}", random::token(12))),
            account: account.clone(),
            key: key.id.clone(),
            name: key.name.clone(),
            reason,
            way,
            longest_job,
            opened_at: self.portal_now(account),
            old: key.mask(),
            rotated_at: None,
            successor: None,
            ended_at: None,
        };
        let kept = self.0.store.plan_course(course, planned).await.map_err(|error| words::store(&error))?;
        self.show_course(account, kept.clone());
        Ok(kept)
    }

    /// Forgets a course that was opened for a call that did nothing, unless the person had planned it.
    pub(crate) async fn drop_uncalled(&self, account: &AccountId, of: &OfCourse) {
        if let Ok(true) = self.0.store.drop_uncalled(Some(of.id.clone())).await {
            self.hide_course(account, &of.key);
        }
    }

    /// How long the old secret of a lost rotation works at least, where anybody told.
    pub(crate) fn lost_until(&self, issue: &Issue) -> Option<Timestamp> {
        let Verb::Rotate { key, .. } = &issue.intent.verb else { return None };
        match self.row(&issue.account, key).ok()?.state {
            State::Rotating(end) => end.deadline(),
            _ => None,
        }
    }

    /// Keeps what is known of the old secret's end where the new one was lost: the old one ends all the same.
    pub(crate) async fn remember_lost_grace(&self, issue: &Issue) {
        let Verb::Rotate { key, .. } = &issue.intent.verb else { return };
        let policy = self.known(&issue.account).ok().and_then(|known| known.abilities).map(|a| a.grace);
        if policy.as_ref().is_some_and(|policy| policy.reported) {
            return;
        }
        let (least, most) = policy.map_or((None, None), |policy| (policy.least, policy.most));
        let (sent_at, now) = (issue.intent.intended_at, self.portal_now(&issue.account));
        let end = GraceEnd::estimate(sent_at, now, least, most);
        self.remember_grace(&issue.account, (key.clone(), Grace { rotated_at: sent_at, end })).await;
    }
}
