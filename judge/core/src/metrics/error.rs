//! Why a metric gives no figure.

use crate::text::Text;

/// Which of the two inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Truth,
    Predictions,
}

/// Bad input, or an input for which the metric is not defined. Rows count from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    #[error("{truth} rows of truth meet {predictions} rows of predictions")]
    LengthMismatch { truth: usize, predictions: usize },
    #[error("there are no rows")]
    Empty,
    #[error("at least {needed} rows are needed, there are {actual}")]
    TooFewRows { needed: usize, actual: usize },
    #[error("row {row} of the {side} is not a finite number")]
    NotFinite { side: Side, row: usize },
    #[error("row {row} of the {side} lies outside {domain}")]
    OutOfDomain { side: Side, row: usize, domain: &'static str },
    #[error("class {class} is not one of the {classes} classes")]
    UnknownClass { class: u32, classes: usize },
    #[error("two classes are needed, the truth has {classes}")]
    NotBinary { classes: usize },
    #[error("the truth holds a single class")]
    SingleClass,
    #[error("the truth holds no row of the positive class")]
    NoPositive,
    #[error("all values of the {side} are equal")]
    Constant { side: Side },
    #[error("the probabilities of row {row} add up to {sum} instead of 1")]
    SumNotOne { row: usize, sum: f64 },
    #[error("row {row} of the truth names nothing relevant")]
    NothingRelevant { row: usize },
    #[error("the ranks of row {row} do not grow, or are more than there are relevant items")]
    NotARanking { row: usize },
    #[error("row {row} of the {side} does not name different labels in order")]
    NotASet { side: Side, row: usize },
    #[error("the truth names no label")]
    NoLabel,
    #[error("a run of {length} from pixel {start} on has no place behind the others in {pixels} pixels")]
    BadRun { start: u32, length: u32, pixels: u32 },
    #[error("a picture of {truth} pixels meets a mask of {predictions}")]
    PictureMismatch { truth: u32, predictions: u32 },
    #[error("the truth holds no text")]
    NoText,
    #[error("the truth holds no box")]
    NoBox,
    #[error("the best {k} of {classes} classes cannot be told from the others")]
    TopOfAll { k: usize, classes: usize },
    #[error("the quantile {alpha} does not lie between 0 and 1")]
    BadQuantile { alpha: f64 },
    #[error("the values are too large: the result overflows")]
    Overflow,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Side::Truth => "truth",
            Side::Predictions => "predictions",
        })
    }
}

impl MetricError {
    /// Whether no prediction at all could have been measured against this truth.
    pub fn is_of_the_truth(&self) -> bool {
        match self {
            Self::Empty
            | Self::TooFewRows { .. }
            | Self::NotBinary { .. }
            | Self::SingleClass
            | Self::NoPositive
            | Self::NothingRelevant { .. }
            | Self::NoLabel
            | Self::NoText
            | Self::NoBox
            | Self::TopOfAll { .. }
            | Self::BadQuantile { .. } => true,
            Self::NotFinite { side, .. }
            | Self::OutOfDomain { side, .. }
            | Self::Constant { side }
            | Self::NotASet { side, .. } => *side == Side::Truth,
            Self::LengthMismatch { .. }
            | Self::UnknownClass { .. }
            | Self::SumNotOne { .. }
            | Self::NotARanking { .. }
            | Self::BadRun { .. }
            | Self::PictureMismatch { .. }
            | Self::Overflow => false,
        }
    }

    /// The reason in both languages, without a full stop.
    pub fn reason(&self) -> Text {
        let vi = match self {
            Self::LengthMismatch { truth, predictions } => {
                format!("đáp án có {truth} dòng, bài nộp có {predictions} dòng")
            }
            Self::Empty => "không có dòng nào".to_owned(),
            Self::TooFewRows { needed, actual } => format!("cần ít nhất {needed} dòng, chỉ có {actual}"),
            Self::NotFinite { side, row } => format!("dòng {row} của {} không phải số hữu hạn", side.vi()),
            Self::OutOfDomain { side, row, domain } => {
                format!("dòng {row} của {} nằm ngoài {domain}", side.vi())
            }
            Self::UnknownClass { class, classes } => {
                format!("lớp {class} không thuộc {classes} lớp của đề")
            }
            Self::NotBinary { classes } => format!("cần đúng hai lớp, đáp án có {classes}"),
            Self::SingleClass => "đáp án chỉ có một lớp".to_owned(),
            Self::NoPositive => "đáp án không có dòng nào thuộc lớp dương".to_owned(),
            Self::Constant { side } => format!("mọi giá trị của {} đều bằng nhau", side.vi()),
            Self::SumNotOne { row, sum } => format!("tổng xác suất của dòng {row} là {sum}, không phải 1"),
            Self::NothingRelevant { row } => format!("dòng {row} của đáp án không có mục nào liên quan"),
            Self::NotARanking { row } => {
                format!("thứ hạng của dòng {row} không tăng dần hoặc nhiều hơn số mục liên quan")
            }
            Self::NotASet { side, row } => {
                format!("dòng {row} của {} không nêu các nhãn khác nhau theo thứ tự", side.vi())
            }
            Self::NoLabel => "đáp án không nêu nhãn nào".to_owned(),
            Self::BadRun { start, length, pixels } => {
                format!(
                    "đoạn {length} điểm từ điểm {start} không có chỗ sau các đoạn trước trong {pixels} điểm ảnh"
                )
            }
            Self::PictureMismatch { truth, predictions } => {
                format!("ảnh có {truth} điểm, mặt nạ dành cho ảnh {predictions} điểm")
            }
            Self::NoText => "đáp án không có chữ nào".to_owned(),
            Self::NoBox => "đáp án không có khung nào".to_owned(),
            Self::TopOfAll { k, classes } => format!("không thể lấy {k} lớp cao nhất trong {classes} lớp"),
            Self::BadQuantile { alpha } => format!("phân vị {alpha} không nằm giữa 0 và 1"),
            Self::Overflow => "giá trị quá lớn, kết quả bị tràn số".to_owned(),
        };
        Text::new(vi, self.to_string())
    }
}

impl Side {
    fn vi(self) -> &'static str {
        match self {
            Side::Truth => "đáp án",
            Side::Predictions => "bài nộp",
        }
    }
}

/// Refuses inputs of different lengths, and empty ones.
pub(super) fn check_lengths(truth: usize, predictions: usize) -> Result<(), MetricError> {
    if truth != predictions {
        return Err(MetricError::LengthMismatch { truth, predictions });
    }
    if truth == 0 { Err(MetricError::Empty) } else { Ok(()) }
}

/// Refuses NaN and the infinities.
pub(super) fn check_finite(values: &[f64], side: Side) -> Result<(), MetricError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(MetricError::NotFinite { side, row }),
        None => Ok(()),
    }
}

/// The last gate of every figure that arithmetic could have driven to infinity.
pub(super) fn finite(value: f64) -> Result<f64, MetricError> {
    if value.is_finite() { Ok(value) } else { Err(MetricError::Overflow) }
}

/// A count as a number.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows lie far below 2^53; products may lose their last bit"
)]
pub(super) fn real(count: impl Into<u128>) -> f64 {
    count.into() as f64
}

/// The length of a slice as a number.
pub(super) fn length(count: usize) -> f64 {
    real(count as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_prediction_is_the_teams_affair_and_a_constant_truth_the_organizers() {
        assert!(MetricError::Constant { side: Side::Truth }.is_of_the_truth());
        assert!(!MetricError::Constant { side: Side::Predictions }.is_of_the_truth());
    }

    #[test]
    fn the_reason_is_given_in_both_languages() {
        let reason = MetricError::Constant { side: Side::Predictions }.reason();
        assert_eq!(
            reason,
            Text::new("mọi giá trị của bài nộp đều bằng nhau", "all values of the predictions are equal")
        );
    }
}
