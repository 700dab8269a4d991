//! Reports and exports on five thousand apps, compared with figures that the database is asked for by itself.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::Value;

use crate::{
    apps::join,
    desk::{App, Desk},
};

/// How many apps there are.
const APPS: usize = 5000;
/// The hour in which the tests live, since 1970.
const HOUR: i64 = 1_800_000_000 / 3600;

/// Fifty people and ten teams with apps, subscriptions in every state, keys, clients and calls in every hour of two months.
const GENERATE: &str = "
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
    INSERT INTO accounts SELECT CASE WHEN i < 50 THEN 'acc_' ELSE 'team_' END || i,
        CASE WHEN i < 50 THEN 'dev' || i || '@example.com' ELSE 'team ' || i END, '', '', '', 0, 0 FROM n;
    INSERT INTO teams (id, name, founder, created_at)
        SELECT id, 'Team ' || id, 'acc_0', 0 FROM accounts WHERE id LIKE 'team\\_%' ESCAPE '\\';
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
    INSERT INTO apps (id, account, name, description, callbacks, attributes, owner, created_at, changed_at)
        SELECT 'app_' || i, CASE WHEN i % 6 = 5 THEN 'team_' || (50 + i % 10) ELSE 'acc_' || (i % 50) END,
            'App ' || i, '', '[]', '[]', 'owner', 1800000000000 - (i % 400) * 86400000, 0 FROM n;
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
    INSERT INTO subscriptions (id, app, product, scopes, state, justification, reason, asked_at, decided_by, place)
        SELECT 'sub_' || i || '_' || p.id, 'app_' || i, p.id, 'read',
            CASE WHEN i % 11 = 3 THEN 'rejected' ELSE CASE (i + p.place) % 4 WHEN 0 THEN 'approved' WHEN 1 THEN 'pending' WHEN 2 THEN 'rejected'
                ELSE 'withdrawn' END END,
            '', '', 1800000000000 - i * 1000, '', p.place
        FROM n CROSS JOIN products p WHERE i % 7 <> 6;
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
    INSERT INTO keys (id, account, name, scopes, environment, owner, created_by, standing, created_at, last_used_at,
            version, hash, prefix, suffix, app, kind)
        SELECT CASE WHEN i % 5 = 4 THEN 'cli_' ELSE 'key_' END || i, a.account, 'Key ' || i, 'read', '', '', '', 1 + i % 4,
            0, CASE WHEN i % 3 = 0 THEN NULL ELSE 1800000000000 - (i % 90) * 86400000 END,
            1, x'', 'kst_abcd', 'wxyz', a.id, i % 5 = 4
        FROM n JOIN apps a ON a.id = 'app_' || (i / 2);
    INSERT INTO hours (key_number, hour, version, requests, client_errors, server_errors, throttled, billable,
            micros_least, micros_most, micros_sum, histogram)
        SELECT k.number, 500000 - (k.number * 37 + s.n * 331) % 1440, 1, 10 + k.number % 90, k.number % 3, k.number % 2,
            k.number % 5, k.number % 80, 1, 1, 1, x''
        FROM keys k JOIN (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2) s WHERE k.number % 8 < 3;";

/// What the database says of each app, asked in another way than the portal asks it.
const FIGURES: &str = "
    WITH states AS (SELECT app, sum(state = 'approved') AS approved, sum(state = 'pending') AS pending, count(*) AS all_
            FROM subscriptions WHERE state <> 'withdrawn' GROUP BY app),
        used AS (SELECT app, max(coalesce(last_used_at, -1)) AS at, sum(standing <> 2) AS alive FROM keys GROUP BY app),
        called AS (SELECT k.app, sum(h.requests) AS calls, sum(h.client_errors + h.server_errors) AS errors,
            sum(h.throttled) AS throttled, sum(h.billable) AS billable
            FROM hours h, keys k WHERE k.number = h.key_number AND h.hour >= ?1 AND h.hour <= ?2 GROUP BY k.app)
    SELECT a.id, a.account, a.created_at,
        CASE WHEN coalesce(s.approved, 0) > 0 THEN 'active' WHEN coalesce(s.pending, 0) > 0 OR s.all_ IS NULL THEN 'pending'
            ELSE 'rejected' END,
        coalesce(u.alive, 0), nullif(u.at, -1), coalesce(c.calls, 0), coalesce(c.errors, 0), coalesce(c.throttled, 0),
        coalesce(c.billable, 0), c.calls IS NOT NULL
    FROM apps a LEFT JOIN states s ON s.app = a.id LEFT JOIN used u ON u.app = a.id LEFT JOIN called c ON c.app = a.id
    ORDER BY a.number DESC";

/// What is told of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Figures {
    account: String,
    created_at: i64,
    status: String,
    credentials: u64,
    used_at: Option<i64>,
    /// Calls, errors, throttled and billable.
    calls: [u64; 4],
    is_called: bool,
}

fn figures(database: &Connection, days: i64) -> Vec<(String, Figures)> {
    let mut rows = database.prepare(FIGURES).unwrap();
    let read = rows.query_map([HOUR - days * 24, HOUR], |row| {
        let count = |place| row.get::<_, i64>(place).map(i64::unsigned_abs);
        let figures = Figures {
            account: row.get(1)?,
            created_at: row.get(2)?,
            status: row.get(3)?,
            credentials: count(4)?,
            used_at: row.get(5)?,
            calls: [count(6)?, count(7)?, count(8)?, count(9)?],
            is_called: row.get(10)?,
        };
        Ok((row.get(0)?, figures))
    });
    read.unwrap().map(Result::unwrap).collect()
}

/// Every line of something that is told in pages.
async fn pages(admin: &App<'_>, path: &str, lines: &str) -> Vec<Value> {
    let (mut all, mut token) = (Vec::new(), String::new());
    loop {
        let between = if path.contains('?') { '&' } else { '?' };
        let page = format!("{path}{between}page_size=100&page_token={token}");
        let said = admin.get(&page).await.expect(200).json();
        all.extend(said[lines].as_array().cloned().unwrap_or_default());
        match said["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => {
                assert_eq!(said["total"].as_u64().unwrap_or_default(), all.len() as u64, "{path}");
                return all;
            }
        }
    }
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_default()
}

fn told(row: &Value) -> (String, String, u64, [u64; 4], bool) {
    let count = |name: &str| row[name].as_u64().unwrap_or_default();
    let calls = [count("calls"), count("errors"), count("throttled"), count("billable")];
    let id = text(row, "appId").to_owned();
    (id, text(row, "status").to_owned(), count("credentials"), calls, row.get("lastUsedAt").is_some())
}

fn wanted((id, one): &(String, Figures)) -> (String, String, u64, [u64; 4], bool) {
    (id.clone(), one.status.clone(), one.credentials, one.calls, one.used_at.is_some())
}

/// The lines of a CSV file whose cells hold no line break, by the names of its columns.
fn csv(file: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = file.split_terminator("\r\n").map(|line| line.split(',').map(str::to_owned));
    let columns: Vec<String> = lines.next().unwrap().collect();
    lines.map(|cells| columns.iter().cloned().zip(cells).collect()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_and_exports_on_five_thousand_apps_say_what_the_database_says() {
    let desk = Desk::with(|config| config.limits = keystow_portal::Limits::NONE).await;
    let admin = join(&desk, "root@example.com").await;
    let database = Connection::open(desk.data.path().join("portal/portal.db")).unwrap();
    database.execute_batch(&format!("BEGIN; {GENERATE} COMMIT;")).unwrap();

    let all = figures(&database, 30);
    assert_eq!(all.len(), APPS);
    let reports = "/v1/developer/admin/reports";
    let inventory = pages(&admin, &format!("{reports}/inventory"), "rows").await;
    assert_eq!(inventory.iter().map(told).collect::<Vec<_>>(), all.iter().map(wanted).collect::<Vec<_>>());

    // Filters, one by one and together.
    for (query, holds) in [
        ("owner=dev7@example.com", (|one: &Figures| one.account == "acc_7") as fn(&Figures) -> bool),
        ("team=team_55", |one| one.account == "team_55"),
        ("status=rejected", |one| one.status == "rejected"),
        ("team=team_51&status=active", |one| one.account == "team_51" && one.status == "active"),
    ] {
        let rows = pages(&admin, &format!("{reports}/inventory?{query}"), "rows").await;
        let meant: Vec<_> = all.iter().filter(|(_, one)| holds(one)).map(wanted).collect();
        assert!(!meant.is_empty());
        assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), meant, "{query}");
    }
    let partner =
        "SELECT count(DISTINCT app) FROM subscriptions WHERE product = 'partner' AND state <> 'withdrawn'";
    let partner: u32 = database.query_row(partner, [], |row| row.get(0)).unwrap();
    assert_eq!(
        pages(&admin, &format!("{reports}/inventory?product=partner"), "rows").await.len(),
        partner as usize
    );

    inactive_and_used(&admin, &database, reports).await;
    pending(&admin, &database, reports).await;
    files(&admin, &database, reports, &inventory).await;
}

async fn inactive_and_used(admin: &App<'_>, database: &Connection, reports: &str) {
    let all = figures(database, 60);
    let from = (HOUR - 60 * 24) * 3_600_000;
    let idle = pages(admin, &format!("{reports}/inactive?days=60"), "rows").await;
    let mut ids: Vec<&str> = idle.iter().map(|row| text(row, "appId")).collect();
    let idle_in =
        |one: &Figures| one.created_at < from && one.used_at.is_none_or(|used| used < from) && !one.is_called;
    let mut meant: Vec<&str> =
        all.iter().filter(|(_, one)| idle_in(one)).map(|(id, _)| id.as_str()).collect();
    ids.sort_unstable();
    meant.sort_unstable();
    assert!(!meant.is_empty());
    assert_eq!(ids, meant);

    let week = figures(database, 7);
    let used = pages(admin, &format!("{reports}/usage?days=7"), "rows").await;
    let mut meant: Vec<_> = week.iter().filter(|(_, one)| one.is_called).map(wanted).collect();
    assert!(meant.len() > 100 && meant.len() < APPS);
    let billable: Vec<u64> = used.iter().map(|row| row["billable"].as_u64().unwrap_or_default()).collect();
    assert!(billable.is_sorted_by(|one, next| one >= next), "those with the most billable calls come first");
    let mut told: Vec<_> = used.iter().map(told).collect();
    told.sort();
    meant.sort();
    assert_eq!(told, meant);
}

async fn pending(admin: &App<'_>, database: &Connection, reports: &str) {
    let mut rows =
        database.prepare("SELECT id FROM subscriptions WHERE state = 'pending' ORDER BY number").unwrap();
    let meant: Vec<String> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let told = pages(admin, &format!("{reports}/pending"), "rows").await;
    let told: Vec<&str> = told.iter().map(|row| text(row, "subscriptionId")).collect();
    assert_eq!(told, meant);
}

async fn files(admin: &App<'_>, database: &Connection, reports: &str, inventory: &[Value]) {
    let json = admin.get(&format!("{reports}/inventory/export?format=json")).await.expect(200).json();
    assert_eq!(json.as_array().unwrap(), inventory, "the file says what the pages say");
    let file = admin.get(&format!("{reports}/inventory/export?format=csv")).await.expect(200).text;
    let lines = csv(&file);
    assert_eq!(lines.len(), APPS);
    for (line, row) in lines.iter().zip(inventory) {
        assert_eq!(
            (line["appId"].as_str(), line["status"].as_str()),
            (text(row, "appId"), text(row, "status"))
        );
        assert_eq!(line["calls"], row["calls"].as_u64().unwrap_or_default().to_string());
    }
    let data = admin.get("/v1/developer/admin/apps/export?format=json").await.expect(200).json();
    let data = data.as_array().unwrap();
    let sum = |of: fn(&Value) -> usize| data.iter().map(of).sum::<usize>();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap() as usize;
    assert_eq!(data.len(), APPS);
    assert_eq!(
        sum(|one| one["app"]["subscriptions"].as_array().map_or(0, Vec::len)),
        count("SELECT count(*) FROM subscriptions WHERE state <> 'withdrawn'")
    );
    assert_eq!(
        sum(|one| one["credentials"].as_array().map_or(0, Vec::len)),
        count("SELECT count(*) FROM keys WHERE standing <> 2")
    );
    let paged = pages(admin, "/v1/developer/admin/apps?owner=dev3@example.com", "apps").await;
    let owned: Vec<&Value> = data.iter().filter(|one| one["ownerEmail"] == "dev3@example.com").collect();
    assert_eq!(paged.iter().collect::<Vec<_>>(), owned);
    assert_eq!(owned[0]["credentials"][0]["mask"], "kst_abcd…wxyz");
}
