//! What both ends of the DeveloperService contract say to each other.
//!
//! Replies are read tolerantly: an absent field, `null`, an empty string and an empty list all mean
//! "not said", unknown fields are ignored, and every word of an open set stays the text it was.
//! Replies are written as protojson writes them: what is empty or zero is left out.
//! Requests are strict: a field that the contract does not know is an error.
//!
//! Whatever carries a secret or a token is generic over the type that holds it, so that a client
//! can read it straight into a type it cannot print.

pub mod admin;
pub mod apps;
pub mod audit;
pub mod auth;
pub mod billing;
pub mod capabilities;
pub mod catalog;
pub mod clients;
pub mod errors;
pub mod keys;
mod lenient;
pub mod teams;
pub mod usage;
