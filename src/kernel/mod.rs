//! Ids, time and paging: the ground that every room stands on.
//!
//! Invariants: no IO; nothing here knows a feature.
//! Neighbours: none below; everybody above.

pub mod clock;
pub mod ids;
pub mod paging;

pub use clock::{Clock, Timestamp};
