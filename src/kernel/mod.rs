//! The ground that every room stands on.
//!
//! Purpose: ids, time and paging.
//! Invariants: no IO; nothing here knows a feature.
//! Neighbours: none below; everybody above.

pub mod clock;
pub mod ids;
pub mod paging;

pub use clock::{Clock, Timestamp};
