//! Applies the metrics to the joined rows.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    ScoreError,
    fault_list::shown,
    labels::Labels,
    predictions::Predicted,
    spec::{Form, SpecError},
    truth::{Target, Truth},
};
use crate::{
    metrics::{self, Average, ClassCounts, Metric, MetricError, MetricSpec},
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

/// Every metric on the public and on the private rows.
pub(super) fn measure(
    spec: &TableScorer,
    form: &Form,
    truth: &Truth<'_>,
    predicted: &Predicted,
) -> Result<Scores, ScoreError> {
    let Some(is_public) = &truth.is_public else {
        let both = measure_rows(spec, form, truth, predicted, None)?;
        return Ok(Scores { public: both.clone(), private: both });
    };
    let of_split = |public: bool| {
        let rows: Vec<usize> = (0..is_public.len()).filter(|row| is_public[*row] == public).collect();
        measure_rows(spec, form, truth, predicted, Some(&rows))
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
        return Err(ScoreError::undefined(spec.metrics[0].metric, MetricError::Empty));
    }
    let table = Table::of(spec, form, truth, predicted, rows);
    let mut values = BTreeMap::new();
    for one in &spec.metrics {
        let value = table.apply(one).map_err(|error| ScoreError::undefined(one.metric, error))?;
        values.insert(one.metric.to_string(), value);
    }
    Ok(values)
}

/// The rows of one split, in the shape that the metrics take.
enum Table<'a> {
    Labels { truth: Cow<'a, [u32]>, predicted: Cow<'a, [u32]>, labels: &'a Labels<'a> },
    Numbers { truth: Cow<'a, [f64]>, predicted: Cow<'a, [f64]> },
    PositiveScores { truth: Vec<bool>, scores: Cow<'a, [f64]> },
    ClassProbabilities { truth: Vec<u32>, figures: Cow<'a, [f64]>, columns: &'a [String] },
}

impl<'a> Table<'a> {
    fn of(
        spec: &'a TableScorer,
        form: &Form,
        truth: &'a Truth<'a>,
        predicted: &'a Predicted,
        rows: Option<&[usize]>,
    ) -> Self {
        match (form, &truth.target, predicted) {
            (Form::Labels, Target::Labels { of_rows, labels }, Predicted::Labels(predicted)) => {
                Self::Labels { truth: pick(of_rows, 1, rows), predicted: pick(predicted, 1, rows), labels }
            }
            (Form::Numbers, Target::Numbers(of_rows), Predicted::Numbers(predicted)) => {
                Self::Numbers { truth: pick(of_rows, 1, rows), predicted: pick(predicted, 1, rows) }
            }
            (
                Form::PositiveScores { positive },
                Target::Labels { of_rows, labels },
                Predicted::Numbers(scores),
            ) => {
                let positive = labels.number_of(positive.as_bytes());
                let truth = pick(of_rows, 1, rows).iter().map(|label| Some(*label) == positive).collect();
                Self::PositiveScores { truth, scores: pick(scores, 1, rows) }
            }
            (Form::ClassProbabilities, Target::Labels { of_rows, labels }, Predicted::Numbers(figures)) => {
                let columns = &spec.prediction_columns;
                let column_of: Vec<u32> =
                    labels.names().iter().map(|label| column_of(label, columns)).collect();
                let truth = pick(of_rows, 1, rows).iter().map(|label| column_of[*label as usize]).collect();
                Self::ClassProbabilities { truth, figures: pick(figures, columns.len(), rows), columns }
            }
            _ => unreachable!("both tables were read in the same form"),
        }
    }

    fn apply(&self, one: &MetricSpec) -> Result<f64, MetricError> {
        let positive = one.positive.as_deref().unwrap_or_default();
        match self {
            Self::Labels { truth, predicted, labels } => {
                let positive = labels.number_of(positive.as_bytes()).unwrap_or_default();
                let counts = ClassCounts::tally(truth, predicted, labels.names().len())?;
                of_labels(one.metric, &counts, positive)
            }
            Self::Numbers { truth, predicted } => of_numbers(one.metric, truth, predicted),
            Self::PositiveScores { truth, scores } => of_scores(one.metric, truth, scores),
            Self::ClassProbabilities { truth, figures, columns } if one.metric == Metric::LogLoss => {
                metrics::log_loss(truth, figures, columns.len())
            }
            Self::ClassProbabilities { truth, figures, columns } => {
                let positive = column_of(positive.as_bytes(), columns);
                let truth: Vec<bool> = truth.iter().map(|column| *column == positive).collect();
                let scores: Vec<f64> =
                    figures.chunks_exact(columns.len()).map(|of_row| of_row[positive as usize]).collect();
                of_scores(one.metric, &truth, &scores)
            }
        }
    }
}

fn of_labels(metric: Metric, counts: &ClassCounts, positive: u32) -> Result<f64, MetricError> {
    use metrics::{f1, precision, recall};
    match metric {
        Metric::Accuracy => Ok(metrics::accuracy(counts)),
        Metric::BalancedAccuracy => Ok(metrics::balanced_accuracy(counts)),
        Metric::PrecisionBinary => precision(counts, Average::Binary(positive)),
        Metric::PrecisionMicro => precision(counts, Average::Micro),
        Metric::PrecisionMacro => precision(counts, Average::Macro),
        Metric::PrecisionWeighted => precision(counts, Average::Weighted),
        Metric::RecallBinary => recall(counts, Average::Binary(positive)),
        Metric::RecallMicro => recall(counts, Average::Micro),
        Metric::RecallMacro => recall(counts, Average::Macro),
        Metric::RecallWeighted => recall(counts, Average::Weighted),
        Metric::F1Binary => f1(counts, Average::Binary(positive)),
        Metric::F1Micro => f1(counts, Average::Micro),
        Metric::F1Macro => f1(counts, Average::Macro),
        Metric::F1Weighted => f1(counts, Average::Weighted),
        Metric::Matthews => Ok(metrics::matthews(counts)),
        Metric::CohenKappa => metrics::cohen_kappa(counts),
        _ => unreachable!("{metric} does not measure labels"),
    }
}

fn of_numbers(metric: Metric, truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
    match metric {
        Metric::Mae => metrics::mae(truth, predicted),
        Metric::Mse => metrics::mse(truth, predicted),
        Metric::Rmse => metrics::rmse(truth, predicted),
        Metric::Rmsle => metrics::rmsle(truth, predicted),
        Metric::Mape => metrics::mape(truth, predicted),
        Metric::R2 => metrics::r2(truth, predicted),
        Metric::Pearson => metrics::pearson(truth, predicted),
        Metric::Spearman => metrics::spearman(truth, predicted),
        _ => unreachable!("{metric} does not measure numbers"),
    }
}

fn of_scores(metric: Metric, truth: &[bool], scores: &[f64]) -> Result<f64, MetricError> {
    match metric {
        Metric::RocAuc => metrics::roc_auc(truth, scores),
        Metric::AveragePrecision => metrics::average_precision(truth, scores),
        Metric::LogLoss => metrics::log_loss_binary(truth, scores),
        _ => unreachable!("{metric} does not measure scores"),
    }
}

/// The number of the column that a label names.
fn column_of(label: &[u8], columns: &[String]) -> u32 {
    let position = columns.iter().position(|column| column.as_bytes() == label);
    u32::try_from(position.expect("check_against_truth has found it")).expect("columns are few")
}

/// The rows of a split, `width` values each.
fn pick<'a, T: Copy>(values: &'a [T], width: usize, rows: Option<&[usize]>) -> Cow<'a, [T]> {
    match rows {
        None => Cow::Borrowed(values),
        Some(rows) => rows.iter().flat_map(|row| &values[row * width..][..width]).copied().collect(),
    }
}
