//! Applies the metrics to the joined rows.

use std::collections::BTreeMap;

use super::{
    ScoreError,
    fault_list::shown,
    labels::Labels,
    predicted::Predicted,
    spec::{Form, SpecError, has},
    split_table::{SplitTable, rating},
    target::Target,
    truth::Truth,
};
use crate::{
    metrics::{Metric, MetricError},
    protocol::{Scores, TableScorer},
};

/// Refuses a definition that its own truth contradicts.
pub(super) fn check_against_truth(
    spec: &TableScorer,
    form: &Form,
    truth: &Truth<'_>,
) -> Result<(), SpecError> {
    let Target::Labels { labels, .. } = &truth.target else {
        return Ok(());
    };
    if *form == Form::ClassProbabilities {
        let has_column =
            |label: &[u8]| spec.prediction_columns.iter().any(|column| column.as_bytes() == label);
        if let Some(label) = labels.names().iter().find(|label| !has_column(label)) {
            return Err(SpecError::LabelWithoutColumn { label: shown(label) });
        }
    }
    check_ratings(spec, labels)?;
    for one in &spec.metrics {
        let (metric, Some(positive)) = (one.metric, &one.positive) else {
            continue;
        };
        if labels.number_of(positive.as_bytes()).is_none() {
            return Err(SpecError::PositiveNotInTruth { metric, positive: positive.clone() });
        }
        if labels.names().len() != 2 {
            return Err(SpecError::NotBinary { metric, labels: labels.names().len() });
        }
    }
    Ok(())
}

fn check_ratings(spec: &TableScorer, labels: &Labels<'_>) -> Result<(), SpecError> {
    let metric = Metric::QuadraticKappa;
    match labels.names().iter().find(|label| rating(label).is_none()) {
        Some(label) if has(spec, metric) => Err(SpecError::NotARating { metric, label: shown(label) }),
        _ => Ok(()),
    }
}

/// Every metric on the public and on the private rows.
pub(super) fn measure(
    spec: &TableScorer,
    form: &Form,
    truth: &Truth<'_>,
    predicted: &Predicted,
) -> Result<Scores, ScoreError> {
    of_splits(truth.is_public.as_deref(), |rows| measure_rows(spec, form, truth, predicted, rows))
}

/// Measures the rows of each split; `None` stands for all of them, where there are no splits.
pub(super) fn of_splits(
    is_public: Option<&[bool]>,
    measure_rows: impl Fn(Option<&[usize]>) -> Result<BTreeMap<String, f64>, ScoreError>,
) -> Result<Scores, ScoreError> {
    let Some(is_public) = is_public else {
        let both = measure_rows(None)?;
        return Ok(Scores { public: both.clone(), private: both });
    };
    let of_split = |public: bool| {
        let rows: Vec<usize> = (0..is_public.len()).filter(|row| is_public[*row] == public).collect();
        measure_rows(Some(&rows))
    };
    Ok(Scores { public: of_split(true)?, private: of_split(false)? })
}

fn measure_rows(
    spec: &TableScorer,
    form: &Form,
    truth: &Truth<'_>,
    predicted: &Predicted,
    rows: Option<&[usize]>,
) -> Result<BTreeMap<String, f64>, ScoreError> {
    if rows.is_some_and(<[usize]>::is_empty) {
        return Err(ScoreError::undefined(&spec.metrics[0], MetricError::Empty));
    }
    let table = SplitTable::of(spec, form, truth, predicted, rows);
    let mut values = BTreeMap::new();
    for one in &spec.metrics {
        let value = table.apply(one).map_err(|error| ScoreError::undefined(one, error))?;
        values.insert(one.name(), value);
    }
    Ok(values)
}
