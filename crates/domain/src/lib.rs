//! The rules of Keystow, without a portal, a disk or a window.
//!
//! Nothing here performs IO, awaits, serialises or reads the time: every rule is a function of its
//! arguments, so that it can be proven by an ordinary test.

mod abilities;
mod account;
mod admin;
mod alert;
mod app;
mod bill;
mod bulk;
mod client;
mod clockwork;
mod course;
mod forecast;
mod health;
mod ids;
mod key;
mod portal_log;
mod rotation;
mod schedule;
mod settlement;
mod team;
mod text;
mod time;
mod usage;
mod variable;

pub use abilities::{Abilities, GracePolicy, SecondRotation};
pub use account::{Account, PortalKind, Session};
pub use admin::{
    Criteria, ItemState, Preview, ReportFilter, ReportKind, ReportRow, Suspension, SuspensionItem,
    SuspensionState,
};
pub use alert::{ALERT_NEEDS, Blank, Facts, LEAST_CALLS, Reading, Rule, read as read_alert, stands};
pub use app::{
    App, AppStatus, AppWish, ApprovalRule, Ask, Product, ProductWish, Role, Subscription, SubscriptionState,
};
pub use bill::{Bill, BillLine, Billed};
pub use bulk::{Next, RunState, TurnState, Unfit, next as next_turn, unfit};
pub use client::{Client, ClientKey, ClientProof, ClientWish, NewClient, PublicKey};
pub use clockwork::{Anchor, Certainty, Moment};
pub use course::{Course, Reason, Way, successor_of};
pub use forecast::{Exhaustion, Forecast, OUTLOOK_NEEDS, Outlook, Span, Untold, outlook};
pub use health::{
    Finding, FindingKind, Grade, Health, HealthGap, HealthRules, KeyFacts, app_of, judge, score,
};
pub use ids::{
    AccountId, AppId, CourseId, InvitationId, KeyId, MemberId, OperationId, ProductId, SubscriptionId,
    SuspensionId, TeamId,
};
pub use key::{Environment, Key, Mask, NameError, NewKey, PreviousSecret, Reported, State, key_name};
pub use portal_log::{LogEntry, LogOutcome, LogTarget};
pub use rotation::{Grace, GraceEnd, remaining};
pub use schedule::{Covers, MOST_DAYS, OFFERED_DAYS, Step, due_at, expiry_steps, governing, grace_steps};
pub use settlement::{Intent, Sighting, Verb, Verdict, settle};
pub use team::{Invitation, MailState, Member, Team, TeamBar, TeamRole};
pub use text::visible;
pub use time::{Clock, Timestamp};
pub use usage::{Bucket, Grouping, Latency, Quota, Resolution, Series, Usage, UsageQuery};
pub use variable::Variable;
