//! The rows of one split, in the shape that the metrics take.

use std::borrow::Cow;

use super::{
    labels::Labels, lists::Lists, predicted::Predicted, rankings::Relevance, spec::Form, target::Target,
    truth::Truth,
};
use crate::{
    metrics::{
        self, Average, ClassCounts, Edits, Hit, LARGEST_RATING, LabelSetCounts, Metric, MetricError,
        MetricSpec, Overlap, Ranking, SetAverage,
    },
    protocol::TableScorer,
};

pub(super) enum SplitTable<'a> {
    Labels { truth: Cow<'a, [u32]>, predicted: Cow<'a, [u32]>, labels: &'a Labels<'a> },
    Numbers { truth: Cow<'a, [f64]>, predicted: Cow<'a, [f64]> },
    PositiveScores { truth: Vec<bool>, scores: Cow<'a, [f64]> },
    ClassProbabilities { truth: Vec<u32>, figures: Cow<'a, [f64]>, columns: &'a [String] },
    LabelSets(Vec<(&'a [u32], &'a [u32])>, usize),
    Rankings(Vec<Ranking<'a>>),
    Overlaps(Cow<'a, [Overlap]>),
    Edits { of_words: Cow<'a, [Edits]>, of_characters: Cow<'a, [Edits]> },
}

impl<'a> SplitTable<'a> {
    /// Takes these rows, or all of them.
    pub(super) fn of(
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
            (Form::LabelSets, Target::LabelSets { of_rows, labels }, Predicted::LabelSets(predicted)) => {
                let pair = |row| (of_rows.of(row), predicted.of(row));
                Self::LabelSets(for_each(truth.ids.len(), rows, pair), labels.names().len())
            }
            (Form::Rankings, Target::Relevance(relevance), Predicted::Hits(hits)) => {
                Self::Rankings(for_each(truth.ids.len(), rows, |row| ranking(relevance, hits, row)))
            }
            (Form::Masks, Target::Masks(_), Predicted::Overlaps(overlaps)) => {
                Self::Overlaps(pick(overlaps, 1, rows))
            }
            (Form::Texts, Target::Texts(_), Predicted::Edits { of_words, of_characters }) => {
                let pick =
                    |edits: &'a [Edits]| if edits.is_empty() { edits.into() } else { pick(edits, 1, rows) };
                Self::Edits { of_words: pick(of_words), of_characters: pick(of_characters) }
            }
            _ => unreachable!("both tables were read in the same form"),
        }
    }

    pub(super) fn apply(&self, one: &MetricSpec) -> Result<f64, MetricError> {
        let positive = one.positive.as_deref().unwrap_or_default();
        match self {
            Self::Labels { truth, predicted, labels } if one.metric == Metric::QuadraticKappa => {
                let ratings: Vec<i32> = labels.names().iter().filter_map(|label| rating(label)).collect();
                metrics::quadratic_kappa(truth, predicted, &ratings)
            }
            Self::Labels { truth, predicted, labels } => {
                let positive = labels.number_of(positive.as_bytes()).unwrap_or_default();
                let counts = ClassCounts::tally(truth, predicted, labels.names().len())?;
                of_labels(one.metric, &counts, positive)
            }
            Self::Numbers { truth, predicted } => of_numbers(one, truth, predicted),
            Self::PositiveScores { truth, scores } => of_scores(one.metric, truth, scores),
            Self::ClassProbabilities { truth, figures, columns } => match (one.metric, one.k) {
                (Metric::LogLoss, _) => metrics::log_loss(truth, figures, columns.len()),
                (Metric::TopKAccuracy, Some(k)) => metrics::top_k_accuracy(truth, figures, columns.len(), k),
                (metric, _) => {
                    let positive = column_of(positive.as_bytes(), columns);
                    let truth: Vec<bool> = truth.iter().map(|column| *column == positive).collect();
                    let of_rows = figures.chunks_exact(columns.len());
                    let scores: Vec<f64> = of_rows.map(|of_row| of_row[positive as usize]).collect();
                    of_scores(metric, &truth, &scores)
                }
            },
            Self::LabelSets(rows, labels) => {
                of_label_sets(one.metric, &LabelSetCounts::tally(rows.iter().copied(), *labels)?)
            }
            Self::Rankings(rankings) => of_rankings(one, rankings),
            Self::Overlaps(overlaps) if one.metric == Metric::MaskIou => metrics::mask_iou(overlaps),
            Self::Overlaps(overlaps) => metrics::mask_dice(overlaps),
            Self::Edits { of_words, .. } if one.metric == Metric::Wer => metrics::error_rate(of_words),
            Self::Edits { of_characters, .. } => metrics::error_rate(of_characters),
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

fn of_numbers(one: &MetricSpec, truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
    match (one.metric, one.alpha) {
        (Metric::Mae, _) => metrics::mae(truth, predicted),
        (Metric::Mse, _) => metrics::mse(truth, predicted),
        (Metric::Rmse, _) => metrics::rmse(truth, predicted),
        (Metric::Rmsle, _) => metrics::rmsle(truth, predicted),
        (Metric::Mape, _) => metrics::mape(truth, predicted),
        (Metric::R2, _) => metrics::r2(truth, predicted),
        (Metric::Pearson, _) => metrics::pearson(truth, predicted),
        (Metric::Spearman, _) => metrics::spearman(truth, predicted),
        (Metric::Pinball, Some(alpha)) => metrics::pinball(truth, predicted, alpha),
        (metric, _) => unreachable!("{metric} does not measure numbers"),
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

fn of_label_sets(metric: Metric, counts: &LabelSetCounts) -> Result<f64, MetricError> {
    use metrics::f1_of_sets;
    match metric {
        Metric::MultilabelF1Micro => f1_of_sets(counts, SetAverage::Micro),
        Metric::MultilabelF1Macro => f1_of_sets(counts, SetAverage::Macro),
        Metric::MultilabelF1Weighted => f1_of_sets(counts, SetAverage::Weighted),
        Metric::MultilabelF1Samples => f1_of_sets(counts, SetAverage::Samples),
        Metric::SubsetAccuracy => Ok(metrics::subset_accuracy(counts)),
        _ => unreachable!("{metric} does not measure label sets"),
    }
}

fn of_rankings(one: &MetricSpec, rankings: &[Ranking<'_>]) -> Result<f64, MetricError> {
    match (one.metric, one.k) {
        (Metric::Ndcg, k) => metrics::ndcg(rankings, k),
        (Metric::Mrr, k) => metrics::mrr(rankings, k),
        (Metric::RecallAtK, Some(k)) => metrics::recall_at_k(rankings, k),
        (Metric::MapAtK, Some(k)) => metrics::map_at_k(rankings, k),
        (Metric::MapAtKCapped, Some(k)) => metrics::map_at_k_capped(rankings, k),
        (metric, _) => unreachable!("{metric} does not measure rankings"),
    }
}

/// The number that a label is, if it is a rating: an optional minus and digits.
pub(super) fn rating(label: &[u8]) -> Option<i32> {
    let digits = label.strip_prefix(b"-").unwrap_or(label);
    let number: i32 =
        std::str::from_utf8(label).ok().filter(|_| digits.iter().all(u8::is_ascii_digit))?.parse().ok()?;
    (-LARGEST_RATING..=LARGEST_RATING).contains(&number).then_some(number)
}

fn ranking<'a>(relevance: &'a Relevance<'a>, hits: &'a Lists<Hit>, row: usize) -> Ranking<'a> {
    Ranking { ideal: relevance.ideal(row), hits: hits.of(row) }
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

fn for_each<T>(all: usize, rows: Option<&[usize]>, of_row: impl Fn(usize) -> T) -> Vec<T> {
    match rows {
        None => (0..all).map(of_row).collect(),
        Some(rows) => rows.iter().copied().map(of_row).collect(),
    }
}
