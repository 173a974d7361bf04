//! What each metric is called, what it measures and which way is better.

use super::Metric;

/// What a metric compares with the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PredictionKind {
    /// One of the task's labels.
    Label,
    /// A finite number.
    Number,
    /// A finite number for each row: the higher, the more likely the positive class.
    PositiveScore,
    /// A probability for each class; with two classes, the positive one's is enough.
    ClassProbabilities,
    /// A finite number for each class: the higher, the likelier.
    ClassScores,
    /// Any number of the task's labels, or none.
    LabelSet,
    /// Items, the best first.
    RankedItems,
    /// The pixels of a region of a picture.
    Mask,
    /// Rectangles in pictures, each with a class and a score.
    Boxes,
    Text,
}

/// Whether a metric takes an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Takes {
    Never,
    Optionally,
    Always,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    HigherIsBetter,
    LowerIsBetter,
}

impl Metric {
    pub const ALL: [Metric; 47] = [
        Metric::Accuracy,
        Metric::BalancedAccuracy,
        Metric::PrecisionBinary,
        Metric::PrecisionMicro,
        Metric::PrecisionMacro,
        Metric::PrecisionWeighted,
        Metric::RecallBinary,
        Metric::RecallMicro,
        Metric::RecallMacro,
        Metric::RecallWeighted,
        Metric::F1Binary,
        Metric::F1Micro,
        Metric::F1Macro,
        Metric::F1Weighted,
        Metric::LogLoss,
        Metric::RocAuc,
        Metric::AveragePrecision,
        Metric::Matthews,
        Metric::CohenKappa,
        Metric::Mae,
        Metric::Mse,
        Metric::Rmse,
        Metric::Rmsle,
        Metric::Mape,
        Metric::R2,
        Metric::Pearson,
        Metric::Spearman,
        Metric::QuadraticKappa,
        Metric::TopKAccuracy,
        Metric::Pinball,
        Metric::MultilabelF1Micro,
        Metric::MultilabelF1Macro,
        Metric::MultilabelF1Weighted,
        Metric::MultilabelF1Samples,
        Metric::SubsetAccuracy,
        Metric::Ndcg,
        Metric::Mrr,
        Metric::RecallAtK,
        Metric::MapAtK,
        Metric::MapAtKCapped,
        Metric::MaskIou,
        Metric::MaskDice,
        Metric::BoxMap,
        Metric::BoxMap50,
        Metric::BoxMap75,
        Metric::Wer,
        Metric::Cer,
    ];

    /// The stable spelling, as in JSON, in definitions and on boards.
    pub fn as_str(self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::BalancedAccuracy => "balanced_accuracy",
            Metric::PrecisionBinary => "precision_binary",
            Metric::PrecisionMicro => "precision_micro",
            Metric::PrecisionMacro => "precision_macro",
            Metric::PrecisionWeighted => "precision_weighted",
            Metric::RecallBinary => "recall_binary",
            Metric::RecallMicro => "recall_micro",
            Metric::RecallMacro => "recall_macro",
            Metric::RecallWeighted => "recall_weighted",
            Metric::F1Binary => "f1_binary",
            Metric::F1Micro => "f1_micro",
            Metric::F1Macro => "f1_macro",
            Metric::F1Weighted => "f1_weighted",
            Metric::LogLoss => "log_loss",
            Metric::RocAuc => "roc_auc",
            Metric::AveragePrecision => "average_precision",
            Metric::Matthews => "matthews",
            Metric::CohenKappa => "cohen_kappa",
            Metric::Mae => "mae",
            Metric::Mse => "mse",
            Metric::Rmse => "rmse",
            Metric::Rmsle => "rmsle",
            Metric::Mape => "mape",
            Metric::R2 => "r2",
            Metric::Pearson => "pearson",
            Metric::Spearman => "spearman",
            Metric::QuadraticKappa => "quadratic_kappa",
            Metric::TopKAccuracy => "top_k_accuracy",
            Metric::Pinball => "pinball",
            Metric::MultilabelF1Micro => "multilabel_f1_micro",
            Metric::MultilabelF1Macro => "multilabel_f1_macro",
            Metric::MultilabelF1Weighted => "multilabel_f1_weighted",
            Metric::MultilabelF1Samples => "multilabel_f1_samples",
            Metric::SubsetAccuracy => "subset_accuracy",
            Metric::Ndcg => "ndcg",
            Metric::Mrr => "mrr",
            Metric::RecallAtK => "recall_at_k",
            Metric::MapAtK => "map_at_k",
            Metric::MapAtKCapped => "map_at_k_capped",
            Metric::MaskIou => "mask_iou",
            Metric::MaskDice => "mask_dice",
            Metric::BoxMap => "box_map",
            Metric::BoxMap50 => "box_map_50",
            Metric::BoxMap75 => "box_map_75",
            Metric::Wer => "wer",
            Metric::Cer => "cer",
        }
    }

    pub fn prediction_kind(self) -> PredictionKind {
        match self {
            Metric::Accuracy
            | Metric::BalancedAccuracy
            | Metric::PrecisionBinary
            | Metric::PrecisionMicro
            | Metric::PrecisionMacro
            | Metric::PrecisionWeighted
            | Metric::RecallBinary
            | Metric::RecallMicro
            | Metric::RecallMacro
            | Metric::RecallWeighted
            | Metric::F1Binary
            | Metric::F1Micro
            | Metric::F1Macro
            | Metric::F1Weighted
            | Metric::Matthews
            | Metric::CohenKappa
            | Metric::QuadraticKappa => PredictionKind::Label,
            Metric::Mae
            | Metric::Mse
            | Metric::Rmse
            | Metric::Rmsle
            | Metric::Mape
            | Metric::R2
            | Metric::Pearson
            | Metric::Spearman
            | Metric::Pinball => PredictionKind::Number,
            Metric::RocAuc | Metric::AveragePrecision => PredictionKind::PositiveScore,
            Metric::LogLoss => PredictionKind::ClassProbabilities,
            Metric::TopKAccuracy => PredictionKind::ClassScores,
            Metric::MultilabelF1Micro
            | Metric::MultilabelF1Macro
            | Metric::MultilabelF1Weighted
            | Metric::MultilabelF1Samples
            | Metric::SubsetAccuracy => PredictionKind::LabelSet,
            Metric::Ndcg | Metric::Mrr | Metric::RecallAtK | Metric::MapAtK | Metric::MapAtKCapped => {
                PredictionKind::RankedItems
            }
            Metric::MaskIou | Metric::MaskDice => PredictionKind::Mask,
            Metric::BoxMap | Metric::BoxMap50 | Metric::BoxMap75 => PredictionKind::Boxes,
            Metric::Wer | Metric::Cer => PredictionKind::Text,
        }
    }

    pub fn direction(self) -> Direction {
        match self {
            Metric::LogLoss
            | Metric::Mae
            | Metric::Mse
            | Metric::Rmse
            | Metric::Rmsle
            | Metric::Mape
            | Metric::Pinball
            | Metric::Wer
            | Metric::Cer => Direction::LowerIsBetter,
            _ => Direction::HigherIsBetter,
        }
    }

    /// Whether the metric looks at the first `k` only.
    pub fn takes_k(self) -> Takes {
        match self {
            Metric::RecallAtK | Metric::MapAtK | Metric::MapAtKCapped | Metric::TopKAccuracy => Takes::Always,
            Metric::Ndcg | Metric::Mrr => Takes::Optionally,
            _ => Takes::Never,
        }
    }

    /// Whether the metric is about the quantile `alpha`.
    pub fn takes_alpha(self) -> Takes {
        if self == Metric::Pinball { Takes::Always } else { Takes::Never }
    }

    /// Whether the metric is about one class against the other, and so must know which one is positive.
    /// (Log loss must know it too where the predictions are the positive class's probability alone.)
    pub fn is_about_positive_class(self) -> bool {
        matches!(
            self,
            Metric::PrecisionBinary
                | Metric::RecallBinary
                | Metric::F1Binary
                | Metric::RocAuc
                | Metric::AveragePrecision
        )
    }
}

impl std::fmt::Display for Metric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|m| m.as_str() == text).ok_or_else(|| UnknownMetric(text.to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no built-in metric is called {0:?}")]
pub struct UnknownMetric(String);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_metric_reads_back_from_its_spelling_and_its_json() {
        for metric in Metric::ALL {
            assert_eq!(metric.as_str().parse(), Ok(metric));
            assert_eq!(serde_json::to_value(metric).unwrap(), metric.as_str());
        }
        assert!("f2_macro".parse::<Metric>().is_err());
    }

    #[test]
    fn all_names_each_metric_once() {
        assert_eq!(Metric::ALL.iter().collect::<BTreeSet<_>>().len(), Metric::ALL.len());
        let schema = serde_json::to_value(schemars::schema_for!(Metric)).unwrap();
        assert_eq!(schema["enum"].as_array().unwrap().len(), Metric::ALL.len());
    }

    #[test]
    fn errors_and_losses_are_better_when_lower() {
        let lower: Vec<_> = Metric::ALL
            .into_iter()
            .filter(|m| m.direction() == Direction::LowerIsBetter)
            .map(Metric::as_str)
            .collect();
        assert_eq!(lower, ["log_loss", "mae", "mse", "rmse", "rmsle", "mape", "pinball", "wer", "cer"]);
    }
}
