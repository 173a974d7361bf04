//! Checking for the server: what a team sent is read in a confined child process before it costs an attempt.

use std::{io, path::Path, time::Duration};

use judge_core::{
    check::{Check, Findings},
    faults::{Fault, FaultKind},
};

use crate::child::{Answer, Caller, ChildError, Confinement, Task};

/// User of the child process where the server runs as root: none that owns anything.
const UID: u32 = 64_098;
const MEMORY_BYTES: u64 = 512 * 1024 * 1024;
/// Somebody waits for the answer. What takes longer is left to the worker.
const TIME: Duration = Duration::from_secs(10);

/// Checks a file in a confined child process of this executable. `truth` is the archive of the task's truth, for the
/// checks that need it.
pub async fn check(check: Check, file: &Path, truth: Option<&Path>) -> io::Result<Findings> {
    check_with(&std::env::current_exe()?, check, file, truth).await
}

/// The same with another executable that has the hidden subcommand `child`.
pub async fn check_with(exe: &Path, check: Check, file: &Path, truth: Option<&Path>) -> io::Result<Findings> {
    let empty = tempfile::tempdir()?;
    let confinement = Confinement {
        root: empty.path().to_owned(),
        uid: UID,
        memory_bytes: MEMORY_BYTES,
        cpu_seconds: TIME.as_secs(),
        file_bytes: 0,
        parent: rustix::process::getpid().as_raw_nonzero().get(),
    };
    let is_archive = !matches!(check, Check::Table { zipped: false, .. });
    let task = Task::Check { check, file: file.to_owned(), truth: truth.map(Path::to_owned) };
    let caller = Caller { exe: exe.to_owned() };
    match caller.call(task, None, confinement, TIME).await {
        Ok(Answer::Checked(findings)) => Ok(findings),
        Ok(other) => Err(io::Error::other(format!("a check was answered with {other:?}"))),
        Err(ChildError::OutOfTime | ChildError::OutOfMemory) => Ok(Findings::incomplete()),
        Err(error) if is_archive && error.is_by_input() => {
            tracing::warn!(%error, "an archive brought its child process down");
            let faults = vec![Fault::new(FaultKind::CorruptArchive)];
            Ok(Findings { faults, ..Findings::default() })
        }
        Err(error) => Err(io::Error::other(error.to_string())),
    }
}
