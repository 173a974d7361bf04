//! The judge worker: takes a job, stages it, sandboxes it, scores it, reports it.
//!
//! Purpose: turn a [`Lease`](judge_core::protocol::Lease) into a [`Report`](judge_core::protocol::Report).
//! Invariants: strangers' programs run in containers only, strangers' archives and tables are read by a
//! short-lived child process only; after a job nothing of it is left (container, mount, cgroup, file); no job is
//! taken when the self-probe found a limit that does not hold.
//! Neighbours: `judge_core` has the protocol, verdicts and metrics; the binary `dautri` calls [`run`], and its
//! hidden subcommands `child` and `probe` call [`child::main`] and [`probe::main`] before any thread exists.

mod check;
pub mod child;
mod client;
mod collect;
pub mod config;
mod credential;
mod data_dir;
pub mod doctor;
mod error;
mod heartbeat;
mod images;
mod log;
mod place;
pub mod probe;
mod run;
mod sandbox;
mod score;
mod sheet;
mod single_flight;
mod slot;
mod stage;
mod step;
mod stub;
mod sweep;
mod unpack;
mod usage;
mod worker;

pub use check::{check, check_with};
pub use config::{Secret, Stub, WorkerConfig};
pub use error::WorkerError;
pub use run::run;
pub use sheet::{read_sheet, read_sheet_with};
pub use unpack::{unpack, unpack_with};
