//! Why a worker cannot start or go on.

use std::path::PathBuf;

use crate::{client::ClientError, sandbox::SandboxError};

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("the settings are wrong: {0}")]
    Config(String),
    #[error("another worker uses the data folder {0}")]
    DataDirInUse(PathBuf),
    #[error("the data folder {path}: {source}")]
    DataDir { path: PathBuf, source: std::io::Error },
    #[error("no Docker engine answers: {0}. Start it, or say where it is with --docker-host")]
    NoEngine(String),
    #[error("the self-probe could not run: {0}")]
    ProbeFailed(String),
    #[error("this machine does not enforce: {}. No job is taken", .0.join(", "))]
    NotEnforced(Vec<String>),
    #[error("there is no credential: give a token or an enrolment token")]
    NoCredential,
    #[error("the server refuses this worker's token. Enrol it again with a new enrolment token")]
    Unauthorized,
    #[error("the server speaks another protocol: {0}")]
    Protocol(String),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}
