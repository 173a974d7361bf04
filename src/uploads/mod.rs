//! Uploads by tus 1.0: core, creation, creation-with-upload, expiration, checksum, termination.
//!
//! Purpose: bring files of any size in over bad networks, streamed and hashed, never held in memory.
//! Invariants: a byte that was acknowledged is durable; an upload belongs to one person and nobody else learns
//! that it exists; its size limit is fixed when it is made; it is assembled once; of a request whose checksum
//! does not fit nothing is kept; what is being handed in is neither swept nor ended under it.
//! Neighbours: `storage/` keeps the pieces; `submissions/`, `judging/` (images) and `definitions/` take what is
//! finished.

mod checksum;
mod error;
pub mod http;
mod model;
mod rules;
mod service;
mod store;
mod sweep;

pub use error::{UploadError, phase_closed};
pub use model::{Finished, Upload};
pub use service::Uploads;
pub use store::{held, let_go};
