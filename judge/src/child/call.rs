//! The worker's side: starts a child process, bounds its time and its answer.

use std::{
    fs::File,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
};

use super::{Answer, Confinement, Order, Task};

const MOST_ANSWER_BYTES: u64 = 1024 * 1024;
/// A table is answered as a whole.
const MOST_SHEET_BYTES: u64 = 64 * 1024 * 1024;
const MOST_ERROR_BYTES: u64 = 4 * 1024;
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;

/// How a call failed without an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChildError {
    #[error("the child process could not be started: {0}")]
    Start(std::io::Error),
    /// The input needed more time than any honest one.
    #[error("the child process used up its time")]
    OutOfTime,
    /// The input needed more memory than any honest one.
    #[error("the child process used up its memory")]
    OutOfMemory,
    #[error("the child process ended with {status}: {stderr}")]
    Died { status: ExitStatus, stderr: String },
    #[error("{0}")]
    Failed(String),
}

impl ChildError {
    /// Whether the input brought the child down rather than the machine.
    pub fn is_by_input(&self) -> bool {
        match self {
            Self::OutOfTime | Self::OutOfMemory => true,
            // A crash of the decoder. SIGKILL comes from outside: the machine's own want of memory.
            Self::Died { status, .. } => status.signal().is_some_and(|signal| signal != SIGKILL),
            Self::Start(_) | Self::Failed(_) => false,
        }
    }
}

/// Starts child processes.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub exe: PathBuf,
}

impl Caller {
    /// Runs one task. `time` bounds the wall clock; the confinement bounds the rest.
    pub async fn call(
        &self,
        task: Task,
        input: Option<File>,
        confinement: Confinement,
        time: Duration,
    ) -> Result<Answer, ChildError> {
        let most = if matches!(task, Task::ReadSheet(_)) { MOST_SHEET_BYTES } else { MOST_ANSWER_BYTES };
        let order =
            serde_json::to_string(&Order { task, confinement }).expect("an order has only string keys");
        let mut child = Command::new(&self.exe)
            .arg("child")
            .arg(order)
            .env_clear()
            .current_dir("/")
            .stdin(input.map_or_else(Stdio::null, Stdio::from))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(ChildError::Start)?;
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        let work = async {
            // One byte more than allowed tells an answer that is too long from one that just fits.
            let (answer, stderr) = tokio::join!(read(stdout, most + 1), read(stderr, MOST_ERROR_BYTES));
            (child.wait().await, answer, stderr)
        };
        let (status, answer, stderr) =
            tokio::time::timeout(time, work).await.map_err(|_| ChildError::OutOfTime)?;
        understand(status.map_err(ChildError::Start)?, &answer, &stderr)
    }
}

/// Reads up to the limit; closing the pipe early ends a child that writes more.
async fn read(pipe: impl AsyncRead + Unpin, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A broken pipe shows in the child's end.
    let _ = pipe.take(limit).read_to_end(&mut bytes).await;
    bytes
}

fn understand(status: ExitStatus, answer: &[u8], stderr: &[u8]) -> Result<Answer, ChildError> {
    let stderr = String::from_utf8_lossy(stderr).trim().to_owned();
    if status.success() {
        return match serde_json::from_slice(answer) {
            Ok(Answer::Failed(reason)) => Err(ChildError::Failed(reason)),
            Ok(answer) => Ok(answer),
            Err(error) => Err(ChildError::Failed(format!("the child's answer cannot be read: {error}"))),
        };
    }
    match status.signal() {
        Some(SIGXCPU) => Err(ChildError::OutOfTime),
        Some(SIGABRT) if stderr.contains("memory allocation") => Err(ChildError::OutOfMemory),
        _ => Err(ChildError::Died { status, stderr }),
    }
}

/// Gives a folder to the user that a child runs as.
pub(crate) fn give_to(folder: &Path, uid: u32) -> std::io::Result<()> {
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(folder, Some(uid), Some(uid))?;
    }
    Ok(())
}
