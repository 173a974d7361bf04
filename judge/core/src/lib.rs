//! What the contest server and the judge workers agree on.
//!
//! Purpose: the job protocol, verdicts, faults, limits and metrics, as plain data and pure functions.
//! Invariants: no IO, no tokio, no sqlx; a metric never returns NaN; every enum that crosses the wire has a
//! stable spelling.
//! Neighbours: the server (`src/`) writes plans and reads reports; the worker (`judge/`) does the opposite.

pub mod check;
pub mod codabench;
pub mod faults;
pub mod limits;
pub mod metrics;
pub mod protocol;
pub mod retrieval;
pub mod sheet;
pub mod tables;
pub mod text;
pub mod verdict;
