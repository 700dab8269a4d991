//! The app in its real window, with a real browser, a real keyring and a real clipboard.
//!
//! Linux only, under an X server without a screen. Everything is driven by the roles and names that
//! people and screen readers use; pictures of every interesting state are written to
//! `target/desktop-pictures`.

#![cfg(target_os = "linux")]

mod administering;
mod apps;
mod canary;
mod clients;
mod crash;
mod forms;
mod graphs;
mod health;
mod importing;
mod journey;
mod locking;
mod look;
mod many;
mod picking;
mod rotating;
mod sealing;
mod shortcuts;
mod story;
mod support;
mod teams;
mod terminal;
mod tray;
mod trouble;
mod undriven;
mod watching;
