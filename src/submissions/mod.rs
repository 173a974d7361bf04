//! What teams hand in.
//!
//! Purpose: check a finished upload, take it as a submission, count the attempt, send it to be judged, and show
//! what became of it.
//! Invariants: a stranger's file is read by a confined child process, never here; a malformed one costs no attempt
//! unless the phase says so; an attempt is counted and its submission inserted in one statement, whose deadline is the
//! database's clock; one upload makes one submission however often the call is repeated; a submission never
//! changes; a team sees its own, organizers see all, nobody else learns that it exists.
//! Neighbours: `uploads/` brings the bytes, `judging/` judges, `leaderboard/` ranks; `teams/` says who may hand in,
//! and has [`TeamResults`] carry everything along when a team moves or merges.

mod checks;
mod error;
pub mod http;
mod items;
mod model;
mod results;
mod rules;
mod service;
mod store;
mod views;

pub use checks::{Checker, Checks};
pub use error::SubmissionError;
pub use results::TeamResults;
pub use service::Submissions;
pub use store::{held, let_go};
