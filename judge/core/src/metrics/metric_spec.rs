//! A metric with its options, and the name that its figure goes by.

use serde::{Deserialize, Serialize};

use super::Metric;

/// A metric with its options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricSpec {
    pub metric: Metric,
    /// The label that counts as positive, for binary metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// How many of the first items or classes count, from 1; for `ndcg` and `mrr` all of them where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<u32>,
    /// The quantile that `pinball` measures, between 0 and 1: 0.9 for a value that nine of ten do not exceed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
}

impl MetricSpec {
    /// What the figure is called in scores and board columns: the metric's name, with its `k` or `alpha` in place:
    /// `recall_at_10`, `ndcg_at_5`, `top_3_accuracy`, `pinball_0_9`.
    pub fn name(&self) -> String {
        let name = self.metric.as_str();
        match (self.metric, self.k, self.alpha) {
            (Metric::Ndcg | Metric::Mrr, Some(k), _) => format!("{name}_at_{k}"),
            (
                Metric::RecallAtK | Metric::MapAtK | Metric::MapAtKCapped | Metric::TopKAccuracy,
                Some(k),
                _,
            ) => {
                let parts =
                    name.split('_').map(|part| if part == "k" { k.to_string() } else { part.to_owned() });
                parts.collect::<Vec<_>>().join("_")
            }
            (Metric::Pinball, _, Some(alpha)) => format!("{name}_{}", alpha.to_string().replace('.', "_")),
            _ => name.to_owned(),
        }
    }
}

impl From<Metric> for MetricSpec {
    fn from(metric: Metric) -> Self {
        Self { metric, positive: None, k: None, alpha: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_which_k_and_which_quantile() {
        let at = |metric, k| MetricSpec { k: Some(k), ..MetricSpec::from(metric) }.name();
        assert_eq!(at(Metric::RecallAtK, 100), "recall_at_100");
        assert_eq!(at(Metric::MapAtK, 10), "map_at_10");
        assert_eq!(at(Metric::MapAtKCapped, 10), "map_at_10_capped");
        assert_eq!(at(Metric::TopKAccuracy, 5), "top_5_accuracy");
        assert_eq!(at(Metric::Ndcg, 5), "ndcg_at_5");
        assert_eq!(MetricSpec::from(Metric::Ndcg).name(), "ndcg");
        assert_eq!(MetricSpec { alpha: Some(0.95), ..Metric::Pinball.into() }.name(), "pinball_0_95");
        assert_eq!(MetricSpec::from(Metric::F1Macro).name(), "f1_macro");
    }

    #[test]
    fn options_that_are_not_given_are_not_written() {
        let json = serde_json::to_value(MetricSpec::from(Metric::Mae)).unwrap();
        assert_eq!(json, serde_json::json!({ "metric": "mae" }));
    }
}
