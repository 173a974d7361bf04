//! Teams of a competition.
//!
//! Purpose: who is in a team, who leads it, and how one joins.
//! Invariants: a person is in at most one team of a competition; a team has a leader as long as it has members,
//! and never more members than the competition allows; a team that has handed something in is never deleted.
//! Whoever changes members or invitations holds the team's row.
//! Neighbours: above `accounts/` and `competitions/`; `submissions/` and `leaderboard/` ask `store` which team
//! a person is in.

pub mod error;
pub mod http;
pub mod model;
pub mod rules;
mod service;
pub mod store;

pub use error::TeamError;
pub use service::Teams;
