//! What administrators of a portal do: suspend by criteria and undo it, read reports, and save them.
//!
//! Nothing of it is kept here: it is read when somebody looks. A suspension goes on at the portal batch by batch, each
//! asked for by itself, so that whoever closes the window stops it where it is and anybody can go on with it.

use std::time::Duration;

use keystow_connect::{Failure, PageToken, RefusalKind, ReportPage};
use keystow_domain::{
    AccountId, Criteria, Preview, ReportFilter, ReportKind, ReportRow, Suspension, SuspensionId, Timestamp,
};
use serde_json::{Value, json};

use crate::engine::Engine;
use crate::events::Event;
use crate::saved::{Saved, csv_line};
use crate::session::ask;
use crate::{Trouble, words};

/// The longest reason, in characters (SuspendRequest of the DeveloperService contract).
const LONGEST_REASON: usize = 500;
const DAY: i64 = 86_400_000;

/// What somebody wishes to suspend; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuspensionWish {
    /// Whether single keys and OAuth clients are meant, and not whole apps.
    pub keys: bool,
    /// The address of the owner, or the id of the team that owns it.
    pub owner: Option<String>,
    /// The id of a product.
    pub product: Option<String>,
    /// The portal's word for how far the app or the key is.
    pub status: Option<String>,
    /// What was not used in so many days.
    pub unused_days: Option<u32>,
    /// What was made more than so many days ago.
    pub older_days: Option<u32>,
    /// What has this in its name.
    pub name: Option<String>,
}

/// A page of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSight {
    /// Its lines.
    pub rows: Vec<ReportRow>,
    /// How many lines the whole report has.
    pub total: u64,
    /// Where to go on; nothing on the last page.
    pub next: Option<String>,
}

/// What is saved of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFile {
    /// A report as CSV.
    Csv(ReportKind),
    /// A report as JSON.
    Json(ReportKind),
    /// Everything that is known of the apps, as JSON.
    Apps,
}

impl Engine {
    /// What a suspension would hit. Nothing is changed.
    ///
    /// # Errors
    ///
    /// Names each wrong criterion; fails for whoever is no administrator.
    pub async fn preview_suspension(&self, wish: &SuspensionWish) -> Result<Preview, Trouble> {
        let account = self.current_account()?;
        let criteria = self.criteria(&account, wish);
        let seen = ask!(self, &account, |portal, token| portal.preview_suspension(token, &criteria));
        self.admin_read(&account, seen).await
    }

    /// Begins a suspension of what was previewed; `typed` is the number of things that are hit, as the person typed it.
    ///
    /// # Errors
    ///
    /// Fails if something else would be hit by now, or another number was typed.
    pub async fn begin_suspension(
        &self,
        wish: &SuspensionWish,
        preview: &str,
        hit: u64,
        typed: &str,
        reason: &str,
    ) -> Result<Suspension, Trouble> {
        let account = self.current_account()?;
        let turn = self.turn(format!("suspensions {account}"));
        let _turn = turn.lock().await;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            return Err(
                words::no_suspension_reason(LONGEST_REASON).about(vec![("reason".into(), String::new())])
            );
        }
        if typed.trim() != hit.to_string() {
            return Err(words::count_differs());
        }
        let criteria = self.criteria(&account, wish);
        let begun = ask!(self, &account, |portal, token| {
            portal.begin_suspension(token, &criteria, preview, reason)
        });
        self.admin_told(&account, begun).await
    }

    /// The suspensions of the portal, the newest first.
    ///
    /// # Errors
    ///
    /// Fails for whoever is no administrator, or if the portal cannot be asked.
    pub async fn suspensions(&self) -> Result<Vec<Suspension>, Trouble> {
        let account = self.current_account()?;
        let read = ask!(self, &account, |portal, token| portal.suspensions(token));
        self.admin_read(&account, read).await
    }

    /// Suspends the next of what a suspension is about.
    ///
    /// # Errors
    ///
    /// Fails if it is being undone, or the portal cannot be asked.
    pub async fn continue_suspension(&self, id: &SuspensionId) -> Result<Suspension, Trouble> {
        let account = self.current_account()?;
        let turn = self.turn(format!("suspensions {account}"));
        let _turn = turn.lock().await;
        let moved = ask!(self, &account, |portal, token| portal.continue_suspension(token, id));
        self.admin_told(&account, moved).await
    }

    /// Resumes the next of what a suspension is about.
    ///
    /// # Errors
    ///
    /// Fails if there is none, or the portal cannot be asked.
    pub async fn resume_suspension(&self, id: &SuspensionId) -> Result<Suspension, Trouble> {
        let account = self.current_account()?;
        let turn = self.turn(format!("suspensions {account}"));
        let _turn = turn.lock().await;
        let moved = ask!(self, &account, |portal, token| portal.resume_suspension(token, id, None));
        self.admin_told(&account, moved).await
    }

    /// A page of a report, from the start or from where the last page ended.
    ///
    /// # Errors
    ///
    /// Names each wrong filter; fails for whoever is no administrator.
    pub async fn report(
        &self,
        kind: ReportKind,
        filter: &ReportFilter,
        page: Option<String>,
    ) -> Result<ReportSight, Trouble> {
        let account = self.current_account()?;
        let page = page.map(PageToken::new);
        let read = ask!(self, &account, |portal, token| portal.report(token, kind, filter, page.as_ref()));
        let ReportPage { part, total } = self.admin_read(&account, read).await?;
        let next = part.next.map(|next| next.as_str().to_owned());
        Ok(ReportSight { rows: part.all, total, next })
    }

    /// Saves a whole report, or everything that is known of the apps, for the person.
    ///
    /// # Errors
    ///
    /// As [`Engine::report`], and if the file cannot be saved.
    pub async fn export_report(&self, what: ReportFile, filter: &ReportFilter) -> Result<Saved, Trouble> {
        let (kind, csv) = match what {
            ReportFile::Apps => return self.export_app_data(filter).await,
            ReportFile::Csv(kind) => (kind, true),
            ReportFile::Json(kind) => (kind, false),
        };
        let account = self.current_account()?;
        let read = ask!(self, &account, |portal, token| portal.whole_report(token, kind, filter));
        let rows = self.admin_read(&account, read).await?;
        let path = match csv {
            true => self.save_for_person(stem(kind), "csv", csv_of(&rows)).await?,
            false => {
                let all: Value = rows.iter().map(json_of).collect();
                self.save_for_person(stem(kind), "json", format!("{all:#}\n")).await?
            }
        };
        Ok(Saved { path, entries: rows.len() })
    }

    async fn export_app_data(&self, filter: &ReportFilter) -> Result<Saved, Trouble> {
        let account = self.current_account()?;
        let read = ask!(self, &account, |portal, token| portal.app_data(token, filter));
        let all = self.admin_read(&account, read).await?;
        let path = self.save_for_person("app-data", "json", format!("[\n{}\n]\n", all.join(",\n"))).await?;
        Ok(Saved { path, entries: all.len() })
    }

    /// What was answered, or what is said of a change that was asked for.
    async fn admin_told<T>(&self, account: &AccountId, answer: Result<T, Failure>) -> Result<T, Trouble> {
        self.follow_role(account, &answer).await;
        answer.map_err(|failed| words::of_admin(&failed))
    }

    /// What was read, or what is said of a reading, which changes nothing whatever became of it.
    async fn admin_read<T>(&self, account: &AccountId, answer: Result<T, Failure>) -> Result<T, Trouble> {
        self.follow_role(account, &answer).await;
        answer.map_err(|failed| words::of_admin_reading(&failed))
    }

    /// Reads a role again that was lost, so that the window follows.
    async fn follow_role<T>(&self, account: &AccountId, answer: &Result<T, Failure>) {
        if matches!(answer, Err(Failure::Refused(refusal)) if refusal.kind == RefusalKind::Forbidden) {
            self.read_abilities(account).await;
            self.tell(Event::Apps);
        }
    }

    /// A wish as the portal reads it. Days end with the portal's day, so that what was previewed is asked for in the same
    /// words a moment later.
    fn criteria(&self, account: &AccountId, wish: &SuspensionWish) -> Criteria {
        let now = self.portal_now(account).as_millis();
        let today = Timestamp::from_millis(now - now.rem_euclid(DAY));
        let ago =
            |days: Option<u32>| days.map(|days| today.minus(Duration::from_secs(u64::from(days) * 86_400)));
        Criteria {
            keys: wish.keys,
            owner: wish.owner.clone(),
            product: wish.product.clone(),
            status: wish.status.clone(),
            unused_since: ago(wish.unused_days),
            created_before: ago(wish.older_days),
            name_contains: wish.name.clone(),
        }
    }
}

/// The first words of the name of a report's file.
fn stem(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Inventory => "apps-inventory",
        ReportKind::Inactive => "apps-inactive",
        ReportKind::Usage => "apps-usage",
        ReportKind::Pending => "apps-pending",
    }
}

const COLUMNS: [&str; 15] = [
    "appId",
    "app",
    "owner",
    "team",
    "status",
    "products",
    "credentials",
    "createdAt",
    "lastUsedAt",
    "calls",
    "errors",
    "throttled",
    "billable",
    "justification",
    "askedAt",
];

fn instant(at: Option<Timestamp>) -> String {
    at.map(words::utc).unwrap_or_default()
}

fn cells(row: &ReportRow) -> [String; 15] {
    [
        row.app.as_str().to_owned(),
        row.app_name.clone(),
        row.owner.clone().unwrap_or_default(),
        row.team.clone().unwrap_or_default(),
        row.status.clone(),
        row.products.join(" "),
        row.credentials.to_string(),
        instant(row.created_at),
        instant(row.last_used_at),
        row.calls.to_string(),
        row.errors.to_string(),
        row.throttled.to_string(),
        row.billable.to_string(),
        row.justification.clone(),
        instant(row.asked_at),
    ]
}

fn csv_of(rows: &[ReportRow]) -> String {
    let lines = rows.iter().map(|row| csv_line(cells(row).iter().map(String::as_str)));
    std::iter::once(csv_line(COLUMNS)).chain(lines).collect()
}

fn json_of(row: &ReportRow) -> Value {
    let cells = cells(row);
    let mut one: serde_json::Map<String, Value> =
        COLUMNS.iter().zip(cells).map(|(&name, cell)| (name.to_owned(), Value::String(cell))).collect();
    one.insert("products".into(), json!(row.products));
    let counts = [
        ("credentials", row.credentials),
        ("calls", row.calls),
        ("errors", row.errors),
        ("throttled", row.throttled),
        ("billable", row.billable),
    ];
    for (name, count) in counts {
        one.insert(name.into(), json!(count));
    }
    Value::Object(one)
}
