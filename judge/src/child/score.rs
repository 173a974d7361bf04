//! Scores a table of predictions against the truth.

use std::{fs::File, io, path::Path};

use judge_core::{
    faults::{Fault, FaultKind},
    protocol::TableScorer,
    tables::{self, ScoreError},
    verdict::Verdict,
};
use rustix::fs::{Mode, OFlags, ResolveFlags};

use super::{Answer, Confinement, confine};

pub(crate) fn score(
    confinement: &Confinement,
    spec: &TableScorer,
    truth: &Path,
    predictions: &Path,
) -> Answer {
    // Opened before the privileges go, read after.
    let truth_table = match open_beneath(truth, &spec.truth_file) {
        Ok(file) => file,
        Err(error) => return without_truth(&spec.truth_file, &error),
    };
    let table = match open_beneath(predictions, &spec.predictions_file) {
        Ok(file) => file,
        Err(error) => return missing(&spec.predictions_file, &error),
    };
    if let Err(error) = confine::confine(confinement) {
        return Answer::Failed(format!("the child could not be confined: {error}"));
    }
    match tables::score(spec, truth_table, table) {
        Ok(scores) => Answer::Scored(scores, Vec::new()),
        Err(error @ ScoreError::Io { .. }) => Answer::Failed(error.to_string()),
        Err(error) => Answer::NotScored(error.verdict(), error.faults()),
    }
}

pub(super) fn without_truth(file: &str, error: &io::Error) -> Answer {
    let reason = format!("{file} of the truth: {error}");
    Answer::NotScored(Verdict::ScorerFailed, vec![Fault::new(FaultKind::Platform { reason })])
}

fn missing(file: &str, error: &io::Error) -> Answer {
    let path = file.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => wrong_format(FaultKind::MissingFile { path }),
        io::ErrorKind::InvalidInput => wrong_format(FaultKind::NotARegularFile { path }),
        _ => Answer::Failed(format!("{file}: {error}")),
    }
}

fn wrong_format(kind: FaultKind) -> Answer {
    Answer::NotScored(Verdict::WrongFormat, vec![Fault::new(kind)])
}

/// A plain file beneath a folder, never reached through a link.
pub(super) fn open_beneath(folder: &Path, name: &str) -> io::Result<File> {
    let top = File::open(folder)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let file = File::from(rustix::fs::openat2(&top, name, flags, Mode::empty(), beneath)?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}
