//! Blobs: bytes by opaque id, in a folder or in an S3 bucket.
//!
//! Purpose: keep uploads, data sets, images and artifacts durably, and stream them in and out without ever
//! holding one in memory.
//! Invariants: a blob appears whole or not at all; a name never comes from a client; what a caller was told is
//! stored survives a crash of process and machine; folder and bucket behave the same.
//! Neighbours: `db` rows (table `blobs`) say which blobs exist; features decide who may read one.

mod bucket;
mod error;
mod folder;
mod model;
mod scratch;
mod service;
mod store;
mod upkeep;

pub use error::StorageError;
pub use model::{LocalCopy, Part, Range, Stored};
pub use service::Storage;
pub use store::{Blob, find, find_by_hash, insert};
pub use upkeep::{Findings, Upkeep};
