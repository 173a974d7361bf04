//! Metrics of the field, each with its formula and source.
//!
//! Purpose: pure functions from truth and predictions to one figure, and the closed list of their names.
//! Invariants: a figure is finite, or there is a [`MetricError`]; it does not depend on the order of the rows,
//! not even in its last bit; edge cases come out as in scikit-learn and scipy (`tests/reference.rs` compares).
//! Neighbours: [`crate::tables`] reads and joins what is measured here; boards show what comes out.

mod classification;
mod correlation;
mod error;
mod exact_sum;
mod names;
mod probabilities;
mod ranking_curves;
mod regression;

use serde::{Deserialize, Serialize};

pub use classification::{
    Average, ClassCount, ClassCounts, accuracy, balanced_accuracy, cohen_kappa, f1, matthews, precision,
    recall,
};
pub use correlation::{pearson, spearman};
pub use error::{MetricError, Side};
pub use names::{Direction, PredictionKind, UnknownMetric};
pub use probabilities::{SUM_TOLERANCE, log_loss, log_loss_binary};
pub use ranking_curves::{average_precision, roc_auc};
pub use regression::{mae, mape, mse, r2, rmse, rmsle};

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
}

/// A metric with its options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricSpec {
    pub metric: Metric,
    /// The label that counts as positive, for binary metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
}
