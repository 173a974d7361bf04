//! Top-k accuracy: is the true class among the k likeliest?

use super::error::{MetricError, Side, check_finite, check_lengths, length};

/// Share of rows whose true class is among the k of the highest score. From 0 to 1 (perfect).
///
/// `scores` holds `classes` figures for each row, in the order of the class numbers; any finite figures, only their
/// order matters. `k` is below the number of classes. Of equal scores the class of the higher number stands first,
/// as in scikit-learn. Source: `sklearn.metrics.top_k_accuracy_score`.
pub fn top_k_accuracy(truth: &[u32], scores: &[f64], classes: usize, k: u32) -> Result<f64, MetricError> {
    let k = usize::try_from(k).unwrap_or(usize::MAX);
    if k == 0 || k >= classes {
        return Err(MetricError::TopOfAll { k, classes });
    }
    check_lengths(truth.len() * classes, scores.len())?;
    check_finite(scores, Side::Predictions)?;
    let mut right = 0;
    for (class, of_row) in truth.iter().zip(scores.chunks_exact(classes)) {
        let at = *class as usize;
        let own = *of_row.get(at).ok_or(MetricError::UnknownClass { class: *class, classes })?;
        let behind = of_row[at + 1..].iter().filter(|other| **other >= own).count();
        let before = of_row[..at].iter().filter(|other| **other > own).count();
        right += usize::from(before + behind < k);
    }
    Ok(length(right) / length(truth.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of scikit-learn's documentation.
    const TRUTH: [u32; 4] = [0, 1, 2, 2];
    const SCORES: [f64; 12] = [0.5, 0.2, 0.2, 0.3, 0.4, 0.2, 0.2, 0.4, 0.3, 0.7, 0.2, 0.1];

    #[test]
    fn the_accuracy_of_four_rows_is_known() {
        assert_eq!(top_k_accuracy(&TRUTH, &SCORES, 3, 2), Ok(0.75));
        assert_eq!(top_k_accuracy(&TRUTH, &SCORES, 3, 1), Ok(0.5));
    }

    #[test]
    fn of_equal_scores_the_later_class_stands_first() {
        assert_eq!(top_k_accuracy(&[0, 1, 2], &[0.0, -0.0, 0.0].repeat(3), 3, 1), Ok(1.0 / 3.0));
        assert_eq!(top_k_accuracy(&[2], &[0.5; 3], 3, 1), Ok(1.0));
        assert_eq!(top_k_accuracy(&[0], &[0.5; 3], 3, 2), Ok(0.0));
    }

    #[test]
    fn bad_input_is_refused() {
        for k in [0, 3, u32::MAX] {
            let refused = MetricError::TopOfAll { k: k as usize, classes: 3 };
            assert_eq!(top_k_accuracy(&TRUTH, &SCORES, 3, k), Err(refused));
        }
        assert_eq!(top_k_accuracy(&[], &[], 3, 1), Err(MetricError::Empty));
        assert_eq!(
            top_k_accuracy(&TRUTH, &SCORES[1..], 3, 1),
            Err(MetricError::LengthMismatch { truth: 12, predictions: 11 })
        );
        assert_eq!(
            top_k_accuracy(&[3], &[0.1, 0.2, 0.3], 3, 1),
            Err(MetricError::UnknownClass { class: 3, classes: 3 })
        );
        assert_eq!(
            top_k_accuracy(&[0], &[0.1, f64::NAN, 0.3], 3, 1),
            Err(MetricError::NotFinite { side: Side::Predictions, row: 1 })
        );
    }
}
