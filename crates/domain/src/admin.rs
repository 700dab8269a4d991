//! What administrators of a portal do about many apps and keys at once: suspensions by criteria, and reports.
//!
//! Words of a portal are open sets here: one that is not known stays as it was written.

use crate::{AppId, SuspensionId, Timestamp};

/// What a suspension shall hit; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Whether single keys and OAuth clients are meant, and not whole apps.
    pub keys: bool,
    /// The address of the owner, or the id of the team that owns it.
    pub owner: Option<String>,
    /// The id of a product.
    pub product: Option<String>,
    /// The portal's word for how far the app or the key is.
    pub status: Option<String>,
    /// What was made before this instant and not used since, in the portal's time.
    pub unused_since: Option<Timestamp>,
    /// What was made before this instant, in the portal's time.
    pub created_before: Option<Timestamp>,
    /// What has this in its name, whatever the case.
    pub name_contains: Option<String>,
}

/// Something that a suspension hits or would hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspensionItem {
    /// What it is, in the portal's word: `app`, `key` or `client`.
    pub kind: String,
    /// The portal's id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Whose it is, where a preview tells.
    pub owner: Option<String>,
    /// When it was last used, where a preview tells.
    pub last_used_at: Option<Timestamp>,
    /// Where it stands; nothing in a preview.
    pub state: Option<ItemState>,
}

/// Where a thing of a suspension stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemState {
    /// Its turn has not come.
    Due,
    /// It is suspended.
    Suspended,
    /// It is as it would be without the suspension.
    Resumed,
    /// It was left as it is.
    Left,
}

/// What a suspension would hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// What names exactly this at the portal.
    pub name: String,
    /// How many apps are hit; none where keys are meant.
    pub apps: u64,
    /// How many keys and OAuth clients are refused then.
    pub credentials: u64,
    /// The first of what is hit.
    pub items: Vec<SuspensionItem>,
}

/// A suspension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// The portal's id.
    pub id: SuspensionId,
    /// Where it stands.
    pub state: SuspensionState,
    /// Why, as the developers are told.
    pub reason: String,
    /// Who began it.
    pub by: Option<String>,
    /// When it was begun, in the portal's time.
    pub begun_at: Option<Timestamp>,
    /// How many apps or keys it is about.
    pub of: u64,
    /// How many of them wait for their turn.
    pub due: u64,
    /// How many of them are suspended.
    pub suspended: u64,
    /// How many of them were resumed.
    pub resumed: u64,
    /// How many of them were left as they are.
    pub left: u64,
}

/// Where a suspension stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuspensionState {
    /// Some of it waits for its turn: it goes on when it is asked to.
    Running,
    /// Everything had its turn.
    Done,
    /// It is being undone: it goes on when it is asked to.
    Resuming,
    /// Nothing of it is suspended any more.
    Resumed,
    /// A word this app does not know.
    Unknown(String),
}

/// A kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// Every app.
    Inventory,
    /// Apps that were not called in the last days.
    Inactive,
    /// Apps that were called in the last days, the most billable first.
    Usage,
    /// What waits for a decision.
    Pending,
}

impl ReportKind {
    /// The word of the contract, also in names of files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Inventory => "inventory",
            Self::Inactive => "inactive",
            Self::Usage => "usage",
            Self::Pending => "pending",
        }
    }
}

/// Which apps a report is about; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportFilter {
    /// The address of the person whose they are.
    pub owner: Option<String>,
    /// The id of the team whose they are.
    pub team: Option<String>,
    /// The portal's word for how far they are.
    pub status: Option<String>,
    /// The id of a product that they subscribe to.
    pub product: Option<String>,
    /// Over how many days calls are counted, or were not made.
    pub days: Option<u32>,
}

/// A line of a report: an app, or in the report on what waits a subscription of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// The app.
    pub app: AppId,
    /// What it is called.
    pub app_name: String,
    /// The address of the person whose it is; nothing for a team's.
    pub owner: Option<String>,
    /// What the team is called whose it is.
    pub team: Option<String>,
    /// The portal's word for how far it is.
    pub status: String,
    /// The ids of the products that are approved for it; in the report on what waits, the one that is asked for.
    pub products: Vec<String>,
    /// How many keys and OAuth clients it has that are not revoked.
    pub credentials: u64,
    /// When it was made, in the portal's time.
    pub created_at: Option<Timestamp>,
    /// When it was last used, in the portal's time.
    pub last_used_at: Option<Timestamp>,
    /// Calls in the last days.
    pub calls: u64,
    /// Those of them that were answered with 4xx or 5xx, without 429.
    pub errors: u64,
    /// Those of them that were answered with 429.
    pub throttled: u64,
    /// Those of them that are billable.
    pub billable: u64,
    /// What is asked for is wanted for this.
    pub justification: String,
    /// When it was asked for, in the portal's time.
    pub asked_at: Option<Timestamp>,
}
