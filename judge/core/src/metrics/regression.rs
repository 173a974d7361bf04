//! Errors of predicted numbers.
//!
//! All functions take two slices of equal length (one value for each row, any unit) and refuse empty,
//! differently long or non-finite input, and results that overflow.
//! Source of the formulas: scikit-learn, "Metrics and scoring", section "Regression metrics".

use super::{
    error::{MetricError, Side, check_finite, check_lengths, finite, length},
    exact_sum::ExactSum,
};

/// Mean absolute error: `Σ |tᵢ − pᵢ| / n`. In the target's unit, from 0 (perfect) up.
pub fn mae(truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
    mean_of_pairs(truth, predicted, |t, p| (t - p).abs())
}

/// Mean squared error: `Σ (tᵢ − pᵢ)² / n`. In the target's unit squared, from 0 (perfect) up.
pub fn mse(truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
    mean_of_pairs(truth, predicted, |t, p| (t - p).powi(2))
}

/// Root of the mean squared error: `√mse`. In the target's unit, from 0 (perfect) up.
pub fn rmse(truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
    mse(truth, predicted).map(f64::sqrt)
}

/// Root of the mean squared logarithmic error: `√(Σ (ln(1 + tᵢ) − ln(1 + pᵢ))² / n)`. From 0 (perfect) up.
///
/// Values of −1 and below are out of its domain, on either side.
pub fn rmsle(truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
    check(truth, predicted)?;
    for (side, values) in [(Side::Truth, truth), (Side::Predictions, predicted)] {
        if let Some(row) = values.iter().position(|value| *value <= -1.0) {
            return Err(MetricError::OutOfDomain { side, row, domain: "> -1" });
        }
    }
    mean_of_pairs(truth, predicted, |t, p| (t.ln_1p() - p.ln_1p()).powi(2)).map(f64::sqrt)
}

/// Mean absolute percentage error, as a fraction: `Σ |tᵢ − pᵢ| / max(|tᵢ|, ε) / n` with ε = 2⁻⁵².
///
/// From 0 (perfect) up. As in scikit-learn a true value of 0 is not refused: it weighs 1/ε.
pub fn mape(truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
    mean_of_pairs(truth, predicted, |t, p| (t - p).abs() / t.abs().max(f64::EPSILON))
}

/// Pinball loss of the quantile α: `Σ max(α (tᵢ − pᵢ), (α − 1) (tᵢ − pᵢ)) / n`, with 0 < α < 1.
///
/// In the target's unit, from 0 (perfect) up; it is least where a share α of the truth lies below the predictions.
/// Source: `sklearn.metrics.mean_pinball_loss`; R. Koenker and G. Bassett, "Regression Quantiles", 1978.
pub fn pinball(truth: &[f64], predicted: &[f64], alpha: f64) -> Result<f64, MetricError> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(MetricError::BadQuantile { alpha });
    }
    mean_of_pairs(truth, predicted, |t, p| (alpha * (t - p)).max((alpha - 1.0) * (t - p)))
}

/// Coefficient of determination: `1 − Σ (tᵢ − pᵢ)² / Σ (tᵢ − t̄)²`. Up to 1 (perfect); 0 for the mean.
///
/// Needs two rows. As in scikit-learn a constant truth gives 1 when every prediction hits it, else 0.
pub fn r2(truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
    check(truth, predicted)?;
    if truth.len() < 2 {
        return Err(MetricError::TooFewRows { needed: 2, actual: truth.len() });
    }
    let residual = finite(ExactSum::of(truth.iter().zip(predicted).map(|(t, p)| (t - p).powi(2))))?;
    let total = if is_constant(truth) {
        0.0
    } else {
        let mean = finite(ExactSum::of(truth.iter().copied()))? / length(truth.len());
        finite(ExactSum::of(truth.iter().map(|t| (t - mean).powi(2))))?
    };
    match (residual == 0.0, total == 0.0) {
        (true, _) => Ok(1.0),
        (false, true) => Ok(0.0),
        (false, false) => finite(1.0 - residual / total),
    }
}

/// Whether all values are equal. The slice is not empty.
pub(super) fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] - pair[1] == 0.0)
}

fn mean_of_pairs(
    truth: &[f64],
    predicted: &[f64],
    term: impl Fn(f64, f64) -> f64,
) -> Result<f64, MetricError> {
    check(truth, predicted)?;
    let sum = ExactSum::of(truth.iter().zip(predicted).map(|(t, p)| term(*t, *p)));
    finite(sum / length(truth.len()))
}

/// What every metric on two columns of numbers asks for.
pub(super) fn check(truth: &[f64], predicted: &[f64]) -> Result<(), MetricError> {
    check_lengths(truth.len(), predicted.len())?;
    check_finite(truth, Side::Truth)?;
    check_finite(predicted, Side::Predictions)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of scikit-learn's user guide.
    const TRUTH: [f64; 4] = [3.0, -0.5, 2.0, 7.0];
    const PREDICTED: [f64; 4] = [2.5, 0.0, 2.0, 8.0];

    fn close(actual: Result<f64, MetricError>, expected: f64) {
        let actual = actual.unwrap();
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    #[test]
    fn the_errors_of_four_rows_are_known() {
        close(mae(&TRUTH, &PREDICTED), 0.5);
        close(mse(&TRUTH, &PREDICTED), 0.375);
        close(rmse(&TRUTH, &PREDICTED), 0.375_f64.sqrt());
        close(mape(&TRUTH, &PREDICTED), (0.5 / 3.0 + 1.0 + 0.0 + 1.0 / 7.0) / 4.0);
        close(r2(&TRUTH, &PREDICTED), 1.0 - 1.5 / 29.1875);
        close(rmsle(&[0.0, 1.0], &[0.0, 3.0]), (2.0_f64.ln().powi(2) / 2.0).sqrt());
    }

    #[test]
    fn a_true_zero_weighs_one_over_epsilon_in_mape() {
        close(mape(&[0.0], &[f64::EPSILON]), 1.0);
    }

    #[test]
    fn a_quantile_weighs_what_lies_above_it_and_below_it() {
        // Above by 0.5 and 0 and 0; below by 0.5 and 1.
        close(pinball(&TRUTH, &PREDICTED, 0.9), (0.9 * 0.5 + 0.1 * 1.5) / 4.0);
        close(pinball(&TRUTH, &PREDICTED, 0.5), 0.25);
        for alpha in [0.0, 1.0, -0.5, f64::INFINITY] {
            assert_eq!(pinball(&TRUTH, &PREDICTED, alpha), Err(MetricError::BadQuantile { alpha }));
        }
        assert!(matches!(pinball(&TRUTH, &PREDICTED, f64::NAN), Err(MetricError::BadQuantile { .. })));
    }

    #[test]
    fn r2_of_a_constant_truth_is_one_for_a_hit_and_zero_for_a_miss() {
        close(r2(&[0.1; 3], &[0.1; 3]), 1.0);
        close(r2(&[0.1; 3], &[0.1, 0.1, 0.2]), 0.0);
        assert_eq!(r2(&[1.0], &[1.0]), Err(MetricError::TooFewRows { needed: 2, actual: 1 }));
    }

    #[test]
    fn rmsle_refuses_minus_one_on_either_side() {
        let domain = "> -1";
        assert_eq!(
            rmsle(&[0.0, -1.0], &[0.0, 0.0]),
            Err(MetricError::OutOfDomain { side: Side::Truth, row: 1, domain })
        );
        assert_eq!(
            rmsle(&[0.0], &[-2.0]),
            Err(MetricError::OutOfDomain { side: Side::Predictions, row: 0, domain })
        );
    }

    #[test]
    fn bad_input_is_refused_by_every_error() {
        fn median(truth: &[f64], predicted: &[f64]) -> Result<f64, MetricError> {
            pinball(truth, predicted, 0.5)
        }
        for metric in [mae, mse, rmse, rmsle, mape, median, r2] {
            assert_eq!(metric(&[], &[]), Err(MetricError::Empty));
            assert_eq!(
                metric(&[1.0], &[1.0, 2.0]),
                Err(MetricError::LengthMismatch { truth: 1, predictions: 2 })
            );
            assert_eq!(
                metric(&[1.0, f64::NAN], &[1.0, 2.0]),
                Err(MetricError::NotFinite { side: Side::Truth, row: 1 })
            );
            assert_eq!(
                metric(&[1.0, 2.0], &[f64::INFINITY, 2.0]),
                Err(MetricError::NotFinite { side: Side::Predictions, row: 0 })
            );
        }
    }

    #[test]
    fn a_result_beyond_the_range_of_numbers_is_refused() {
        for metric in [mse, rmse, r2] {
            assert_eq!(metric(&[0.0, 1.0], &[1e200, 0.0]), Err(MetricError::Overflow));
        }
        assert_eq!(mae(&[f64::MAX, 0.0], &[f64::MIN, 0.0]), Err(MetricError::Overflow));
    }
}
