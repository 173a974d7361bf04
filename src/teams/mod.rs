//! Teams of a competition.
//!
//! Purpose: who is in a team, who leads it, how one joins, and whether the team takes part.
//! Invariants: a person is in at most one team of a competition; a team has a leader as long as it has members,
//! and never more members than its division allows; a team that has handed something in is never deleted, and
//! who leaves it is in no other team before an organizer releases them, so that nobody gains attempts.
//! Whoever changes a team, its members or invitations holds its row; whoever holds two takes the smaller id
//! first.
//! Neighbours: above `accounts/` and `competitions/`; `submissions/` and `leaderboard/` ask `store` which team
//! a person is in and `readiness` whether it may hand in, and implement `results` for what must follow a team.

pub mod access;
pub mod departure;
pub mod error;
pub mod form;
pub mod http;
pub mod import;
pub mod model;
pub mod readiness;
pub mod results;
pub mod reviews;
pub mod rules;
mod service;
pub mod store;

pub use error::TeamError;
pub use service::{Decided, MOST_SHEET_BYTES, NewTeam, ReadSheet, Teams};
