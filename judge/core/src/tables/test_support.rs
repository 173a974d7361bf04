//! Builders for tests.

use crate::{
    metrics::{Metric, MetricSpec},
    protocol::TableScorer,
};

pub(super) fn metric(metric: Metric) -> MetricSpec {
    metric.into()
}

pub(super) fn positive(metric: Metric, label: &str) -> MetricSpec {
    MetricSpec { positive: Some(label.to_owned()), ..metric.into() }
}

pub(super) fn at(metric: Metric, k: u32) -> MetricSpec {
    MetricSpec { k: Some(k), ..metric.into() }
}

/// Joins by `id`; the truth's column is `y`.
pub(super) fn scorer(columns: &[&str], metrics: Vec<MetricSpec>) -> TableScorer {
    TableScorer {
        predictions_file: "predictions.csv".to_owned(),
        truth_file: "truth.csv".to_owned(),
        id_column: "id".to_owned(),
        target_column: "y".to_owned(),
        gain_column: None,
        prediction_columns: columns.iter().map(ToString::to_string).collect(),
        split_column: None,
        metrics,
    }
}

pub(super) fn with_splits(spec: TableScorer) -> TableScorer {
    TableScorer { split_column: Some("split".to_owned()), ..spec }
}
