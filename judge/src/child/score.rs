//! Scores a table of predictions against the truth.

use std::{io, path::Path};

use judge_core::{
    faults::{Fault, FaultKind},
    protocol::TableScorer,
    tables::{self, ScoreError},
    verdict::Verdict,
};

use super::{Answer, Confinement, confine, open_beneath};

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
