//! The lines of reports, and the data of apps: made of a survey, and written as a file.

use std::collections::HashMap;

use keystow_domain::Timestamp;
use keystow_portal_api::{
    admin::{AppCredential, AppData, ReportRow},
    apps::app_status,
};

use super::record::approved;
use crate::{
    apps::Ask,
    file::csv_line,
    keys::Standing,
    stamp,
    storage::{AppLine, Counts, KeyLine},
};

/// Which apps a report is about; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// The address of the person whose it is.
    pub(super) owner: Option<String>,
    /// The id of the team whose it is.
    pub(super) team: Option<String>,
    pub(super) status: Option<String>,
    /// The id of a product that it subscribes to.
    pub(super) product: Option<String>,
}

impl Filter {
    /// Whether an app is meant.
    pub(super) fn fits(&self, app: &AppLine) -> bool {
        let is = |wish: &Option<String>, holds: &dyn Fn(&str) -> bool| wish.as_deref().is_none_or(holds);
        is(&self.owner, &|owner| app.email.eq_ignore_ascii_case(owner))
            && is(&self.team, &|team| app.account == team)
            && is(&self.status, &|status| app.status() == status)
            && is(&self.product, &|product| app.products.iter().any(|(one, _)| one == product))
    }
}

/// The line about an app.
pub(super) fn row(app: &AppLine, counts: &HashMap<String, Counts>) -> ReportRow {
    let counts = counts.get(&app.id).copied().unwrap_or_default();
    ReportRow {
        app_id: app.id.clone(),
        app_name: app.name.clone(),
        owner_email: app.email.clone(),
        team_id: app.team_id(),
        team_name: app.team.clone().unwrap_or_default(),
        status: app.status().into(),
        products: approved(app),
        credentials: app.credentials,
        created_at: stamp::write(app.created_at),
        last_used_at: stamp::write_opt(app.last_used_at),
        calls: counts.calls,
        errors: counts.errors,
        throttled: counts.throttled,
        billable: counts.billable,
        ..ReportRow::default()
    }
}

/// The line about a subscription that waits.
pub(super) fn waiting(app: &AppLine, ask: &Ask) -> ReportRow {
    ReportRow {
        products: vec![ask.subscription.product.clone()],
        subscription_id: ask.subscription.id.clone(),
        justification: ask.subscription.justification.clone(),
        asked_at: stamp::write(ask.subscription.asked_at),
        ..row(app, &HashMap::new())
    }
}

/// A credential of an app as it is exported.
pub(super) fn credential(key: &KeyLine, now: Timestamp) -> AppCredential {
    let is_expired = key.expires_at.is_some_and(|end| end <= now);
    let status = match key.standing {
        Standing::InForce if is_expired => "expired",
        Standing::InForce => app_status::ACTIVE,
        Standing::Pending => app_status::PENDING,
        Standing::Suspended | Standing::Revoked => app_status::SUSPENDED,
    };
    AppCredential {
        kind: if key.is_client { "client" } else { "key" }.into(),
        id: key.id.clone(),
        name: key.name.clone(),
        mask: format!("{}…{}", key.prefix, key.suffix),
        status: status.into(),
        created_at: stamp::write(key.created_at),
        last_used_at: stamp::write_opt(key.last_used_at),
        expires_at: stamp::write_opt(key.expires_at),
    }
}

/// Something that a file has lines of.
pub(super) trait Line: serde::Serialize + Send + Sync + 'static {
    /// What stands over the columns.
    const COLUMNS: &'static [&'static str];

    /// The cells of the line.
    fn cells(&self) -> Vec<String>;

    /// The line as CSV.
    fn csv(&self) -> String {
        csv_line(&self.cells())
    }
}

impl Line for ReportRow {
    const COLUMNS: &'static [&'static str] = &[
        "appId",
        "appName",
        "ownerEmail",
        "teamId",
        "teamName",
        "status",
        "products",
        "credentials",
        "createdAt",
        "lastUsedAt",
        "calls",
        "errors",
        "throttled",
        "billable",
        "subscriptionId",
        "justification",
        "askedAt",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.app_id.clone(),
            self.app_name.clone(),
            self.owner_email.clone(),
            self.team_id.clone(),
            self.team_name.clone(),
            self.status.clone(),
            self.products.join(" "),
            self.credentials.to_string(),
            self.created_at.clone(),
            self.last_used_at.clone(),
            self.calls.to_string(),
            self.errors.to_string(),
            self.throttled.to_string(),
            self.billable.to_string(),
            self.subscription_id.clone(),
            self.justification.clone(),
            self.asked_at.clone(),
        ]
    }
}

impl Line for AppData {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "description",
        "owner",
        "ownerEmail",
        "teamId",
        "status",
        "suspendedFor",
        "callbackUrls",
        "attributes",
        "subscriptions",
        "credentials",
        "createdAt",
        "updatedAt",
    ];

    fn cells(&self) -> Vec<String> {
        let app = &self.app;
        let attributes = app.attributes.iter().map(|one| format!("{}={}", one.name, one.value));
        let subscriptions = app.subscriptions.iter();
        let subscriptions =
            subscriptions.map(|one| format!("{} {} ({})", one.product_id, one.state, one.scopes.join(" ")));
        let credentials = self.credentials.iter();
        let credentials =
            credentials.map(|one| format!("{} {} {} {}", one.kind, one.name, one.mask, one.status));
        vec![
            app.id.clone(),
            app.name.clone(),
            app.description.clone(),
            app.owner.clone(),
            self.owner_email.clone(),
            app.team_id.clone(),
            app.status.clone(),
            app.suspended_for.clone(),
            app.callback_urls.join(" "),
            attributes.collect::<Vec<_>>().join("\n"),
            subscriptions.collect::<Vec<_>>().join("\n"),
            credentials.collect::<Vec<_>>().join("\n"),
            app.created_at.clone(),
            app.updated_at.clone(),
        ]
    }
}
