//! The vault: the only crate that can read a secret.
//!
//! A secret has doors but no windows. This crate is the door frame: the sealed store, outgoing
//! requests, signatures, the clipboard, other programs' input and environment, and an output that somebody gave a
//! reason for are the only ways a plaintext leaves, and all of them live here. What is sought on a disk is
//! recognised by keyed hashes, which leave alone.
//! Nothing in this crate logs, prints or formats what it keeps.

pub mod child;
pub mod clipboard;
mod envelope;
mod error;
mod given;
pub mod guard;
pub mod keyring;
mod label;
pub mod pair;
pub mod process;
mod random;
mod render;
pub mod request;
pub mod run;
mod sealed_key;
mod secret;
mod seek;
mod session;
mod store;
mod vault;
mod veil;
mod zeroing;

#[cfg(feature = "fakes")]
pub use clipboard::ClipboardSpy;
pub use clipboard::{
    Clipboard, ClipboardError, ClipboardState, Forgotten, Likeness, PasteError, Reader, ReaderKind, Reading,
    Receipts, Remains, Stay, Why,
};
pub use error::{CopyError, StowError, VaultError};
pub use given::{Given, GivenError};
pub use keyring::{DataKey, Keyring, KeyringError, OsKeyring};
#[cfg(feature = "fakes")]
pub use keyring::{Fault, MemoryKeyring};
pub use label::{Label, Stowed};
pub use render::{BadTemplate, Endpoint, Form, Misfit, Piece, Template};
pub use sealed_key::{Passphrase, Protection};
pub use secret::Secret;
pub use seek::{Seeker, Sighting};
pub use session::{KnownSession, SessionFacts};
#[cfg(feature = "fakes")]
pub use store::{DiskFault, Disturbance};
pub use vault::{Hold, Opened, Vault};
pub use zeroing::ZeroingAllocator;
