//! Brings what a job needs onto this machine: downloads, checks, unpacks.
//!
//! Invariants: nothing is used before its hash is checked; archives are unpacked by a child process only; what
//! belongs to a team goes with its job, what belongs to an organizer is kept by its hash.
//! Neighbours: `client` talks to the server, `child` unpacks, `step` mounts the results.

mod cache;
mod download;
mod unpack;

use judge_core::{faults::Fault, text::Lang};

use crate::{client::ClientError, sandbox::SandboxError};

pub use cache::{Tree, TreeCache};
pub use download::download;
pub use unpack::{Form, Unpacker};

/// Why something could not be staged.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StageError {
    #[error("{path}: {reason}")]
    Download { path: String, reason: String },
    /// The job is no longer ours.
    #[error("the job was taken away")]
    Stale,
    #[error("{path} is not what its hash or size promises")]
    Mismatch { path: String },
    #[error("the disk has no room for {bytes} more bytes")]
    NoRoom { bytes: u64 },
    #[error("{0}")]
    Local(String),
    /// What was handed in is wrong.
    #[error("{}", sentences(.0))]
    Faults(Vec<Fault>),
}

impl From<SandboxError> for StageError {
    fn from(error: SandboxError) -> Self {
        Self::Local(error.to_string())
    }
}

impl StageError {
    pub fn local(doing: &str, error: impl std::fmt::Display) -> Self {
        Self::Local(format!("{doing}: {error}"))
    }

    fn of_download(path: &str, error: ClientError) -> Self {
        match error {
            ClientError::Stale => Self::Stale,
            other => Self::Download { path: short(path), reason: other.to_string() },
        }
    }
}

/// A link without its signature, which is a secret while it lasts.
fn short(path: &str) -> String {
    path.split('?').next().unwrap_or_default().to_owned()
}

fn sentences(faults: &[Fault]) -> String {
    faults.iter().map(|fault| fault.sentence().get(Lang::En).to_owned()).collect::<Vec<_>>().join(" ")
}
