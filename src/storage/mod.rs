//! Blobs: bytes by opaque id, in a folder.
//!
//! Purpose: keep uploads, data sets, images and artifacts durably, and stream them in and out without ever
//! holding one in memory.
//! Invariants: a blob is written whole under a temporary name, synced, then renamed; a name never comes from a
//! client; what a caller was told is stored survives a crash of process and machine.
//! Neighbours: `db` rows (table `blobs`) say which blobs exist; features decide who may read one.

mod folder;
mod store;

pub use folder::{Part, Range, Storage, StorageError, Stored};
pub use store::{Blob, find, find_by_hash, insert};
