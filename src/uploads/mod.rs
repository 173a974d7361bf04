//! Uploads by tus 1.0 (core and creation).
//!
//! Purpose: bring files of any size in over bad networks, streamed and hashed, never held in memory.
//! Invariants: a byte that was acknowledged is durable; an upload belongs to one person and nobody else learns
//! that it exists; its size limit is fixed when it is made; it is assembled once.
//! Neighbours: `storage/` keeps the pieces; `submissions/`, `judging/` (images) and `definitions/` take what is
//! finished.

mod error;
pub mod http;
mod model;
mod rules;
mod service;
mod store;

pub use error::{UploadError, phase_closed};
pub use model::{Finished, Upload};
pub use service::Uploads;
