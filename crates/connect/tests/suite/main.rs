//! Portals as programs meet them: over HTTP on a loopback port, and in memory.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test where it stands")]

mod contract;
mod faults;
mod hostile;
mod person;
mod portal;
mod sign_in;
mod support;
