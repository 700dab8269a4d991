//! The use cases of Keystow: the app without a window.
//!
//! The engine knows accounts, keys, rotations and usage, and what to say when something fails. It can
//! hold a secret only as an opaque value on its way from a portal into the vault; nothing it returns
//! can carry one.

mod accounts;
mod admin;
mod alerts;
mod apps;
mod audit;
mod background;
mod beside;
mod bill;
mod built_in;
mod bulk;
mod calendar;
mod chart;
mod checks;
mod clients;
mod clipboard;
mod clock;
mod dead;
mod desktop;
#[cfg(unix)]
mod door;
mod engine;
mod events;
mod first_call;
mod forms;
mod health;
mod host;
mod hotkey;
mod import;
mod issue;
mod keys;
mod list;
mod locking;
mod notices;
mod passphrase;
mod picks;
mod places;
mod portal_log;
mod preflight;
mod presence;
mod probing;
mod push;
mod quota;
mod random;
mod reading;
mod receipts;
mod reminders;
mod rotation;
mod saved;
mod schedules;
mod search;
mod session;
mod settings;
mod settle;
mod sign_in;
mod store;
mod sweep;
mod teams;
#[cfg(test)]
mod tests;
mod timers;
mod tray;
mod trouble;
mod usage;
mod words;

pub use accounts::AccountState;
pub use admin::{ReportFile, ReportSight, SuspensionWish};
pub use alerts::{AlertSight, AlertsSight};
pub use apps::{AppFigures, AppSight, AppsSight, Decided, DeletedApp};
pub use audit::{AuditCheck, AuditEntry, AuditSight, Deed, read_audit, verify_audit};
pub use beside::{Beside, Finding, FindingKind, Person, Preview, Ready, Run, Taken, TakenFrom, Wanted};
pub use bill::{BillSight, MOST_MONTHS_BACK};
pub use built_in::BuiltInFault;
pub use bulk::{BulkPlan, BulkSight, BulkTurn, KeptTrouble};
pub use chart::{
    Area, Chart, Colours, Column, Curve, Dash, Lines, Mark, MarkKind, Marker, PictureWords,
    Series as ChartSeries, Sign, Tick, draw, draw_lines,
};
pub use checks::{FirstCheck, FirstCheckKind};
pub use clipboard::{ClipboardSight, Held};
pub use clock::{ClockSight, SystemClock};
pub use desktop::{DesktopSight, HotkeySight};
pub use engine::{Engine, Setup, VaultSight};
pub use events::Event;
pub use first_call::{CallSight, FirstCallSight};
pub use forms::{FormName, FormSight, FormsSight, TemplateWish};
pub use health::{HealthPage, HealthQuery, HealthRow, HealthTable};
pub use host::{Away, Host, Leaving, Notification, Step};
pub use hotkey::{Hotkey, HotkeyKey};
pub use import::{FileImport, ImportSight, Left};
pub use keys::{KeyDetails, Revocation};
pub use list::{Due, DueKey, Freshness, OldSecret, Order, Page, Query, Row};
pub use locking::{LockCause, LockSight, Watches};
pub use notices::{Action, Notice, Tone};
pub use passphrase::{Answered, ProtectionSight};
pub use picks::{Pick, PickGroup, PickSight};
pub use places::{Delivered, Place, PlaceKind};
pub use portal_log::PortalLog;
pub use preflight::{Check, CheckKind};
pub use probing::Probe;
pub use quota::QuotaSight;
pub use rotation::{Choice, Evidence, EvidenceKind, Proof, Receipt, RotationSight, Stage, Straggler, Wish};
pub use saved::Saved;
pub use schedules::ScheduleSight;
pub use search::{Completion, Fault, FaultKind, Suggestion};
pub use session::Connector;
pub use settings::{LockSettings, Settings, Theme};
pub use sign_in::{Address, SignInSight, SignInStep};
pub use sweep::{Found, SweepSight, SweepState, SweepWish};
pub use teams::{MemberSight, TeamBars, TeamSight, TeamsSight};
pub use timers::Timer;
pub use tray::{TraySight, TrayWords};
pub use trouble::Trouble;
pub use usage::{MOST_COMPARED, MOST_PICTURE, Metric, Period, UsageFormat, UsageSight, UsageWish};
pub use words::asking::{ChoiceWords, Question as PassphraseQuestion};

/// Makes the TLS stack ready; programs call it before anything else touches the network.
pub fn install_tls() {
    keystow_connect::install_tls();
}

/// Hardens the process against core dumps and the like; programs call it first thing.
pub fn harden() {
    keystow_vault::process::harden();
}

/// A passphrase on its way from whoever typed it to the vault, which alone can read it.
pub use keystow_vault::Passphrase;
/// A part of a text that is copied, as a person may see it.
pub use keystow_vault::Piece;
/// Wipes memory when it is freed; programs that may hold a secret install it as their allocator.
pub use keystow_vault::ZeroingAllocator;
/// What the clipboard tells of who read a secret.
pub use keystow_vault::{ReaderKind, Reading, Receipts};
