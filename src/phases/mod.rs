//! What happens to a phase while it runs.
//!
//! Purpose: organizers change its times and limits, freeze its board, pause hand-ins or judging, and decide who
//! advances to it; teams choose their final submissions.
//! Invariants: whoever changes a phase holds it alone, so that every hand-in falls before or after the change;
//! each change is recorded for everybody, audited and told in the transaction that makes it; a private board
//! that was public is not closed again in silence.
//! Neighbours: `competitions/` reads phases and `definitions/` writes them; `leaderboard/` is told before a
//! board's rules move; `submissions/` and `judging/` heed what stands here.

mod advancement;
mod error;
pub mod http;
mod model;
mod picks;
mod rules;
mod service;
mod store;
mod words;

pub use error::PhaseError;
pub use model::PhaseChange;
pub use service::Phases;
