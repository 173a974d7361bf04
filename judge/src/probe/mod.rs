//! Tries to break each limit, so that none is believed only because it was asked for.
//!
//! Purpose: at start the worker makes a tiny image of its own executable, runs it under the very settings of a
//! job, and looks whether every wall holds. A wall that does not hold means no jobs.
//! Invariants: no registry is needed; the probe talks to no address; it leaves no container, mount or file, only
//! the image, which the next start finds again.
//! Neighbours: [`main`] runs inside the container; `check` is the worker's side; `image` makes the image.

mod check;
mod image;
mod inside;
mod walls;

pub use check::check;
pub use inside::main;

use serde::{Deserialize, Serialize};

/// What the probe is told: the limits that should hold around it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Expected {
    uid: u32,
    pids: u32,
    open_files: u64,
    file_bytes: u64,
    output_bytes: u64,
    output_files: u64,
    scratch_bytes: u64,
    scratch_files: u64,
    cpu_milli: u64,
}

/// Walls whose absence is told but does not keep the worker from working.
const ADVISORY: [&str; 1] = ["no_vsock"];
