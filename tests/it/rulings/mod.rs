//! What teams and organizers decide about results: withdrawal, cancelling, refunds, disqualification, priorities,
//! rejudging.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod places;
mod refunds;
mod rejudging;
mod stage;
mod versions;
mod withdrawal;
