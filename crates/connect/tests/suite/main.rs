//! Portals as programs meet them: over HTTP on a loopback port, and in memory.

mod contract;
mod faults;
mod sign_in;
mod support;
