//! Built-in metrics on two tables, in a child process.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use judge_core::{
    faults::{Fault, FaultKind},
    limits::Limits,
    protocol::{Scores, TableScorer},
    verdict::Verdict,
};

use crate::{
    child::{Answer, Caller, ChildError, Confinement, Task},
    step::StepEnd,
};

/// Whatever a track's limits say, a table of some hundred thousand rows can be scored.
const LEAST_MEMORY: u64 = 512 * 1024 * 1024;

/// Scores the predictions folder against the truth folder.
pub async fn score(
    caller: &Caller,
    empty: PathBuf,
    uid: u32,
    spec: &TableScorer,
    truth: &Path,
    predictions: &Path,
    limits: &Limits,
) -> Result<Scores, StepEnd> {
    let memory_bytes = limits.memory_bytes.max(LEAST_MEMORY);
    let confinement = Confinement {
        root: empty,
        uid,
        memory_bytes,
        cpu_seconds: limits.cpu_ms.div_ceil(1000).max(10),
        file_bytes: 0,
        parent: rustix::process::getpid().as_raw_nonzero().get(),
    };
    let task =
        Task::Score { spec: spec.clone(), truth: truth.to_owned(), predictions: predictions.to_owned() };
    let time = Duration::from_millis(limits.wall_ms.max(10_000));
    match caller.call(task, None, confinement, time).await {
        Ok(Answer::Scored(scores)) => Ok(scores),
        Ok(Answer::NotScored(verdict, faults)) => Err(StepEnd::Failed(verdict, faults)),
        Ok(other) => Err(StepEnd::Platform(format!("scoring was answered with {other:?}"))),
        Err(ChildError::OutOfTime) => {
            Err(failed(Verdict::TimeLimit, FaultKind::WallTime { limit_ms: limits.wall_ms }))
        }
        Err(ChildError::OutOfMemory) => {
            Err(failed(Verdict::MemoryLimit, FaultKind::Memory { limit_bytes: memory_bytes }))
        }
        Err(error) => Err(StepEnd::Platform(error.to_string())),
    }
}

fn failed(verdict: Verdict, kind: FaultKind) -> StepEnd {
    StepEnd::Failed(verdict, vec![Fault::new(kind)])
}
