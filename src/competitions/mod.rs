//! Competitions, divisions, tracks, phases and versioned tasks.
//!
//! Purpose: what a contest is, and who may change it.
//! Invariants: a task version never changes; a phase's window is decided by the database's clock; truth never
//! leaves through this room.
//! Neighbours: `definitions/` writes competitions from files; `teams/`, `submissions/`, `judging/` and
//! `leaderboard/` read them.

pub mod access;
pub mod http;
pub mod model;
mod service;
pub mod store;
pub mod visibility;

pub use service::Competitions;
