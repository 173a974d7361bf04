//! Correlations between true and predicted numbers.
//!
//! Both take two slices of equal length of at least 2 and lie in −1..=1. Where one side is constant the
//! correlation is not defined and there is an error, where scipy returns NaN.

use super::{
    error::{MetricError, Side, finite, length},
    exact_sum::ExactSum,
    regression::{check, is_constant},
};

/// Pearson's product-moment correlation: `Σ (tᵢ − t̄)(pᵢ − p̄) / √(Σ (tᵢ − t̄)² · Σ (pᵢ − p̄)²)`.
///
/// Source: `scipy.stats.pearsonr`. Two rows give exactly −1 or 1.
pub fn pearson(truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
    check_defined(truth, predicted)?;
    let t = standardized(truth)?;
    let p = standardized(predicted)?;
    let r = finite(ExactSum::of(t.iter().zip(&p).map(|(t, p)| t * p)))?.clamp(-1.0, 1.0);
    Ok(if truth.len() == 2 { r.round() } else { r })
}

/// Spearman's rank correlation: Pearson's correlation of the ranks; equal values share their mean rank.
///
/// Source: `scipy.stats.spearmanr`.
pub fn spearman(truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
    check_defined(truth, predicted)?;
    pearson(&mean_ranks(truth), &mean_ranks(predicted))
}

fn check_defined(truth: &[f64], predicted: &[f64]) -> Result<(), MetricError> {
    check(truth, predicted)?;
    if truth.len() < 2 {
        return Err(MetricError::TooFewRows { needed: 2, actual: truth.len() });
    }
    for (side, values) in [(Side::Truth, truth), (Side::Predictions, predicted)] {
        if is_constant(values) {
            return Err(MetricError::Constant { side });
        }
    }
    Ok(())
}

/// Differences from the mean, divided by their Euclidean norm.
///
/// The largest difference is scaled to 1 first: very large or very small values neither overflow nor vanish
/// when squared.
fn standardized(values: &[f64]) -> Result<Vec<f64>, MetricError> {
    let mean = finite(ExactSum::of(values.iter().copied()))? / length(values.len());
    let largest = finite(values.iter().map(|value| (value - mean).abs()).fold(0.0, f64::max))?;
    let scaled = values.iter().map(|value| (value - mean) / largest);
    let norm = ExactSum::of(scaled.clone().map(|difference| difference.powi(2))).sqrt();
    Ok(scaled.map(|difference| difference / norm).collect())
}

/// Ranks from 1; equal values share the mean of their ranks.
fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|a, b| values[*a] - values[*b] == 0.0) {
        let rank = length(2 * before + tied.len() + 1) / 2.0;
        for row in tied {
            ranks[*row] = rank;
        }
        before += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: Result<f64, MetricError>, expected: f64) {
        let actual = actual.unwrap();
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    #[test]
    fn the_correlations_of_four_rows_are_known() {
        close(pearson(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]), 0.8);
        close(spearman(&[1.0, 2.0, 3.0, 4.0], &[10.0, 30.0, 20.0, 4000.0]), 0.8);
        close(pearson(&[1.0, 2.0], &[0.3, 0.1]), -1.0);
    }

    #[test]
    fn equal_values_share_their_mean_rank() {
        let expected = [2.5, 1.0, 2.5, 4.0];
        for (rank, expected) in mean_ranks(&[0.0, -3.0, -0.0, 5.0]).iter().zip(expected) {
            assert!((rank - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn very_large_and_very_small_values_correlate_too() {
        close(pearson(&[1e300, 2e300, 3e300], &[1.0, 2.0, 3.0]), 1.0);
        close(pearson(&[1e-300, 2e-300, 3e-300], &[3.0, 2.0, 1.0]), -1.0);
    }

    #[test]
    fn a_constant_side_has_no_correlation() {
        for metric in [pearson, spearman] {
            assert_eq!(metric(&[0.1; 3], &[1.0, 2.0, 3.0]), Err(MetricError::Constant { side: Side::Truth }));
            assert_eq!(
                metric(&[1.0, 2.0, 3.0], &[0.1; 3]),
                Err(MetricError::Constant { side: Side::Predictions })
            );
            assert_eq!(metric(&[1.0], &[1.0]), Err(MetricError::TooFewRows { needed: 2, actual: 1 }));
            assert_eq!(metric(&[], &[]), Err(MetricError::Empty));
            assert_eq!(
                metric(&[1.0, f64::NAN], &[1.0, 2.0]),
                Err(MetricError::NotFinite { side: Side::Truth, row: 1 })
            );
        }
    }
}
