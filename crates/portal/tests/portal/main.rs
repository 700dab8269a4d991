//! The portal as its callers meet it: over HTTP, on a port of its own, with a clock that tests move. What is not about
//! its file alone is asked of a portal on PostgreSQL too, by the tests beside these.

#![expect(clippy::unwrap_used, reason = "what cannot be unwrapped here is a failed test")]

mod admin;
mod alike;
mod apps;
mod assertions;
mod audit;
mod bad_input;
mod billing;
mod clients;
mod desk;
mod document;
mod file;
mod gateway;
mod keys;
mod limits;
mod many_apps;
mod pages;
mod permissions;
mod program;
mod replay;
mod restart;
mod sign_in;
mod smtp;
mod store;
mod stream;
mod subscriptions;
mod teams;
mod tries;
