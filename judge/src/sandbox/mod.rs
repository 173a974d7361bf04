//! Runs strangers' programs in containers, within limits, and says how they ended.
//!
//! Invariants: there is no way to run a program outside a container; every call to the engine has a deadline; a
//! container's output is always drained, so that a flood of it never blocks or fills anything; want of memory is
//! asked for before the exit code, because a child's death for it leaves exit code 0.
//! Neighbours: `step` says what runs with which files, `log` takes what is printed, `collect` reads the results.

mod cgroup;
mod container;
mod end;
mod engine;
mod output;
mod spec;
mod supervise;

pub use end::{Blame, Ended, Stop, blame, verdict_of};
pub use engine::Engine;
pub(crate) use engine::{status as engine_status, within};
pub use output::{OutputFs, unmount};
pub use spec::{Bind, ContainerSpec, Identity, OPEN_FILES, Role, SCRATCH_FILES, file_size_limit};
pub use supervise::{Run, run};

/// Takes what containers print. It must neither block nor grow without bound.
pub trait PrintSink: Send + Sync {
    fn print(&self, role: Role, bytes: &[u8]);
}

/// The platform's failures: never the fault of the program inside.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("the engine failed to {doing}: {source}")]
    Engine { doing: &'static str, source: bollard::errors::Error },
    #[error("the engine took too long to {0}")]
    Slow(&'static str),
    #[error("the image {0} is not there")]
    NoImage(String),
    #[error("the output folder could not be mounted: {0}")]
    Mount(std::io::Error),
    #[error("the engine lost a container")]
    Lost,
}
