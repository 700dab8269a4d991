//! Who may do what: every operation of the contract, by every role, about what is one's own, a team's, somebody else's
//! or nobody's.
//!
//! An operation that is added to the contract needs a row here: [`TABLE`] if it asks for a person, [`ASKED_OTHERWISE`]
//! if it asks for something else, and in [`call`] how it is called.

use std::collections::BTreeSet;

use axum::http::Method;
use keystow_portal::{Limits, Role};
use serde_json::{Value, json};

use crate::{
    apps::{id, join},
    desk::{App, Desk, issued},
    teams::{bring_in, found, invite, me, set_role},
};

/// What decides about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Whoever is signed in.
    Anybody,
    /// Whoever may change anything.
    AnyChange,
    /// Whoever sees the thing.
    Look,
    /// Whoever sees the key and may change anything.
    Rotate,
    /// Whose it is, or who is an owner or admin of its team, or in its team and an administrator of the portal.
    Manage,
    /// The same for something that is made under an app or a team: what is not there is a wrong field.
    Make,
    /// The administrators of the portal.
    Queue,
    /// The same, about nothing that is there: they are told so with this status.
    QueueInVain(u16),
    /// The same, about something that waits.
    Decide,
    /// Whoever is in the team.
    InTeam,
    /// The owners and admins of the team, looking.
    TeamAdminLooks,
    /// The owners and admins of the team.
    TeamAdmin,
    /// The owners of the team.
    TeamOwner,
    /// The owners of the team, who are told that it still owns something.
    TeamOwnerInVain,
    /// Whoever is in the team and may change anything.
    TeamMember,
}

/// Every operation that asks for a person, in an order in which none takes away what a later one needs.
const TABLE: &[(&str, Rule)] = &[
    ("whoIsSignedIn", Rule::Anybody),
    ("capabilities", Rule::Anybody),
    ("listProducts", Rule::Anybody),
    ("listApiKeys", Rule::Anybody),
    ("listApps", Rule::Anybody),
    ("listTeams", Rule::Anybody),
    ("listAudit", Rule::Anybody),
    ("billing", Rule::Anybody),
    ("exportAudit", Rule::Anybody),
    ("createTeam", Rule::AnyChange),
    ("getApiKey", Rule::Look),
    ("usage", Rule::Look),
    ("quota", Rule::Look),
    ("getApp", Rule::Look),
    ("createApiKey", Rule::Make),
    ("createApp", Rule::Make),
    ("rotateApiKey", Rule::Rotate),
    ("endGrace", Rule::Rotate),
    ("updateApiKey", Rule::Manage),
    ("updateApp", Rule::Manage),
    ("listApprovals", Rule::Queue),
    ("previewSuspension", Rule::Queue),
    ("beginSuspension", Rule::QueueInVain(409)),
    ("listSuspensions", Rule::Queue),
    ("getSuspension", Rule::QueueInVain(404)),
    ("continueSuspension", Rule::QueueInVain(404)),
    ("resumeSuspension", Rule::QueueInVain(404)),
    ("report", Rule::Queue),
    ("exportReport", Rule::Queue),
    ("listAppData", Rule::Queue),
    ("exportAppData", Rule::Queue),
    ("approveSubscription", Rule::Decide),
    ("rejectSubscription", Rule::Decide),
    ("revokeApiKey", Rule::Manage),
    ("deleteApp", Rule::Manage),
    ("getTeam", Rule::InTeam),
    ("listTeamInvitations", Rule::TeamAdminLooks),
    ("updateTeam", Rule::TeamAdmin),
    ("inviteToTeam", Rule::TeamAdmin),
    ("withdrawTeamInvitation", Rule::TeamAdmin),
    ("updateTeamMember", Rule::TeamAdmin),
    ("removeTeamMember", Rule::TeamAdmin),
    ("deleteTeam", Rule::TeamOwnerInVain),
    ("handOverTeam", Rule::TeamOwner),
    ("leaveTeam", Rule::TeamMember),
];

/// Operations that ask for a key, a code, a token or nothing, and know no role.
const ASKED_OTHERWISE: &[&str] = &[
    "metadata",
    "tokenForm",
    "revokeForm",
    "exchangeCode",
    "refreshToken",
    "revokeToken",
    "listItems",
    "getItem",
    "acquireStream",
];

/// Operations about OAuth clients, which belong to one person and to no team. That a foreign one is as unknown as one
/// that never was is asked where clients are; who may only look is refused before any call learns what it is about.
const OF_ONE_PERSON: &[&str] = &[
    "listClients",
    "createClient",
    "getClient",
    "updateClient",
    "deleteClient",
    "rotateClient",
    "endClientGrace",
    "addClientKey",
    "endClientKey",
];

/// Whose a thing is, from where Ada stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    OfTeam(&'static str),
    Foreign,
    Unknown,
}

/// The ids that a call is about.
#[derive(Debug, Clone, Default)]
struct Things {
    team: String,
    app: String,
    key: String,
    ask: String,
    invitation: String,
    member: String,
    owner: String,
}

/// What the portal answers.
fn expected(rule: Rule, role: Role, whose: Whose) -> u16 {
    let sees = !matches!(whose, Whose::Foreign | Whose::Unknown);
    let in_team = |least: &[&str]| matches!(whose, Whose::OfTeam(role) if least.contains(&role));
    let manages = whose == Whose::Own || in_team(&["owner", "admin"]) || role == Role::Admin;
    let (found, reaches) = match rule {
        Rule::Anybody | Rule::AnyChange => (true, true),
        Rule::Queue | Rule::QueueInVain(_) => (true, role == Role::Admin),
        Rule::Decide => (whose != Whose::Unknown || role != Role::Admin, role == Role::Admin),
        Rule::Look | Rule::Rotate => (sees, true),
        Rule::Manage | Rule::Make => (sees, manages),
        Rule::InTeam | Rule::TeamMember => (sees, true),
        Rule::TeamAdminLooks | Rule::TeamAdmin => (sees, in_team(&["owner", "admin"])),
        Rule::TeamOwner | Rule::TeamOwnerInVain => (sees, in_team(&["owner"])),
    };
    let looks =
        matches!(rule, Rule::Anybody | Rule::Look | Rule::Queue | Rule::InTeam | Rule::TeamAdminLooks);
    match (found, reaches) {
        _ if role == Role::ReadOnly && !looks => 403,
        (false, _) if rule == Rule::Make => 400,
        (false, _) => 404,
        (true, false) => 403,
        (true, true) => match rule {
            Rule::TeamOwnerInVain => 409,
            Rule::QueueInVain(status) => status,
            _ => 200,
        },
    }
}

/// How an operation is called.
fn call(operation: &str, of: &Things) -> (Method, String, Value) {
    let Things { team, app, key, ask, invitation, member, owner } = of;
    let root = "/v1/developer";
    let (keys, apps) = (format!("{root}/keys/{key}"), format!("{root}/apps/{app}"));
    let (teams, asks) = (format!("{root}/teams/{team}"), format!("{root}/approvals/{ask}"));
    let get = |path: String| (Method::GET, path, json!({}));
    let post = |path: String, body: Value| (Method::POST, path, body);
    match operation {
        "whoIsSignedIn" => get(format!("{root}/me")),
        "capabilities" => get(format!("{root}/capabilities")),
        "listProducts" => get(format!("{root}/products")),
        "listApiKeys" => get(format!("{root}/keys")),
        "listApps" => get(format!("{root}/apps")),
        "listTeams" => get(format!("{root}/teams")),
        "billing" => get(format!("{root}/billing?from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z")),
        "listAudit" => get(format!("{root}/audit")),
        "exportAudit" => get(format!("{root}/audit/export?format=csv")),
        "listApprovals" => get(format!("{root}/approvals")),
        "createTeam" => post(format!("{root}/teams"), json!({"name": format!("new {app}")})),
        "getApiKey" => get(keys),
        "usage" => get(format!("{root}/usage?from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z&keyId={key}")),
        "quota" => get(format!("{keys}/quota")),
        "getApp" => get(apps),
        "createApiKey" => {
            post(format!("{root}/keys"), json!({"name": "new", "scopes": ["read"], "appId": app}))
        }
        "createApp" if team.is_empty() => post(format!("{root}/apps"), json!({"name": "new"})),
        "createApp" => post(format!("{root}/apps"), json!({"name": "new", "teamId": team})),
        "rotateApiKey" => post(format!("{keys}/rotate"), json!({"id": key, "graceSeconds": 600})),
        "endGrace" => post(format!("{keys}/previous/end"), json!({})),
        "updateApiKey" => (Method::PATCH, keys, json!({"name": "renamed"})),
        "updateApp" => (Method::PATCH, apps, json!({"description": "new"})),
        "approveSubscription" => post(format!("{asks}/approve"), json!({})),
        "rejectSubscription" => post(format!("{asks}/reject"), json!({"reason": "no"})),
        "revokeApiKey" => post(format!("{keys}/revoke"), json!({"id": key})),
        "deleteApp" => (Method::DELETE, apps, json!({})),
        "getTeam" => get(teams),
        "listTeamInvitations" => get(format!("{teams}/invitations")),
        "updateTeam" => (Method::PATCH, teams, json!({"name": format!("renamed {team}")})),
        "inviteToTeam" => post(
            format!("{teams}/invitations"),
            json!({"email": format!("{team}@example.com"), "role": "member"}),
        ),
        "withdrawTeamInvitation" => (Method::DELETE, format!("{teams}/invitations/{invitation}"), json!({})),
        "updateTeamMember" => (Method::PATCH, format!("{teams}/members/{member}"), json!({"role": "member"})),
        "removeTeamMember" => (Method::DELETE, format!("{teams}/members/{member}"), json!({})),
        "deleteTeam" => (Method::DELETE, teams, json!({})),
        "handOverTeam" => post(format!("{teams}/handover"), json!({"memberId": owner})),
        "leaveTeam" => post(format!("{teams}/leave"), json!({})),
        other => call_of_admins(other),
    }
}

/// How an operation of administrators is called, which is about everybody's things or about nothing that is there.
fn call_of_admins(operation: &str) -> (Method, String, Value) {
    let admin = "/v1/developer/admin";
    let criteria = json!({"what": "apps", "nameContains": "no app has this"});
    let get = |path: String| (Method::GET, path, json!({}));
    let post = |path: String, body: Value| (Method::POST, path, body);
    match operation {
        "previewSuspension" => post(format!("{admin}/suspensions/preview"), criteria),
        "beginSuspension" => post(
            format!("{admin}/suspensions"),
            json!({"criteria": criteria, "preview": "another", "reason": "no"}),
        ),
        "listSuspensions" => get(format!("{admin}/suspensions")),
        "getSuspension" => get(format!("{admin}/suspensions/susp_0123456789abcdef")),
        "continueSuspension" => {
            post(format!("{admin}/suspensions/susp_0123456789abcdef/continue"), json!({}))
        }
        "resumeSuspension" => post(format!("{admin}/suspensions/susp_0123456789abcdef/resume"), json!({})),
        "report" => get(format!("{admin}/reports/inventory")),
        "exportReport" => get(format!("{admin}/reports/inventory/export?format=csv")),
        "listAppData" => get(format!("{admin}/apps")),
        "exportAppData" => get(format!("{admin}/apps/export?format=json")),
        other => panic!("how is {other} called?"),
    }
}

/// Whether an operation changes the app or the key that it is about, so that it needs some of its own.
fn uses_up(operation: &str) -> bool {
    const CHANGES: [&str; 9] = [
        "createApiKey",
        "rotateApiKey",
        "endGrace",
        "updateApiKey",
        "updateApp",
        "approveSubscription",
        "rejectSubscription",
        "revokeApiKey",
        "deleteApp",
    ];
    CHANGES.contains(&operation)
}

/// An app with a key in its grace, and something of it that waits, made by somebody for themselves or a team.
async fn furnish(by: &App<'_>, name: &str, base: &Things) -> Things {
    let products = json!([{"productId": "catalog"}, {"productId": "partner", "justification": "the shop"}]);
    let mut wish = json!({"name": name, "products": products});
    if !base.team.is_empty() {
        wish["teamId"] = json!(base.team);
    }
    let made = by.post("/v1/developer/apps", wish).await.expect(200).json()["app"].clone();
    let waiting = made["subscriptions"].as_array().unwrap().iter().find(|one| one["state"] == "pending");
    let body = json!({"name": name, "scopes": ["read"], "appId": made["id"]});
    let key = issued(&by.post("/v1/developer/keys", body).await.expect(200)).0;
    by.rotate(&key, 600).await;
    Things { app: id(&made), ask: id(waiting.unwrap()), key, ..base.clone() }
}

/// A team of Bob's with Eve in it, an invitation that waits, and Ada with a role unless it is empty.
async fn team(desk: &Desk, bob: &App<'_>, name: &str, people: &[String; 3], role: &str) -> Things {
    let team = found(bob, name).await;
    let [ada, bob_id, eve] = people;
    if !role.is_empty() {
        bring_in(desk, bob, &team, "eve@example.com", "member").await;
        bring_in(desk, bob, &team, "ada@example.com", "member").await;
        set_role(bob, &team, ada, role).await.expect(200);
    }
    let waits = invite(bob, &team, &format!("{name}@example.com"), "member").await.expect(200).json();
    let invitation = id(&waits["invitation"]);
    Things { team, invitation, member: eve.clone(), owner: bob_id.clone(), ..Things::default() }
}

/// Where things are that belong to somebody, from where Ada stands.
async fn places(desk: &Desk) -> Vec<(Whose, Things)> {
    join(desk, "root@example.com").await;
    let eve = me(&join(desk, "eve@example.com").await).await["id"].as_str().unwrap().to_owned();
    let bob = join(desk, "bob@example.com").await;
    let bob_id = me(&bob).await["id"].as_str().unwrap().to_owned();
    let ada = me(&join(desk, "ada@example.com").await).await["id"].as_str().unwrap().to_owned();
    let people = [ada, bob_id, eve];
    let mut places = vec![(Whose::Own, Things::default())];
    for role in ["owner", "admin", "member"] {
        places.push((Whose::OfTeam(role), team(desk, &bob, role, &people, role).await));
    }
    places.push((Whose::Foreign, team(desk, &bob, "foreign", &people, "").await));
    places
}

fn unknown() -> Things {
    let of = |kind: &str| format!("{kind}_unknown");
    Things {
        team: of("team"),
        app: of("app"),
        key: of("key"),
        ask: of("sub"),
        invitation: of("inv"),
        member: of("acc"),
        owner: of("acc"),
    }
}

/// Lets Ada make every call about everything.
async fn all_as(role: Role) {
    let mut desk = Desk::with(|config| config.limits = Limits::NONE).await;
    let mut cells = Vec::new();
    {
        let places = places(&desk).await;
        desk.sign_in_as("bob@example.com").await;
        let bob = desk.sign_in().await;
        let ada = desk.come_back().await;
        for (whose, base) in &places {
            let by = if *whose == Whose::Own { &ada } else { &bob };
            let shared = furnish(by, &format!("shared {whose:?}"), base).await;
            for (operation, rule) in TABLE {
                let things = match uses_up(operation) {
                    true => furnish(by, &format!("{operation} {whose:?}"), base).await,
                    false => shared.clone(),
                };
                cells.push((*operation, *rule, *whose, things));
            }
        }
        cells.extend(TABLE.iter().map(|(operation, rule)| (*operation, *rule, Whose::Unknown, unknown())));
        // In the order of the table, which is one for everything of a place.
        let place = |of: &str| TABLE.iter().position(|(operation, _)| *operation == of);
        cells.sort_by_key(|(operation, ..)| place(operation));
    }
    desk.stop().await;
    desk.start(|config| {
        config.limits = Limits::NONE;
        config.roles = vec![("ada@example.com".into(), role)];
    })
    .await;
    let ada = desk.come_back().await;
    for (operation, rule, whose, things) in cells {
        // A person is no team: there is nothing of one's own to ask about.
        if whose == Whose::Own
            && things.team.is_empty()
            && operation.contains("Team")
            && operation != "createTeam"
        {
            continue;
        }
        let (method, path, body) = call(operation, &things);
        let body =
            if method == Method::GET || method == Method::DELETE { String::new() } else { body.to_string() };
        let answer = ada.call(method, &path, &[], &body).await;
        let wanted = expected(rule, role, whose);
        assert_eq!(answer.status.as_u16(), wanted, "{operation} as {role:?} on {whose:?}: {}", answer.text);
        let code = match wanted {
            403 => "ERROR_CODE_PERMISSION_DENIED",
            404 => "ERROR_CODE_NOT_FOUND",
            _ => continue,
        };
        assert_eq!(answer.json()["code"], code);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_answers_an_administrator_about_everything_as_the_table_says() {
    all_as(Role::Admin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_answers_a_developer_about_everything_as_the_table_says() {
    all_as(Role::Developer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_answers_who_may_only_look_about_everything_as_the_table_says() {
    all_as(Role::ReadOnly).await;
}

#[test]
fn the_table_has_every_operation_of_the_contract_once() {
    let document: Value = serde_json::from_str(&keystow_portal::openapi_document()).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let spoken: BTreeSet<&str> = paths
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let mut listed = BTreeSet::new();
    let rows = TABLE.iter().map(|(operation, _)| operation);
    for operation in rows.chain(ASKED_OTHERWISE).chain(OF_ONE_PERSON) {
        assert!(listed.insert(*operation), "{operation} stands in the table twice");
    }
    assert_eq!(spoken, listed, "an operation of the contract has no row, or a row no operation");
}

#[tokio::test]
async fn foreign_and_unknown_are_told_apart_by_nothing() {
    let desk = Desk::with(|config| config.limits = Limits::NONE).await;
    let places = places(&desk).await;
    desk.sign_in_as("bob@example.com").await;
    let bob = desk.sign_in().await;
    let ada = desk.come_back().await;
    let (_, base) = places.into_iter().find(|(whose, _)| *whose == Whose::Foreign).unwrap();
    let of_team = furnish(&bob, "of the team", &base).await;
    let of_bob = furnish(&bob, "of bob", &Things::default()).await;
    let beside = Things { app: of_bob.app, key: of_bob.key, ask: of_bob.ask, ..base };
    for (operation, rule) in TABLE {
        if !matches!(expected(*rule, Role::Developer, Whose::Foreign), 400 | 404) {
            continue;
        }
        let mut answers = Vec::new();
        for things in [&of_team, &beside, &unknown()] {
            let (method, path, body) = call(operation, things);
            let body = if method == Method::GET || method == Method::DELETE {
                String::new()
            } else {
                body.to_string()
            };
            let answer = ada.call(method, &path, &[], &body).await;
            answers.push((answer.status, answer.text));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{operation}: {answers:?}");
    }
}
