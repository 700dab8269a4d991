//! The portal on PostgreSQL: the tests of the portal on a file once more, word for word, and what only several
//! portals of one database can get wrong.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "what cannot be unwrapped here is a failed test")]

#[path = "../portal/admin.rs"]
mod admin;
#[path = "../portal/alike.rs"]
mod alike;
#[path = "../portal/apps.rs"]
mod apps;
#[path = "../portal/assertions.rs"]
mod assertions;
#[path = "../portal/audit.rs"]
mod audit;
#[path = "../portal/bad_input.rs"]
mod bad_input;
#[path = "../portal/billing.rs"]
mod billing;
#[path = "../portal/clients.rs"]
mod clients;
#[path = "../support/cluster.rs"]
mod cluster;
#[path = "../portal/desk.rs"]
mod desk;
#[path = "../portal/gateway.rs"]
mod gateway;
#[path = "../portal/keys.rs"]
mod keys;
#[path = "../portal/limits.rs"]
mod limits;
#[path = "../portal/pages.rs"]
mod pages;
#[path = "../portal/permissions.rs"]
mod permissions;
#[path = "../portal/program.rs"]
mod program;
#[path = "../portal/replay.rs"]
mod replay;
#[path = "../portal/restart.rs"]
mod restart;
mod several;
#[path = "../portal/sign_in.rs"]
mod sign_in;
#[path = "../portal/smtp.rs"]
mod smtp;
mod store;
#[path = "../portal/stream.rs"]
mod stream;
#[path = "../portal/subscriptions.rs"]
mod subscriptions;
#[path = "../portal/teams.rs"]
mod teams;
#[path = "../portal/tries.rs"]
mod tries;
