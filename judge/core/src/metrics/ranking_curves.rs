//! Metrics on how scores rank the positive rows before the others.
//!
//! Both take whether each row is positive, and its score (finite, any scale; the higher, the more likely
//! positive). Only the order of the scores matters; rows of equal score count as one step of the curve.

use super::{
    error::{MetricError, Side, check_finite, check_lengths, real},
    exact_sum::ExactSum,
};

/// Area under the ROC curve: the probability that a positive row has a higher score than a negative one, ties
/// counting half. From 0 to 1 (perfect); 0.5 for chance.
///
/// `Σ over steps of negatives × (positives above + positives in the step / 2) / (P N)`, which is the area by
/// trapezoids. Needs both classes. Source: `sklearn.metrics.roc_auc_score`; T. Fawcett, "An introduction to ROC
/// analysis", 2006.
pub fn roc_auc(truth: &[bool], scores: &[f64]) -> Result<f64, MetricError> {
    let steps = steps(truth, scores)?;
    let positives: u64 = steps.iter().map(|step| step.positives).sum();
    let negatives: u64 = steps.iter().map(|step| step.negatives).sum();
    if positives == 0 || negatives == 0 {
        return Err(MetricError::SingleClass);
    }
    let mut above: u64 = 0;
    let mut twice_area: u128 = 0;
    for step in &steps {
        twice_area += u128::from(step.negatives) * u128::from(2 * above + step.positives);
        above += step.positives;
    }
    Ok(real(twice_area) / (2.0 * real(positives) * real(negatives)))
}

/// Average precision: `Σ over steps (Rₖ − Rₖ₋₁) Pₖ`, with Pₖ and Rₖ precision and recall among the rows down to
/// step k. No interpolation. From above 0 to 1 (perfect).
///
/// Needs a positive row (scikit-learn warns and returns 0 without one).
/// Source: `sklearn.metrics.average_precision_score`.
pub fn average_precision(truth: &[bool], scores: &[f64]) -> Result<f64, MetricError> {
    let steps = steps(truth, scores)?;
    let positives: u64 = steps.iter().map(|step| step.positives).sum();
    if positives == 0 {
        return Err(MetricError::NoPositive);
    }
    let (mut found, mut seen) = (0, 0);
    let gains = steps.iter().map(|step| {
        found += step.positives;
        seen += step.positives + step.negatives;
        real(step.positives) / real(positives) * (real(found) / real(seen))
    });
    Ok(ExactSum::of(gains).min(1.0))
}

/// Rows of one score.
#[derive(Default)]
struct Step {
    positives: u64,
    negatives: u64,
}

/// The steps from the highest score down.
fn steps(truth: &[bool], scores: &[f64]) -> Result<Vec<Step>, MetricError> {
    check_lengths(truth.len(), scores.len())?;
    check_finite(scores, Side::Predictions)?;
    let mut rows: Vec<(f64, bool)> = scores.iter().copied().zip(truth.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    // A difference tells 0 from −0 no more than scikit-learn does.
    let steps = rows.chunk_by(|a, b| a.0 - b.0 == 0.0).map(|tied| {
        let mut step = Step::default();
        for (_, is_positive) in tied {
            *(if *is_positive { &mut step.positives } else { &mut step.negatives }) += 1;
        }
        step
    });
    Ok(steps.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: Result<f64, MetricError>, expected: f64) {
        let actual = actual.unwrap();
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    // The example of scikit-learn's documentation.
    const TRUTH: [bool; 4] = [false, false, true, true];
    const SCORES: [f64; 4] = [0.1, 0.4, 0.35, 0.8];

    #[test]
    fn the_curves_of_four_rows_are_known() {
        close(roc_auc(&TRUTH, &SCORES), 0.75);
        close(average_precision(&TRUTH, &SCORES), 0.5 + 0.5 * 2.0 / 3.0);
    }

    #[test]
    fn equal_scores_are_one_step() {
        close(roc_auc(&TRUTH, &[0.0, -0.0, 0.0, 0.0]), 0.5);
        close(average_precision(&TRUTH, &[0.0, -0.0, 0.0, 0.0]), 0.5);
    }

    #[test]
    fn only_the_order_of_the_scores_matters() {
        let stretched = SCORES.map(|score| 1e300 * score - 5.0);
        close(roc_auc(&TRUTH, &stretched), 0.75);
    }

    #[test]
    fn a_single_class_has_no_roc_curve() {
        assert_eq!(roc_auc(&[true, true], &[0.1, 0.2]), Err(MetricError::SingleClass));
        assert_eq!(roc_auc(&[false, false], &[0.1, 0.2]), Err(MetricError::SingleClass));
        assert_eq!(average_precision(&[false, false], &[0.1, 0.2]), Err(MetricError::NoPositive));
        close(average_precision(&[true, true], &[0.1, 0.2]), 1.0);
    }

    #[test]
    fn bad_input_is_refused() {
        for metric in [roc_auc, average_precision] {
            assert_eq!(metric(&[], &[]), Err(MetricError::Empty));
            assert_eq!(
                metric(&[true], &[0.1, 0.2]),
                Err(MetricError::LengthMismatch { truth: 1, predictions: 2 })
            );
            assert_eq!(
                metric(&[true, false], &[0.1, f64::NAN]),
                Err(MetricError::NotFinite { side: Side::Predictions, row: 1 })
            );
        }
    }
}
