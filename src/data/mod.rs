//! Data sets of a competition: files in versions, who may have them, and since which rules.
//!
//! Purpose: say what there is and who may read it, serve files whole, in part and as partial sets, and keep who
//! accepted which rules.
//! Invariants: a version's files never change; a reader without the right learns a set's name and why it is
//! closed, nothing of its files; the server never asks a mirror; times are compared by the database's clock.
//! Neighbours: `definitions/` writes the sets; `storage/` has the bytes; `submissions/` asks whether the rules
//! are accepted.

pub mod acceptance;
mod error;
pub mod http;
pub mod model;
mod rules;
mod service;
pub mod store;
mod tar;

pub use error::DataError;
pub use rules::{is_plain_path, sums};
pub use service::Data;

/// The set that the section `files` of a definition makes.
pub const FILES: &str = "files";
