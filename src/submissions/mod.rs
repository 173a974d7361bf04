//! What teams hand in.
//!
//! Purpose: take a finished upload as a submission, count the attempt, send it to be judged, and show what
//! became of it.
//! Invariants: an attempt is counted and its submission inserted in one statement, whose deadline is the
//! database's clock; one upload makes one submission however often the call is repeated; a submission never
//! changes; a team sees its own, organizers see all, nobody else learns that it exists.
//! Neighbours: `uploads/` brings the bytes, `judging/` judges, `leaderboard/` ranks.

mod error;
pub mod http;
mod model;
mod rules;
mod service;
mod store;

pub use error::SubmissionError;
pub use service::Submissions;
