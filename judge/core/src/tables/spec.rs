//! Checks a scorer's definition: do its columns carry what its metrics measure?

use std::collections::BTreeSet;

use crate::{
    metrics::{Metric, PredictionKind, Takes},
    protocol::TableScorer,
    text::Text,
};

use super::{csv::MOST_FIELDS, masks::SIZE_COLUMNS};

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
    #[error("{metric} needs {}, {found} prediction columns are named", .needed.en)]
    OtherColumnsNeeded { metric: Metric, needed: Text, found: usize },
    #[error("{metric} does not measure gains: it has no gain column")]
    GainUseless { metric: Metric },
    #[error("{metric} needs {option}")]
    OptionMissing { metric: Metric, option: &'static str },
    #[error("{metric} has no {option}")]
    OptionUseless { metric: Metric, option: &'static str },
    #[error("{option} of {metric} must be {}", .domain.en)]
    OptionOutOfRange { metric: Metric, option: &'static str, domain: Text },
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
    #[error(
        "{metric} measures ratings, but the label {label} of the truth is no whole number up to a million"
    )]
    NotARating { metric: Metric, label: String },
}

impl SpecError {
    /// The reason in both languages, without a full stop.
    pub fn reason(&self) -> Text {
        let vi = match self {
            Self::NoMetric => "phần chấm điểm không nêu độ đo nào".to_owned(),
            Self::DuplicateMetric { metric } => format!("độ đo {metric} có mặt hai lần"),
            Self::MixedKinds { one, other } => {
                format!("các độ đo {one} và {other} cần loại dự đoán khác nhau")
            }
            Self::BadColumnName { .. } => "tên cột trống hoặc không hợp lệ".to_owned(),
            Self::DuplicateColumn { column } => format!("cột {column} mang hai nghĩa"),
            Self::OneColumnNeeded { metric, found } => {
                format!("{metric} cần một cột dự đoán, đang có {found}")
            }
            Self::OtherColumnsNeeded { metric, needed, found } => {
                format!("{metric} cần {}, đang có {found} cột dự đoán", needed.vi)
            }
            Self::GainUseless { metric } => {
                format!("{metric} không đo mức liên quan nên không có `gain_column`")
            }
            Self::OptionMissing { metric, option } => format!("{metric} cần `{option}`"),
            Self::OptionUseless { metric, option } => format!("{metric} không có `{option}`"),
            Self::OptionOutOfRange { metric, option, domain } => {
                format!("`{option}` của {metric} phải {}", domain.vi)
            }
            Self::NotARating { metric, label } => {
                format!(
                    "{metric} đo thang bậc, nhưng nhãn {label} của đáp án không phải số nguyên có độ lớn đến một triệu"
                )
            }
            Self::TooManyColumns { most } => format!("có nhiều hơn {most} cột"),
            Self::PositiveMissing { metric } => format!("{metric} phải biết nhãn nào là lớp dương"),
            Self::PositiveUseless { metric } => format!("{metric} không dùng nhãn lớp dương"),
            Self::TwoPositives { one, other } => {
                format!("một cột dự đoán không thể chấm cả {one} lẫn {other} làm lớp dương")
            }
            Self::PositiveNotAColumn { metric, positive } => {
                format!("nhãn lớp dương {positive} của {metric} không phải cột dự đoán")
            }
            Self::PositiveNotInTruth { metric, positive } => {
                format!("nhãn lớp dương {positive} của {metric} không có trong đáp án")
            }
            Self::NotBinary { metric, labels } => format!("{metric} cần hai nhãn, đáp án có {labels}"),
            Self::LabelWithoutColumn { label } => format!("nhãn {label} của đáp án không có cột dự đoán"),
        };
        Text::new(vi, self.to_string())
    }
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
    LabelSets,
    Rankings,
    Masks,
    Texts,
    /// Six columns, and any number of rows for each id.
    Boxes,
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
        (Family::Boxes, 6) => Form::Boxes,
        (Family::Probabilities, found) if has(spec, Metric::TopKAccuracy) => {
            let needed = Text::new("mỗi lớp một cột điểm", "a column of scores for each class");
            return Err(other_columns(Metric::TopKAccuracy, needed, found));
        }
        (Family::Boxes, found) => {
            let vi = "các cột lớp, điểm, x, y, rộng và cao";
            let needed = Text::new(vi, "the columns of class, score, x, y, width and height");
            return Err(other_columns(first, needed, found));
        }
        (_, found) if found != 1 => return Err(SpecError::OneColumnNeeded { metric: first, found }),
        (Family::Labels, _) => Form::Labels,
        (Family::Numbers, _) => Form::Numbers,
        (Family::LabelSets, _) => Form::LabelSets,
        (Family::Rankings, _) => Form::Rankings,
        (Family::Masks, _) => Form::Masks,
        (Family::Texts, _) => Form::Texts,
        (Family::Probabilities, _) => Form::PositiveScores { positive: common_positive(spec)? },
    };
    check_positives(spec, &form)?;
    check_options(spec, &form)?;
    check_names(&truth_columns(spec, &form))?;
    Ok(form)
}

fn other_columns(metric: Metric, needed: Text, found: usize) -> SpecError {
    SpecError::OtherColumnsNeeded { metric, needed, found }
}

/// The truth's columns that are read: id, target, further ones of the form, and the split last.
pub(super) fn truth_columns<'a>(spec: &'a TableScorer, form: &Form) -> Vec<&'a str> {
    let mut columns = vec![spec.id_column.as_str(), &spec.target_column];
    match form {
        Form::Masks => columns.extend(SIZE_COLUMNS),
        Form::Boxes => columns.extend(spec.prediction_columns.iter().skip(2).map(String::as_str)),
        _ => columns.extend(spec.gain_column.as_deref()),
    }
    columns.extend(spec.split_column.as_deref());
    columns
}

/// Whether the scorer has the metric.
pub(super) fn has(spec: &TableScorer, metric: Metric) -> bool {
    spec.metrics.iter().any(|one| one.metric == metric)
}

/// Kinds of predictions that one file can serve.
#[derive(PartialEq, Eq)]
enum Family {
    Labels,
    Numbers,
    Probabilities,
    LabelSets,
    Rankings,
    Masks,
    Boxes,
    Texts,
}

fn family(metric: Metric) -> Family {
    match metric.prediction_kind() {
        PredictionKind::Label => Family::Labels,
        PredictionKind::Number => Family::Numbers,
        PredictionKind::PositiveScore | PredictionKind::ClassProbabilities | PredictionKind::ClassScores => {
            Family::Probabilities
        }
        PredictionKind::LabelSet => Family::LabelSets,
        PredictionKind::RankedItems => Family::Rankings,
        PredictionKind::Mask => Family::Masks,
        PredictionKind::Boxes => Family::Boxes,
        PredictionKind::Text => Family::Texts,
    }
}

fn check_columns(spec: &TableScorer) -> Result<(), SpecError> {
    if spec.prediction_columns.len() >= MOST_FIELDS {
        return Err(SpecError::TooManyColumns { most: MOST_FIELDS - 1 });
    }
    // The prediction column may be called like the target: they stand in different files.
    let mut of_predictions = vec![spec.id_column.as_str()];
    of_predictions.extend(spec.prediction_columns.iter().map(String::as_str));
    check_names(&of_predictions)
}

fn check_names(columns: &[&str]) -> Result<(), SpecError> {
    let mut seen = BTreeSet::new();
    for column in columns {
        if column.is_empty() || column.contains(char::is_control) {
            return Err(SpecError::BadColumnName { column: (*column).to_owned() });
        }
        if !seen.insert(column) {
            return Err(SpecError::DuplicateColumn { column: (*column).to_owned() });
        }
    }
    Ok(())
}

fn check_metrics(spec: &TableScorer) -> Result<(), SpecError> {
    let mut seen = BTreeSet::new();
    for one in &spec.metrics {
        let metric = one.metric;
        // One metric with two values of `k` makes two figures.
        if !seen.insert(one.name()) {
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

fn check_options(spec: &TableScorer, form: &Form) -> Result<(), SpecError> {
    for one in &spec.metrics {
        let metric = one.metric;
        check_option(metric, "k", metric.takes_k(), one.k.is_some())?;
        check_option(metric, "alpha", metric.takes_alpha(), one.alpha.is_some())?;
        let out_of_range = |option, vi, en| {
            let domain = Text::new(vi, en);
            SpecError::OptionOutOfRange { metric, option, domain }
        };
        if one.k == Some(0) {
            return Err(out_of_range("k", "ít nhất là 1", "at least 1"));
        }
        if metric == Metric::TopKAccuracy
            && one.k.is_some_and(|k| k as usize >= spec.prediction_columns.len())
        {
            return Err(out_of_range("k", "nhỏ hơn số lớp", "less than the number of classes"));
        }
        if one.alpha.is_some_and(|alpha| !(alpha > 0.0 && alpha < 1.0)) {
            return Err(out_of_range("alpha", "nằm giữa 0 và 1", "between 0 and 1"));
        }
        if spec.gain_column.is_some() && *form != Form::Rankings {
            return Err(SpecError::GainUseless { metric });
        }
    }
    Ok(())
}

fn check_option(metric: Metric, option: &'static str, takes: Takes, given: bool) -> Result<(), SpecError> {
    match takes {
        Takes::Always if !given => Err(SpecError::OptionMissing { metric, option }),
        Takes::Never if given => Err(SpecError::OptionUseless { metric, option }),
        _ => Ok(()),
    }
}
