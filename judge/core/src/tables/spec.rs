//! Checks a scorer's definition: do its columns carry what its metrics measure?

use std::collections::BTreeSet;

use crate::{
    metrics::{Metric, PredictionKind},
    protocol::TableScorer,
};

use super::csv::MOST_FIELDS;

/// What is wrong with a definition, by itself or for its truth table. The organizer mends it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    #[error("the scorer names no metric")]
    NoMetric,
    #[error("the metric {metric} is named twice")]
    DuplicateMetric { metric: Metric },
    #[error("the metrics {one} and {other} need different kinds of predictions")]
    MixedKinds { one: Metric, other: Metric },
    #[error("a column's name is empty, or no column name")]
    BadColumnName { column: String },
    #[error("the column {column} has two meanings")]
    DuplicateColumn { column: String },
    #[error("{metric} needs one prediction column, {found} are named")]
    OneColumnNeeded { metric: Metric, found: usize },
    #[error("there are more than {most} columns")]
    TooManyColumns { most: usize },
    #[error("{metric} must know which label is positive")]
    PositiveMissing { metric: Metric },
    #[error("{metric} has no positive label")]
    PositiveUseless { metric: Metric },
    #[error("one prediction column scores both {one} and {other} as the positive label")]
    TwoPositives { one: String, other: String },
    #[error("the positive label {positive} of {metric} is no prediction column")]
    PositiveNotAColumn { metric: Metric, positive: String },
    #[error("the positive label {positive} of {metric} is not in the truth")]
    PositiveNotInTruth { metric: Metric, positive: String },
    #[error("{metric} needs two labels, the truth has {labels}")]
    NotBinary { metric: Metric, labels: usize },
    #[error("the label {label} of the truth is no prediction column")]
    LabelWithoutColumn { label: String },
}

/// What the prediction columns hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Labels,
    Numbers,
    /// One column: the score or probability of this label.
    PositiveScores {
        positive: String,
    },
    /// One column for each class, named by it.
    ClassProbabilities,
}

/// Refuses a definition by which nothing could be scored, whatever the tables hold.
pub fn check(spec: &TableScorer) -> Result<(), SpecError> {
    form(spec).map(|_| ())
}

/// Checks a definition and says what its prediction columns hold.
pub(super) fn form(spec: &TableScorer) -> Result<Form, SpecError> {
    check_columns(spec)?;
    check_metrics(spec)?;
    let first = spec.metrics.first().ok_or(SpecError::NoMetric)?.metric;
    let columns = spec.prediction_columns.len();
    let form = match (family(first), columns) {
        (Family::Probabilities, 2..) => Form::ClassProbabilities,
        (_, found) if found != 1 => return Err(SpecError::OneColumnNeeded { metric: first, found }),
        (Family::Labels, _) => Form::Labels,
        (Family::Numbers, _) => Form::Numbers,
        (Family::Probabilities, _) => Form::PositiveScores { positive: common_positive(spec)? },
    };
    check_positives(spec, &form)?;
    Ok(form)
}

/// Kinds of predictions that one file can serve.
#[derive(PartialEq, Eq)]
enum Family {
    Labels,
    Numbers,
    Probabilities,
}

fn family(metric: Metric) -> Family {
    match metric.prediction_kind() {
        PredictionKind::Label => Family::Labels,
        PredictionKind::Number => Family::Numbers,
        PredictionKind::PositiveScore | PredictionKind::ClassProbabilities => Family::Probabilities,
    }
}

fn check_columns(spec: &TableScorer) -> Result<(), SpecError> {
    if spec.prediction_columns.len() >= MOST_FIELDS {
        return Err(SpecError::TooManyColumns { most: MOST_FIELDS - 1 });
    }
    // The prediction column may be called like the target: they stand in different files.
    let of_truth = [&spec.id_column, &spec.target_column].into_iter().chain(&spec.split_column);
    let of_predictions = [&spec.id_column].into_iter().chain(&spec.prediction_columns);
    check_names(of_truth)?;
    check_names(of_predictions)
}

fn check_names<'a>(columns: impl Iterator<Item = &'a String>) -> Result<(), SpecError> {
    let mut seen = BTreeSet::new();
    for column in columns {
        if column.is_empty() || column.contains(char::is_control) {
            return Err(SpecError::BadColumnName { column: column.clone() });
        }
        if !seen.insert(column) {
            return Err(SpecError::DuplicateColumn { column: column.clone() });
        }
    }
    Ok(())
}

fn check_metrics(spec: &TableScorer) -> Result<(), SpecError> {
    let mut seen = BTreeSet::new();
    for one in &spec.metrics {
        let metric = one.metric;
        if !seen.insert(metric) {
            return Err(SpecError::DuplicateMetric { metric });
        }
        let first = spec.metrics[0].metric;
        if family(metric) != family(first) {
            return Err(SpecError::MixedKinds { one: first, other: metric });
        }
        if metric.is_about_positive_class() && one.positive.is_none() {
            return Err(SpecError::PositiveMissing { metric });
        }
    }
    Ok(())
}

/// The one label that a single column of scores is about.
fn common_positive(spec: &TableScorer) -> Result<String, SpecError> {
    let mut common: Option<&String> = None;
    for one in &spec.metrics {
        let positive = one.positive.as_ref().ok_or(SpecError::PositiveMissing { metric: one.metric })?;
        match common {
            Some(other) if other != positive => {
                return Err(SpecError::TwoPositives { one: other.clone(), other: positive.clone() });
            }
            _ => common = Some(positive),
        }
    }
    common.cloned().ok_or(SpecError::NoMetric)
}

fn check_positives(spec: &TableScorer, form: &Form) -> Result<(), SpecError> {
    for one in &spec.metrics {
        let (metric, Some(positive)) = (one.metric, &one.positive) else {
            continue;
        };
        let of_one_column = matches!(form, Form::PositiveScores { .. });
        if !metric.is_about_positive_class() && !of_one_column {
            return Err(SpecError::PositiveUseless { metric });
        }
        if *form == Form::ClassProbabilities && !spec.prediction_columns.contains(positive) {
            return Err(SpecError::PositiveNotAColumn { metric, positive: positive.clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::test_support::{metric, positive, scorer};

    #[test]
    fn the_metrics_decide_what_the_columns_hold() {
        let of = |columns: &[&str], metrics| form(&scorer(columns, metrics));
        assert_eq!(of(&["y"], vec![metric(Metric::Accuracy), metric(Metric::F1Macro)]), Ok(Form::Labels));
        assert_eq!(of(&["y"], vec![metric(Metric::Rmse), metric(Metric::Spearman)]), Ok(Form::Numbers));
        assert_eq!(
            of(&["p"], vec![positive(Metric::RocAuc, "1"), positive(Metric::LogLoss, "1")]),
            Ok(Form::PositiveScores { positive: "1".into() })
        );
        assert_eq!(
            of(&["0", "1"], vec![metric(Metric::LogLoss), positive(Metric::RocAuc, "1")]),
            Ok(Form::ClassProbabilities)
        );
    }

    #[test]
    fn a_definition_that_cannot_score_is_refused() {
        use Metric::{Accuracy, F1Binary, LogLoss, Mae, RocAuc};
        let error = |columns: &[&str], metrics| check(&scorer(columns, metrics)).unwrap_err();
        assert_eq!(error(&["y"], vec![]), SpecError::NoMetric);
        assert_eq!(error(&["y"], vec![metric(Mae), metric(Mae)]), SpecError::DuplicateMetric { metric: Mae });
        assert_eq!(
            error(&["y"], vec![metric(Accuracy), metric(Mae)]),
            SpecError::MixedKinds { one: Accuracy, other: Mae }
        );
        assert_eq!(
            error(&["y", "z"], vec![metric(Mae)]),
            SpecError::OneColumnNeeded { metric: Mae, found: 2 }
        );
        assert_eq!(
            error(&[], vec![metric(LogLoss)]),
            SpecError::OneColumnNeeded { metric: LogLoss, found: 0 }
        );
        assert_eq!(error(&["id"], vec![metric(Mae)]), SpecError::DuplicateColumn { column: "id".into() });
        assert_eq!(error(&[""], vec![metric(Mae)]), SpecError::BadColumnName { column: String::new() });
        assert_eq!(error(&["y"], vec![metric(F1Binary)]), SpecError::PositiveMissing { metric: F1Binary });
        assert_eq!(error(&["p"], vec![metric(LogLoss)]), SpecError::PositiveMissing { metric: LogLoss });
        assert_eq!(
            error(&["y"], vec![positive(Accuracy, "a")]),
            SpecError::PositiveUseless { metric: Accuracy }
        );
        assert_eq!(
            error(&["p"], vec![positive(RocAuc, "a"), positive(LogLoss, "b")]),
            SpecError::TwoPositives { one: "a".into(), other: "b".into() }
        );
        assert_eq!(
            error(&["a", "b"], vec![positive(RocAuc, "c")]),
            SpecError::PositiveNotAColumn { metric: RocAuc, positive: "c".into() }
        );
    }
}
