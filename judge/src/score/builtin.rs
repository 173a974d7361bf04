//! Built-in scorers, in a child process.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use judge_core::{
    faults::{Fault, FaultKind},
    limits::Limits,
    protocol::{Item, RetrievalScorer, Scores, TableScorer},
    verdict::Verdict,
};

use crate::{
    child::{Answer, Caller, ChildError, Confinement, Task},
    step::StepEnd,
};

/// Whatever a track's limits say, a table of some hundred thousand rows can be scored.
const LEAST_MEMORY: u64 = 512 * 1024 * 1024;

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub enum Measuring<'a> {
    /// A table in the folder of predictions.
    Table { spec: &'a TableScorer, predictions: &'a Path },
    /// An archive of ranked answers.
    Pack { spec: &'a RetrievalScorer, archive: &'a Path },
}

impl Measuring<'_> {
    fn task(self, truth: &Path) -> Task {
        let truth = truth.to_owned();
        match self {
            Self::Table { spec, predictions } => {
                Task::Score { spec: spec.clone(), truth, predictions: predictions.to_owned() }
            }
            Self::Pack { spec, archive } => {
                Task::ScorePack { spec: spec.clone(), truth, archive: archive.to_owned() }
            }
        }
    }
}

/// Scores predictions against the truth folder.
pub async fn score(
    caller: &Caller,
    empty: PathBuf,
    uid: u32,
    measuring: Measuring<'_>,
    truth: &Path,
    limits: &Limits,
) -> Result<(Scores, Vec<Item>), StepEnd> {
    let memory_bytes = limits.memory_bytes.max(LEAST_MEMORY);
    let confinement = Confinement {
        root: empty,
        uid,
        memory_bytes,
        cpu_seconds: limits.cpu_ms.div_ceil(1000).max(10),
        file_bytes: 0,
        parent: rustix::process::getpid().as_raw_nonzero().get(),
    };
    let time = Duration::from_millis(limits.wall_ms.max(10_000));
    match caller.call(measuring.task(truth), None, confinement, time).await {
        Ok(Answer::Scored(scores, items)) => Ok((scores, items)),
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
