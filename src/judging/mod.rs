//! The queue, the workers' API, results.
//!
//! Purpose: every accepted submission is judged exactly once under each task of its phase, however many
//! machines die on the way.
//! Invariants: rows of the table `jobs` are the only truth; a job is claimed under a growing fence, and what
//! arrives under an older fence changes nothing; one transaction commits result, job, attempts and standings;
//! a prediction lease never carries a link to the truth.
//! Neighbours: `submissions/` enqueues; `leaderboard/` writes standings; workers (`judge/`) speak
//! `judge_core::protocol`.

mod claims;
mod disqualify;
mod enrolment;
mod error;
pub mod http;
mod images;
mod links;
pub mod model;
mod places;
mod plan;
pub mod rejudging;
mod results;
pub mod rules;
mod rulings;
mod service;
pub mod store;
mod watch;

pub use enrolment::ENROLMENT_PREFIX;
pub use error::JudgingError;
pub use links::Signer;
pub use service::Judging;
