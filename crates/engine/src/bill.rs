//! The bill of a month: what was billable, credential by credential and app by app, as the portal counted it.
//!
//! Months are the portal's, and begin at midnight UTC.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use keystow_domain::{Bill, BillLine, Billed, Timestamp, visible};
use serde_json::{Value, json};

use crate::engine::Engine;
use crate::saved::{Saved, csv_line};
use crate::session::ask;
use crate::words::utc;
use crate::{Trouble, UsageFormat, words};

/// How many months back a bill can be asked for; what a portal still keeps of them is its own business.
pub const MOST_MONTHS_BACK: u32 = 12;

/// The bill of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillSight {
    /// When the month begins.
    pub from: Timestamp,
    /// When it ends; for the current month, now.
    pub to: Timestamp,
    /// Up to when the portal's numbers are complete.
    pub complete_until: Option<Timestamp>,
    /// Billable events of the whole account.
    pub billable: u64,
    /// Key by key and client by client.
    pub credentials: Vec<BillLine>,
    /// App by app; what belongs to no app is in no line of it.
    pub apps: Vec<BillLine>,
}

impl Engine {
    /// The bill of the current account, of this month or of one before it.
    ///
    /// # Errors
    ///
    /// Fails if the portal has no bill, keeps no numbers of that month, or cannot be asked.
    pub async fn bill(&self, months_back: u32) -> Result<BillSight, Trouble> {
        let account = self.current_account()?;
        if self.abilities(&account).await.is_ok_and(|abilities| !abilities.bill) {
            return Err(words::not_offered());
        }
        let now = self.portal_now(&account);
        let (from, to) = month(now, months_back.min(MOST_MONTHS_BACK)).ok_or_else(words::clock_unknown)?;
        let credentials = ask!(self, &account, |portal, token| portal.bill(token, from, to, false));
        let Bill { complete_until, billable, lines: credentials, .. } =
            credentials.map_err(|failed| words::of_bill(&failed))?;
        let apps = ask!(self, &account, |portal, token| portal.bill(token, from, to, true));
        let apps = apps.map_err(|failed| words::of_bill(&failed))?.lines;
        Ok(BillSight { from, to, complete_until, billable, credentials, apps })
    }

    /// Saves the bill of a month, among the person's downloads and never over another file.
    ///
    /// # Errors
    ///
    /// As [`Engine::bill`], and if the file cannot be written; nothing is left behind then.
    pub async fn export_bill(&self, months_back: u32, format: UsageFormat) -> Result<Saved, Trouble> {
        let bill = self.bill(months_back).await?;
        let entries = bill.credentials.len() + bill.apps.len();
        let (extension, text) = match format {
            UsageFormat::Csv => ("csv", csv(&bill)),
            UsageFormat::Json => ("json", format!("{:#}\n", written(&bill))),
        };
        let path = self.save_for_person("bill", extension, text).await?;
        Ok(Saved { path, entries })
    }
}

/// The span of the month that was so many months back, in UTC; the current one ends now.
fn month(now: Timestamp, back: u32) -> Option<(Timestamp, Timestamp)> {
    let today = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?.to_zoned(TimeZone::UTC).date();
    let first = today.first_of_month();
    let begins = |months: i64| -> Option<Timestamp> {
        let day: Date = first.checked_sub(jiff::Span::new().try_months(months).ok()?).ok()?;
        let at = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
        Some(Timestamp::from_millis(at.as_millisecond()))
    };
    let to = if back == 0 { now } else { begins(i64::from(back) - 1)? };
    Some((begins(i64::from(back))?, to))
}

const HEADS: &str = "kind,id,name,tier,billable,used_this_month,limit_a_month,resets_at\r\n";

fn csv(bill: &BillSight) -> String {
    let mut text = String::from(HEADS);
    for line in bill.credentials.iter().chain(&bill.apps) {
        let count = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
        let cells = [
            kind(line.of).to_owned(),
            visible(&line.id),
            line.name.as_deref().map(visible).unwrap_or_default(),
            line.tier.as_deref().map(visible).unwrap_or_default(),
            line.billable.to_string(),
            line.used.to_string(),
            count(line.limit),
            line.resets_at.map(utc).unwrap_or_default(),
        ];
        text.push_str(&csv_line(cells.iter().map(String::as_str)));
    }
    text
}

fn written(bill: &BillSight) -> Value {
    let line = |line: &BillLine| {
        json!({
            "kind": kind(line.of), "id": line.id, "name": line.name, "tier": line.tier,
            "billable": line.billable, "used_this_month": line.used, "limit_a_month": line.limit,
            "resets_at": line.resets_at.map(utc),
        })
    };
    json!({
        "from": utc(bill.from), "to": utc(bill.to), "complete_until": bill.complete_until.map(utc),
        "billable": bill.billable,
        "credentials": bill.credentials.iter().map(line).collect::<Vec<_>>(),
        "apps": bill.apps.iter().map(line).collect::<Vec<_>>(),
    })
}

fn kind(of: Billed) -> &'static str {
    match of {
        Billed::Key => "key",
        Billed::Client => "client",
        Billed::App => "app",
        Billed::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-05T12:00:00Z.
    const NOW: Timestamp = Timestamp::from_secs(1_772_712_000);

    #[test]
    fn a_month_begins_at_midnight_utc_and_the_current_one_ends_now() {
        assert_eq!(
            month(NOW, 0).map(|(from, to)| (utc(from), to)),
            Some(("2026-03-01T00:00:00Z".into(), NOW))
        );
        let before = |back| month(NOW, back).map(|(from, to)| (utc(from), utc(to)));
        assert_eq!(before(1), Some(("2026-02-01T00:00:00Z".into(), "2026-03-01T00:00:00Z".into())));
        assert_eq!(before(3), Some(("2025-12-01T00:00:00Z".into(), "2026-01-01T00:00:00Z".into())));
    }

    #[test]
    fn a_name_that_is_a_formula_is_text_and_what_has_no_limit_has_none() {
        let line = BillLine {
            of: Billed::Client,
            id: "client_1".into(),
            name: Some("=1+1".into()),
            tier: None,
            billable: 3,
            used: 4,
            limit: None,
            resets_at: Some(NOW),
        };
        let bill = BillSight {
            from: NOW,
            to: NOW,
            complete_until: None,
            billable: 3,
            credentials: vec![line],
            apps: Vec::new(),
        };
        let text = csv(&bill);
        let row = text.lines().nth(1).unwrap_or_default();
        assert_eq!(row, "client,client_1,\"'=1+1\",,3,4,,2026-03-05T12:00:00Z");
        assert_eq!(written(&bill)["credentials"][0]["limit_a_month"], Value::Null);
    }
}
