//! Developer apps: what groups keys and subscribes to products, some of which somebody must approve.
//!
//! Words of a portal are open sets here: one that is not known stays as it was written and allows nothing.

use crate::{AppId, KeyId, ProductId, SubscriptionId, TeamId, Timestamp};

/// Something that an app can subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The portal's id.
    pub id: ProductId,
    /// What it is called.
    pub name: String,
    /// What it is good for.
    pub description: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// Which of its scopes somebody must approve where the rule is [`ApprovalRule::Conditional`].
    pub elevated: Vec<String>,
    /// Billable calls a month and key, where the portal says.
    pub quota: Option<u64>,
    /// Calls a minute and key, where the portal says.
    pub rate_limit: Option<u64>,
    /// The name of its tier, where it has one.
    pub tier: Option<String>,
    /// How a subscription to it is approved.
    pub approval: ApprovalRule,
}

/// How subscriptions to a product are approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApprovalRule {
    /// At once.
    Auto,
    /// By an administrator.
    Manual,
    /// By an administrator if one of the elevated scopes is asked for.
    Conditional,
    /// In a way this app does not know; somebody may have to look.
    Unknown(String),
}

impl Product {
    /// Whether somebody must approve a subscription with these scopes; all of the product's if there are none.
    pub fn must_be_approved(&self, scopes: &[String]) -> bool {
        match self.approval {
            ApprovalRule::Auto => false,
            ApprovalRule::Manual | ApprovalRule::Unknown(_) => true,
            ApprovalRule::Conditional => {
                self.elevated.iter().any(|scope| scopes.is_empty() || scopes.contains(scope))
            }
        }
    }
}

/// An app of a developer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The portal's id.
    pub id: AppId,
    /// Its name, unique among the apps of its owner.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where a sign-in may come back to.
    pub callback_urls: Vec<String>,
    /// Names and values that its owner noted.
    pub attributes: Vec<(String, String)>,
    /// How far it is.
    pub status: AppStatus,
    /// Why an administrator suspended it, in their words.
    pub suspended_for: Option<String>,
    /// What it subscribes to. A product may stand there twice: first what is asked for, then what is approved
    /// until that is decided.
    pub subscriptions: Vec<Subscription>,
    /// Its keys that were not revoked, the newest first.
    pub keys: Vec<KeyId>,
    /// Whose it is, where the portal tells.
    pub owner: Option<String>,
    /// The team it belongs to, which `owner` names then; nothing for a person's.
    pub team: Option<TeamId>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub changed_at: Option<Timestamp>,
}

impl App {
    /// How many of its subscriptions wait for somebody.
    pub fn waiting(&self) -> usize {
        self.subscriptions.iter().filter(|one| one.state == SubscriptionState::Pending).count()
    }

    /// What a new key of it can be given: what was asked for and not refused, each scope once.
    pub fn key_scopes(&self) -> Vec<String> {
        let mut scopes = Vec::new();
        for one in self.subscriptions.iter().filter(|one| one.state != SubscriptionState::Rejected) {
            for scope in &one.scopes {
                if !scopes.contains(scope) {
                    scopes.push(scope.clone());
                }
            }
        }
        scopes
    }
}

/// How far an app is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppStatus {
    /// Its keys are accepted, for what was approved.
    Active,
    /// Nothing of it is approved yet: something waits, or it asks for nothing.
    Pending,
    /// Everything it asked for was refused.
    Rejected,
    /// Somebody switched it off.
    Suspended,
    /// A word this app does not know, as it was received.
    Unknown(String),
}

/// An app's subscription to a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The portal's id; what is asked for again has another.
    pub id: SubscriptionId,
    /// The product.
    pub product: ProductId,
    /// What is asked for of what the product allows.
    pub scopes: Vec<String>,
    /// How far it is.
    pub state: SubscriptionState,
    /// What it is wanted for, in the words of the developer.
    pub justification: String,
    /// Why it was refused, in the words of whoever refused it.
    pub reason: Option<String>,
    /// When it was asked for.
    pub asked_at: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

impl Subscription {
    /// When somebody decided about it; nothing while it waits, or where the portal approved it by itself.
    pub fn decision(&self) -> Option<Timestamp> {
        let decided = matches!(self.state, SubscriptionState::Approved | SubscriptionState::Rejected);
        self.decided_at.filter(|at| decided && self.asked_at.is_some_and(|asked| asked != *at))
    }
}

/// How far a subscription is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionState {
    /// In force.
    Approved,
    /// Waits for an administrator.
    Pending,
    /// Refused.
    Rejected,
    /// A word this app does not know, as it was received.
    Unknown(String),
}

/// What an app shall be; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppWish {
    /// Its name.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Where a sign-in may come back to.
    pub callback_urls: Option<Vec<String>>,
    /// Names and values that its owner notes.
    pub attributes: Option<Vec<(String, String)>>,
    /// All that it subscribes to from then on.
    pub products: Option<Vec<ProductWish>>,
    /// The team it shall belong to, for a new one: an app stays whose it is.
    pub team: Option<TeamId>,
}

/// A product that an app shall subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductWish {
    /// The product.
    pub product: ProductId,
    /// What is wanted of it; everything if empty.
    pub scopes: Vec<String>,
    /// What it is wanted for; required where somebody must approve it.
    pub justification: String,
}

/// A subscription that waits for an administrator, with what they must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The subscription.
    pub subscription: Subscription,
    /// What the product is called.
    pub product_name: String,
    /// The app that asks.
    pub app: AppId,
    /// What the app is called.
    pub app_name: String,
    /// The name they registered with; anybody can take any.
    pub person: Option<String>,
    /// The address they sign in with; nobody has proven that it is theirs.
    pub email: Option<String>,
}

/// What an account may do at its portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Decides what others ask for, besides everything a developer may do.
    Admin,
    /// Makes and changes keys and apps of their own.
    Developer,
    /// Looks, and changes nothing.
    ReadOnly,
    /// A word this app does not know, as it was received.
    Unknown(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription(state: SubscriptionState, scopes: &[&str]) -> Subscription {
        Subscription {
            id: SubscriptionId::new("sub_1"),
            product: ProductId::new("catalog"),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            state,
            justification: String::new(),
            reason: None,
            asked_at: Some(Timestamp::from_secs(5)),
            decided_at: Some(Timestamp::from_secs(9)),
        }
    }

    fn product(approval: ApprovalRule) -> Product {
        Product {
            id: ProductId::new("catalog"),
            name: "Catalog".into(),
            description: String::new(),
            scopes: vec!["read".into(), "write".into()],
            elevated: vec!["write".into()],
            quota: None,
            rate_limit: None,
            tier: None,
            approval,
        }
    }

    #[test]
    fn only_elevated_scopes_of_a_conditional_product_need_somebody() {
        let conditional = product(ApprovalRule::Conditional);
        assert!(!conditional.must_be_approved(&["read".into()]));
        assert!(conditional.must_be_approved(&["read".into(), "write".into()]));
        assert!(conditional.must_be_approved(&[]), "no scope means all of them");
        assert!(!product(ApprovalRule::Auto).must_be_approved(&["write".into()]));
        assert!(product(ApprovalRule::Unknown("vote".into())).must_be_approved(&["read".into()]));
    }

    #[test]
    fn what_the_portal_approved_by_itself_is_nobodys_decision() {
        let at_once = Subscription {
            decided_at: Some(Timestamp::from_secs(5)),
            ..subscription(SubscriptionState::Approved, &[])
        };
        assert_eq!(at_once.decision(), None);
        assert_eq!(subscription(SubscriptionState::Pending, &[]).decision(), None);
        let rejected = subscription(SubscriptionState::Rejected, &[]);
        assert_eq!(rejected.decision(), Some(Timestamp::from_secs(9)));
    }

    #[test]
    fn a_key_can_be_given_what_waits_and_nothing_that_was_refused() {
        let app = App {
            id: AppId::new("app_1"),
            name: "shop".into(),
            description: String::new(),
            callback_urls: Vec::new(),
            attributes: Vec::new(),
            status: AppStatus::Active,
            suspended_for: None,
            subscriptions: vec![
                subscription(SubscriptionState::Pending, &["read", "write"]),
                subscription(SubscriptionState::Approved, &["read"]),
                subscription(SubscriptionState::Rejected, &["stream"]),
            ],
            keys: Vec::new(),
            owner: None,
            team: None,
            created_at: None,
            changed_at: None,
        };
        assert_eq!(app.key_scopes(), ["read", "write"]);
        assert_eq!(app.waiting(), 1);
    }
}
