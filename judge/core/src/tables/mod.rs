//! Scores a table of predictions against a table of truth.
//!
//! Purpose: reads both CSV files, joins them by id, names every fault of the team's with file and line, and
//! applies the metrics to the public and to the private rows.
//! Invariants: no input makes it panic or takes memory out of proportion to its size; the order of the rows, in
//! either file, changes nothing (save for boxes that tie); a figure is finite.
//! Neighbours: [`crate::protocol::TableScorer`] is the definition, [`crate::metrics`] measures, the worker
//! passes the files and reports what comes back.
//!
//! A predictions file is UTF-8 without byte-order mark, comma-separated (RFC 4180), with a header of exactly the
//! id column and the prediction columns, in any order, and one row for each row of the truth. Ids and labels are
//! compared byte by byte. Boxes are the exception: there an id, a picture's, may stand in any number of rows or in
//! none (see `boxes`). A label that the truth never uses is a fault; where a split lacks a label, averages
//! over classes run over those that its truth or predictions name.
//! What a cell holds beside labels and numbers: `label_sets`, `rankings`, `masks`, texts.
//! The truth may have further columns; its split column says `public` or `private` in each row.

mod boxes;
pub(crate) mod csv;
pub(crate) mod fault_list;
mod fields;
mod ids;
mod label_sets;
mod labels;
mod lists;
mod masks;
mod measure;
mod predicted;
mod predictions;
mod rankings;
mod spec;
mod split_table;
mod target;
mod truth;

#[cfg(test)]
mod box_tests;
#[cfg(test)]
mod cell_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod spec_tests;
#[cfg(test)]
mod test_support;
#[cfg(test)]
mod tests;

use std::io::{self, Read};

pub use fault_list::MOST_FAULTS;
use spec::Form;
pub use spec::{SpecError, check};

use crate::{
    faults::{Fault, FaultKind, Reason},
    metrics::{MetricError, MetricSpec, Side},
    protocol::{Scores, TableScorer},
    verdict::Verdict,
};

/// Why there are no scores, and whose affair it is.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The team's file; all faults, or [`MOST_FAULTS`] and a last one that says there are more.
    #[error("the predictions have {} faults", .0.len())]
    Predictions(Vec<Fault>),
    /// The team's file can be read, but its values leave a metric undefined.
    #[error("{metric} is not defined for these predictions: {error}")]
    Undefined { metric: String, error: MetricError },
    /// The organizer's definition.
    #[error("the scorer's definition: {0}")]
    Spec(#[from] SpecError),
    /// The organizer's file. The faults may quote the truth: they are not for teams.
    #[error("the truth has {} faults", .0.len())]
    Truth(Vec<Fault>),
    /// The organizer's file can be read, but no prediction could be measured against it.
    #[error("{metric} is not defined for this truth: {error}")]
    UndefinedForTruth { metric: String, error: MetricError },
    #[error("the {table} cannot be read: {error}")]
    Io { table: Side, error: io::Error },
}

impl ScoreError {
    fn undefined(metric: &MetricSpec, error: MetricError) -> Self {
        let metric = metric.name();
        if error.is_of_the_truth() {
            Self::UndefinedForTruth { metric, error }
        } else {
            Self::Undefined { metric, error }
        }
    }

    /// How the evaluation ends.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Predictions(_) => Verdict::WrongFormat,
            Self::Undefined { .. } => Verdict::InvalidScores,
            Self::Spec(_) | Self::Truth(_) | Self::UndefinedForTruth { .. } => Verdict::ScorerFailed,
            Self::Io { .. } => Verdict::PlatformFault,
        }
    }

    /// What to report. Where the verdict is not about the team, it may quote the truth: for organizers only.
    pub fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Predictions(faults) | Self::Truth(faults) => faults.clone(),
            Self::Undefined { metric, error } | Self::UndefinedForTruth { metric, error } => {
                let (metric, reason) = (metric.clone(), Reason(error.reason()));
                vec![Fault::new(FaultKind::MetricUndefined { metric, reason })]
            }
            Self::Spec(_) | Self::Io { .. } => {
                vec![Fault::new(FaultKind::Platform { reason: self.to_string() })]
            }
        }
    }
}

/// Scores predictions against the truth. Both are read to the end, into memory: the caller limits their size.
///
/// The result names every metric of the definition, on both splits; without a split column both are the same.
pub fn score(spec: &TableScorer, truth: impl Read, predictions: impl Read) -> Result<Scores, ScoreError> {
    let form = spec::form(spec)?;
    let mut truth_bytes = read_all(truth, Side::Truth)?;
    if form == Form::Boxes {
        let truth = boxes::read_truth(spec, &mut truth_bytes).map_err(ScoreError::Truth)?;
        let mut bytes = read_all(predictions, Side::Predictions)?;
        let detections = boxes::read_detections(spec, &truth, &mut bytes).map_err(ScoreError::Predictions)?;
        return boxes::measure(spec, &truth, &detections);
    }
    let truth = truth::read(spec, &form, &mut truth_bytes).map_err(ScoreError::Truth)?;
    measure::check_against_truth(spec, &form, &truth)?;
    let predicted = {
        let mut bytes = read_all(predictions, Side::Predictions)?;
        predictions::read(spec, &form, &truth, &mut bytes).map_err(ScoreError::Predictions)?
    };
    measure::measure(spec, &form, &truth, &predicted)
}

/// Reads predictions as [`score`] does, and measures nothing. What it finds tells of the truth which ids and which
/// labels there are, and nothing of which row has which.
pub fn check_predictions(
    spec: &TableScorer,
    truth: impl Read,
    predictions: impl Read,
) -> Result<(), ScoreError> {
    let form = spec::form(spec)?;
    let mut truth_bytes = read_all(truth, Side::Truth)?;
    let mut bytes = read_all(predictions, Side::Predictions)?;
    if form == Form::Boxes {
        let truth = boxes::read_truth(spec, &mut truth_bytes).map_err(ScoreError::Truth)?;
        return boxes::read_detections(spec, &truth, &mut bytes).map(drop).map_err(ScoreError::Predictions);
    }
    let truth = truth::read(spec, &form, &mut truth_bytes).map_err(ScoreError::Truth)?;
    predictions::read(spec, &form, &truth, &mut bytes).map(drop).map_err(ScoreError::Predictions)
}

fn read_all(mut table: impl Read, side: Side) -> Result<Vec<u8>, ScoreError> {
    let mut bytes = Vec::new();
    table.read_to_end(&mut bytes).map_err(|error| ScoreError::Io { table: side, error })?;
    Ok(bytes)
}
