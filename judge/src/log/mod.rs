//! What containers print, on its way to the server while they still run.
//!
//! Invariants: taking output never waits; memory is bounded by the log limit; a lost connection costs log lines,
//! never a result; what is sent is clean UTF-8 without control characters.
//! Neighbours: `sandbox` prints into it, the server decides who may read it.

mod budget;
mod clean;
mod stream;

pub use stream::JobLog;
