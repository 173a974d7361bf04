//! Ranks teams.
//!
//! Purpose: standings of each phase, public and private, live and frozen, and the board that people see.
//! Invariants: standings are written in the transaction that commits a result, from all of the team's
//! evaluations, so order of arrival, rejudging and freezing need no special case; equal keys share a rank
//! (1-2-2-4); never reads raw uploads; a private figure reaches nobody before its time.
//! Neighbours: `judging/` calls [`Leaderboard::recompute`]; `events/` tells browsers that a board moved.

mod cache;
mod counting;
mod entries;
mod error;
pub mod http;
pub mod model;
mod projection;
mod rules;
mod service;
mod store;

pub use cache::Change;
pub use counting::{Candidate, Origin, counting, replaces};
pub use projection::{Placed, Ranked, Standings, standings};
pub use rules::combine;
pub use service::{Difference, Leaderboard};
