//! The portal as its callers meet it: over HTTP, on a port of its own, with a clock that tests move.

#![expect(clippy::unwrap_used, reason = "what cannot be unwrapped here is a failed test")]

mod desk;
mod document;
mod gateway;
mod keys;
mod limits;
mod pages;
mod program;
mod replay;
mod restart;
mod sign_in;
