//! A competition as files: `dautri.yaml` and what it names.
//!
//! Purpose: import a definition, or a bundle of another platform, as a whole or not at all; the same again changes
//! nothing; export a competition with all that it names.
//! Invariants: a stranger's archive is unpacked by a confined child process, never here; a change of a task
//! makes a new version; what teams already handed in cannot be defined away.
//! Neighbours: writes the tables that `competitions/` reads; recomputes boards whose rules changed.

mod archive;
mod author;
mod bring;
mod bundles;
pub mod codabench;
mod data;
mod error;
mod export;
pub mod http;
pub mod model;
mod pack;
mod packs;
mod read;
mod rules;
mod service;
mod store;
mod yaml;

pub use error::DefinitionError;
pub use model::schema;
pub use service::{Definitions, Unpack};
