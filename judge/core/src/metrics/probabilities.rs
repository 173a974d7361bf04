//! Log loss: how well predicted probabilities fit the true classes.

use super::{
    error::{MetricError, Side, check_lengths, length},
    exact_sum::ExactSum,
};

/// How far a row's probabilities may add up beside 1, for the sake of rounded figures in files.
pub const SUM_TOLERANCE: f64 = 1e-3;

const UNIT_INTERVAL: &str = "0..=1";

/// Log loss (cross-entropy): `−Σ ln(clip(pᵢ)) / n`, where `pᵢ` is the probability given to row i's true class.
///
/// `truth`: class numbers below `classes`, one for each row. `probabilities`: row after row, `classes` figures
/// each, within 0..=1. From 0 (perfect) up to 36.04: `clip` keeps figures within ε..=1−ε, ε = 2⁻⁵².
/// Natural logarithm.
///
/// A row whose figures do not add up to 1 (give or take [`SUM_TOLERANCE`]) is refused; within the tolerance they
/// are divided by their sum. scikit-learn warns and takes such figures as they are, which would pay a team for
/// claiming too much.
/// Source: `sklearn.metrics.log_loss`.
pub fn log_loss(truth: &[u32], probabilities: &[f64], classes: usize) -> Result<f64, MetricError> {
    if classes < 2 {
        return Err(MetricError::NotBinary { classes });
    }
    if !probabilities.len().is_multiple_of(classes) {
        return Err(MetricError::LengthMismatch {
            truth: truth.len() * classes,
            predictions: probabilities.len(),
        });
    }
    check_lengths(truth.len(), probabilities.len() / classes)?;
    let mut losses = Vec::with_capacity(truth.len());
    for (row, (class, figures)) in truth.iter().zip(probabilities.chunks_exact(classes)).enumerate() {
        for figure in figures {
            check_probability(*figure, row)?;
        }
        let sum: f64 = figures.iter().sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(MetricError::SumNotOne { row, sum });
        }
        let figure = figures.get(*class as usize);
        let figure = figure.ok_or(MetricError::UnknownClass { class: *class, classes })?;
        losses.push(loss(figure / sum));
    }
    Ok(ExactSum::of(losses) / length(truth.len()))
}

/// Log loss of two classes from the probability of the positive one; the other's is `1 − p`. See [`log_loss`].
///
/// `truth`: whether the row is positive. `positive`: its probability of being so, within 0..=1.
pub fn log_loss_binary(truth: &[bool], positive: &[f64]) -> Result<f64, MetricError> {
    check_lengths(truth.len(), positive.len())?;
    for (row, figure) in positive.iter().enumerate() {
        check_probability(*figure, row)?;
    }
    let losses =
        truth.iter().zip(positive).map(|(is_positive, p)| loss(if *is_positive { *p } else { 1.0 - p }));
    Ok(ExactSum::of(losses) / length(truth.len()))
}

fn loss(probability: f64) -> f64 {
    -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

fn check_probability(figure: f64, row: usize) -> Result<(), MetricError> {
    if (0.0..=1.0).contains(&figure) {
        return Ok(());
    }
    Err(if figure.is_finite() {
        MetricError::OutOfDomain { side: Side::Predictions, row, domain: UNIT_INTERVAL }
    } else {
        MetricError::NotFinite { side: Side::Predictions, row }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: Result<f64, MetricError>, expected: f64) {
        let actual = actual.unwrap();
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    #[test]
    fn the_loss_of_four_rows_is_known() {
        // The example of scikit-learn's documentation, 0.21616…
        let expected = -(0.9_f64.ln() + 0.9_f64.ln() + 0.8_f64.ln() + 0.65_f64.ln()) / 4.0;
        close(log_loss(&[1, 0, 0, 1], &[0.1, 0.9, 0.9, 0.1, 0.8, 0.2, 0.35, 0.65], 2), expected);
        close(log_loss_binary(&[true, false, false, true], &[0.9, 0.1, 0.2, 0.65]), expected);
    }

    #[test]
    fn certainty_in_the_wrong_class_costs_36_and_not_infinity() {
        close(log_loss(&[0], &[0.0, 1.0], 2), 52.0 * 2.0_f64.ln());
        close(log_loss_binary(&[true], &[0.0]), 52.0 * 2.0_f64.ln());
    }

    #[test]
    fn claiming_too_much_pays_nothing() {
        assert_eq!(log_loss(&[0], &[1.0, 1.0], 2), Err(MetricError::SumNotOne { row: 0, sum: 2.0 }));
        close(log_loss(&[0], &[0.5004, 0.5004], 2), 2.0_f64.ln());
    }

    #[test]
    fn figures_that_are_no_probabilities_are_refused_with_their_row() {
        let side = Side::Predictions;
        assert_eq!(
            log_loss(&[0, 0], &[0.5, 0.5, 1.5, -0.5], 2),
            Err(MetricError::OutOfDomain { side, row: 1, domain: "0..=1" })
        );
        assert_eq!(log_loss(&[0], &[f64::NAN, 1.0], 2), Err(MetricError::NotFinite { side, row: 0 }));
        assert_eq!(
            log_loss_binary(&[true, true], &[0.5, 1.5]),
            Err(MetricError::OutOfDomain { side, row: 1, domain: "0..=1" })
        );
        assert_eq!(log_loss_binary(&[true], &[f64::NAN]), Err(MetricError::NotFinite { side, row: 0 }));
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert_eq!(log_loss(&[], &[], 2), Err(MetricError::Empty));
        assert_eq!(log_loss(&[0], &[1.0], 1), Err(MetricError::NotBinary { classes: 1 }));
        assert_eq!(
            log_loss(&[0, 1], &[0.5, 0.5, 0.5], 2),
            Err(MetricError::LengthMismatch { truth: 4, predictions: 3 })
        );
        assert_eq!(log_loss(&[2], &[0.5, 0.5], 2), Err(MetricError::UnknownClass { class: 2, classes: 2 }));
        assert_eq!(log_loss_binary(&[], &[]), Err(MetricError::Empty));
    }
}
