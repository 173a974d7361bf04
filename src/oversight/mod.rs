//! Looking back: what was done, for those who check it.
//!
//! Purpose: acts of organizers and administrators, and the head of the chain that seals them.
//! Invariants: reads only; an organizer sees the acts of their own competitions, administrators all, and
//! everybody the chain's head, so that anybody can note it down.
//! Neighbours: `audit/` holds the acts, `competitions/` says who organizes.

pub mod http;
mod service;

pub use service::Oversight;
