//! Apps, products and subscriptions, and the rules they follow.
//!
//! The rules are functions of the records alone: what an app may do is what is approved of what it asked for, and
//! nothing is approved that somebody must look at.

use keystow_domain::Timestamp;
use keystow_portal_api::apps::{app_status, approval, subscription_state};

use super::wish::{AppWish, WantedProduct};
use crate::{keys::Standing, random};

/// What an account may do at a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Decides what others ask for, besides everything a developer may do.
    Admin,
    /// Makes and changes keys and apps of their own.
    Developer,
    /// Looks, and changes nothing.
    ReadOnly,
}

/// How subscriptions to a product are approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApprovalRule {
    Auto,
    Manual,
    /// By somebody if an elevated scope is asked for.
    Conditional,
}

impl ApprovalRule {
    /// The word of the contract.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Auto => approval::AUTO,
            Self::Manual => approval::MANUAL,
            Self::Conditional => approval::CONDITIONAL,
        }
    }

    /// Reads a word; what is not known is decided by somebody.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            approval::AUTO => Self::Auto,
            approval::CONDITIONAL => Self::Conditional,
            _ => Self::Manual,
        }
    }
}

/// Something that an app can subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProductRecord {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) elevated: Vec<String>,
    pub(crate) quota: u64,
    pub(crate) rate_limit: u32,
    pub(crate) tier: String,
    pub(crate) approval: ApprovalRule,
}

impl ProductRecord {
    /// Whether somebody must approve a subscription with these scopes.
    pub(crate) fn must_be_approved(&self, scopes: &[String]) -> bool {
        match self.approval {
            ApprovalRule::Auto => false,
            ApprovalRule::Manual => true,
            ApprovalRule::Conditional => scopes.iter().any(|scope| self.elevated.contains(scope)),
        }
    }
}

/// How far a subscription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubscriptionState {
    Approved,
    Pending,
    Rejected,
    /// Taken back by the developer; kept so that a decision that comes too late is told so.
    Withdrawn,
}

impl SubscriptionState {
    /// The word in which it is kept and told.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Approved => subscription_state::APPROVED,
            Self::Pending => subscription_state::PENDING,
            Self::Rejected => subscription_state::REJECTED,
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads a word; what is not known allows nothing.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            subscription_state::APPROVED => Self::Approved,
            subscription_state::PENDING => Self::Pending,
            subscription_state::REJECTED => Self::Rejected,
            _ => Self::Withdrawn,
        }
    }
}

/// An app's subscription to a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubscriptionRecord {
    pub(crate) id: String,
    pub(crate) product: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) state: SubscriptionState,
    pub(crate) justification: String,
    pub(crate) reason: String,
    pub(crate) asked_at: Timestamp,
    pub(crate) decided_at: Option<Timestamp>,
}

/// A developer app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppRecord {
    /// Where it stands in the order of creation; 0 until it is stored.
    pub(crate) number: i64,
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) callbacks: Vec<String>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) owner: String,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    /// What it subscribes to, in the order in which it was asked for; withdrawn ones are not there. Of a product
    /// there may be one that is approved, and before it one that is not: what is asked for beyond it.
    pub(crate) subscriptions: Vec<SubscriptionRecord>,
    /// The ids of its keys and OAuth clients that are not revoked, newest first.
    pub(crate) keys: Vec<String>,
    /// Why an administrator suspended it; nothing if none did.
    pub(crate) suspended_for: Option<String>,
}

impl AppRecord {
    /// A new app as it was wished for.
    pub(crate) fn new(account: &str, owner: &str, wish: AppWish, now: Timestamp) -> Self {
        let mut app = Self {
            number: 0,
            id: random::id("app"),
            account: account.to_owned(),
            name: String::new(),
            description: String::new(),
            callbacks: Vec::new(),
            attributes: Vec::new(),
            owner: owner.to_owned(),
            created_at: now,
            changed_at: now,
            subscriptions: Vec::new(),
            keys: Vec::new(),
            suspended_for: None,
        };
        app.change(wish, now);
        app
    }

    /// Changes what the wish names.
    pub(crate) fn change(&mut self, wish: AppWish, now: Timestamp) {
        self.changed_at = now;
        self.name = wish.name.unwrap_or_else(|| std::mem::take(&mut self.name));
        self.description = wish.description.unwrap_or_else(|| std::mem::take(&mut self.description));
        self.callbacks = wish.callbacks.unwrap_or_else(|| std::mem::take(&mut self.callbacks));
        self.attributes = wish.attributes.unwrap_or_else(|| std::mem::take(&mut self.attributes));
        if let Some(products) = wish.products {
            let before = std::mem::take(&mut self.subscriptions);
            let after = products.into_iter().flat_map(|wanted| subscribe(&before, wanted, now));
            self.subscriptions = after.collect();
        }
    }

    /// How many of its subscriptions wait for a decision.
    pub(crate) fn waiting(&self) -> usize {
        self.subscriptions.iter().filter(|one| one.state == SubscriptionState::Pending).count()
    }

    /// Takes back what waits for a decision.
    pub(crate) fn take_back(&mut self) {
        self.subscriptions.retain(|one| one.state != SubscriptionState::Pending);
    }

    /// How far the app is, in the word of the contract.
    pub(crate) fn status(&self) -> &'static str {
        let any = |state| self.subscriptions.iter().any(|one| one.state == state);
        if self.suspended_for.is_some() {
            app_status::SUSPENDED
        } else if any(SubscriptionState::Approved) {
            app_status::ACTIVE
        } else if any(SubscriptionState::Pending) || self.subscriptions.is_empty() {
            app_status::PENDING
        } else {
            app_status::REJECTED
        }
    }

    /// How a key of it with these scopes stands.
    pub(crate) fn standing(&self, scopes: &[String]) -> Standing {
        standing(self.suspended_for.is_some(), &self.subscriptions, scopes)
    }

    /// What keys of the app can be given: what was asked for and not refused.
    pub(crate) fn askable(&self) -> impl Iterator<Item = &String> {
        let alive = self.subscriptions.iter().filter(|one| one.state != SubscriptionState::Rejected);
        alive.flat_map(|one| &one.scopes)
    }
}

/// How a key with these scopes stands if its app subscribes to this: accepted if anything it was made for is approved,
/// waiting if anything of it waits, and switched off otherwise, as where everything was rejected. What an administrator
/// suspended is switched off in any case.
pub(crate) fn standing(
    is_suspended: bool,
    subscriptions: &[SubscriptionRecord],
    scopes: &[String],
) -> Standing {
    if is_suspended {
        return Standing::Suspended;
    }
    let any = |state| {
        let alike = subscriptions.iter().filter(|one| one.state == state);
        alike.flat_map(|one| &one.scopes).any(|scope| scopes.contains(scope))
    };
    if any(SubscriptionState::Approved) {
        Standing::InForce
    } else if any(SubscriptionState::Pending) {
        Standing::Pending
    } else {
        Standing::Suspended
    }
}

/// What is approved of a product, as far as it is still wanted.
fn in_force(before: &[SubscriptionRecord], wanted: &WantedProduct) -> Option<SubscriptionRecord> {
    let approved = |one: &&SubscriptionRecord| {
        one.product == wanted.product.id && one.state == SubscriptionState::Approved
    };
    let mut approved = before.iter().find(approved)?.clone();
    approved.scopes.retain(|scope| wanted.scopes.contains(scope));
    (!approved.scopes.is_empty()).then_some(approved)
}

/// What was asked for in the same words before and is not approved.
fn asked_before<'b>(
    before: &'b [SubscriptionRecord],
    wanted: &WantedProduct,
) -> Option<&'b SubscriptionRecord> {
    let asked = [SubscriptionState::Pending, SubscriptionState::Rejected];
    before.iter().find(|one| {
        one.product == wanted.product.id && one.scopes == wanted.scopes && asked.contains(&one.state)
    })
}

/// Whether somebody must approve what is wanted beyond what is in force.
fn must_wait(in_force: Option<&SubscriptionRecord>, wanted: &WantedProduct) -> bool {
    let has = |scope: &&String| in_force.is_none_or(|one| !one.scopes.contains(scope));
    let beyond: Vec<String> = wanted.scopes.iter().filter(has).cloned().collect();
    !beyond.is_empty() && wanted.product.must_be_approved(&beyond)
}

/// Whether a wish asks for something without a word on what it is for, and must have one.
pub(super) fn must_say_why(before: &[SubscriptionRecord], wanted: &WantedProduct) -> bool {
    wanted.justification.is_empty()
        && must_wait(in_force(before, wanted).as_ref(), wanted)
        && asked_before(before, wanted).is_none()
}

/// The subscriptions to a product as they are after a wish. What is approved stays so as far as it is wanted, beside
/// what is asked for beyond it; what was asked for before in the same words stays as it is.
fn subscribe(
    before: &[SubscriptionRecord],
    wanted: WantedProduct,
    now: Timestamp,
) -> Vec<SubscriptionRecord> {
    let in_force = in_force(before, &wanted);
    if let Some(all) = in_force.as_ref().filter(|one| one.scopes.len() == wanted.scopes.len()) {
        return vec![all.clone()];
    }
    let waits = must_wait(in_force.as_ref(), &wanted);
    let asks_again = !wanted.justification.is_empty();
    let asked = asked_before(before, &wanted)
        .filter(|old| waits && !(old.state == SubscriptionState::Rejected && asks_again));
    let mut ask = asked.cloned().unwrap_or_else(|| SubscriptionRecord {
        id: random::id("sub"),
        product: wanted.product.id.clone(),
        scopes: wanted.scopes.clone(),
        state: if waits { SubscriptionState::Pending } else { SubscriptionState::Approved },
        justification: String::new(),
        reason: String::new(),
        asked_at: now,
        decided_at: (!waits).then_some(now),
    });
    if asks_again {
        ask.justification = wanted.justification;
    }
    Some(ask).into_iter().chain(in_force.filter(|_| waits)).collect()
}

/// A subscription that somebody decides about, with what they must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Where it stands in the queue.
    pub(crate) number: i64,
    pub(crate) subscription: SubscriptionRecord,
    pub(crate) product_name: String,
    pub(crate) app: String,
    pub(crate) app_name: String,
    /// Who answers for it: the owner of the app, or the first owner of the team that owns it.
    pub(crate) person: String,
    pub(crate) email: String,
    /// The id and the name of the team that owns the app, if one does.
    pub(crate) team: Option<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn product(approval: ApprovalRule) -> ProductRecord {
        ProductRecord {
            id: "catalog".into(),
            name: "Catalog".into(),
            description: String::new(),
            scopes: vec!["read".into(), "write".into()],
            elevated: vec!["write".into()],
            quota: 1,
            rate_limit: 1,
            tier: String::new(),
            approval,
        }
    }

    fn wish(approval: ApprovalRule, scopes: &[&str], justification: &str) -> AppWish {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let wanted =
            WantedProduct { product: product(approval), scopes, justification: justification.to_owned() };
        AppWish { name: Some("shop".into()), products: Some(vec![wanted]), ..AppWish::default() }
    }

    fn app(approval: ApprovalRule, scopes: &[&str]) -> AppRecord {
        AppRecord::new("acc_1", "Ada", wish(approval, scopes, "for the shop"), NOW)
    }

    #[test]
    fn only_an_elevated_scope_makes_a_conditional_subscription_wait() {
        assert_eq!(app(ApprovalRule::Conditional, &["read"]).status(), app_status::ACTIVE);
        assert_eq!(app(ApprovalRule::Conditional, &["read", "write"]).status(), app_status::PENDING);
        assert_eq!(app(ApprovalRule::Auto, &["write"]).status(), app_status::ACTIVE);
        assert_eq!(app(ApprovalRule::Manual, &["read"]).status(), app_status::PENDING);
    }

    #[test]
    fn what_is_asked_for_as_before_keeps_its_decision() {
        let mut app = app(ApprovalRule::Manual, &["read"]);
        app.subscriptions[0].state = SubscriptionState::Approved;
        let id = app.subscriptions[0].id.clone();
        app.change(wish(ApprovalRule::Manual, &["read"], ""), NOW);
        assert_eq!((app.subscriptions[0].id.as_str(), app.status()), (id.as_str(), app_status::ACTIVE));
        app.change(wish(ApprovalRule::Manual, &["read", "write"], "more"), NOW);
        assert_ne!(app.subscriptions[0].id, id, "a decision about the first must not meet the second");
        assert_eq!(
            (app.waiting(), app.subscriptions[1].id.as_str()),
            (1, id.as_str()),
            "the first is in force"
        );
        app.change(wish(ApprovalRule::Manual, &["write"], "other"), NOW);
        assert_eq!(app.status(), app_status::PENDING, "what is no longer wanted is not in force");
    }

    #[test]
    fn what_is_not_elevated_needs_nobody_beside_what_is_approved() {
        let mut app = app(ApprovalRule::Conditional, &["write"]);
        app.subscriptions[0].state = SubscriptionState::Approved;
        app.change(wish(ApprovalRule::Conditional, &["read", "write"], ""), NOW);
        assert_eq!((app.waiting(), app.subscriptions.len()), (0, 1));
        assert_eq!(app.subscriptions[0].scopes, ["read", "write"]);
    }

    #[test]
    fn what_was_rejected_is_asked_for_again_only_with_a_reason() {
        let mut app = app(ApprovalRule::Manual, &["read"]);
        app.subscriptions[0].state = SubscriptionState::Rejected;
        app.change(wish(ApprovalRule::Manual, &["read"], ""), NOW);
        assert_eq!(app.status(), app_status::REJECTED);
        app.change(wish(ApprovalRule::Manual, &["read"], "we have a contract now"), NOW);
        assert_eq!(app.status(), app_status::PENDING);
    }

    #[test]
    fn a_word_that_is_not_known_approves_nothing() {
        assert_eq!(ApprovalRule::read("whenever"), ApprovalRule::Manual);
        assert_eq!(SubscriptionState::read("perhaps"), SubscriptionState::Withdrawn);
    }
}
