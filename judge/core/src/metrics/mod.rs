//! Metrics of the field, each with its formula and source.
//!
//! Purpose: pure functions from truth and predictions to one figure, and the closed list of their names.
//! Invariants: a figure is finite, or there is a [`MetricError`]; it does not depend on the order of the rows,
//! not even in its last bit (boxes that tie in score or overlap are the one exception, see [`BoxPrecision`]); edge
//! cases come out as in the reference implementation that each function names (`tests/reference/` compares), or
//! are refused where that gives NaN.
//! Neighbours: [`crate::tables`] reads and joins what is measured here; boards show what comes out.

mod boxes;
mod classification;
mod correlation;
mod error;
mod exact_sum;
mod label_sets;
mod masks;
mod metric_spec;
mod names;
mod probabilities;
mod ranking_curves;
mod rankings;
mod ratings;
mod regression;
mod top_k;
mod transcripts;

use serde::{Deserialize, Serialize};

pub use boxes::{BoxPrecision, Detection, LONGEST_SIDE, MOST_DETECTIONS, Rectangle, TrueBox};
pub use classification::{
    Average, ClassCount, ClassCounts, accuracy, balanced_accuracy, cohen_kappa, f1, matthews, precision,
    recall,
};
pub use correlation::{pearson, spearman};
pub use error::{MetricError, Side};
pub use label_sets::{LabelSetCounts, SetAverage, f1_of_sets, subset_accuracy};
pub use masks::{Mask, Overlap, mask_dice, mask_iou};
pub use metric_spec::MetricSpec;
pub use names::{Direction, PredictionKind, Takes, UnknownMetric};
pub use probabilities::{SUM_TOLERANCE, log_loss, log_loss_binary};
pub use ranking_curves::{average_precision, roc_auc};
pub use rankings::{Hit, Ranking, map_at_k, map_at_k_capped, mrr, ndcg, recall_at_k};
pub use ratings::{LARGEST_RATING, quadratic_kappa};
pub use regression::{mae, mape, mse, pinball, r2, rmse, rmsle};
pub use top_k::top_k_accuracy;
pub use transcripts::{Edits, character_edits, error_rate, word_edits};

/// A metric by its stable name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Metric {
    Accuracy,
    BalancedAccuracy,
    PrecisionBinary,
    PrecisionMicro,
    PrecisionMacro,
    PrecisionWeighted,
    RecallBinary,
    RecallMicro,
    RecallMacro,
    RecallWeighted,
    F1Binary,
    F1Micro,
    F1Macro,
    F1Weighted,
    LogLoss,
    RocAuc,
    AveragePrecision,
    Matthews,
    CohenKappa,
    Mae,
    Mse,
    Rmse,
    Rmsle,
    Mape,
    R2,
    Pearson,
    Spearman,
    QuadraticKappa,
    TopKAccuracy,
    Pinball,
    MultilabelF1Micro,
    MultilabelF1Macro,
    MultilabelF1Weighted,
    MultilabelF1Samples,
    SubsetAccuracy,
    Ndcg,
    Mrr,
    RecallAtK,
    MapAtK,
    MapAtKCapped,
    MaskIou,
    MaskDice,
    BoxMap,
    #[serde(rename = "box_map_50")]
    BoxMap50,
    #[serde(rename = "box_map_75")]
    BoxMap75,
    Wer,
    Cer,
}
