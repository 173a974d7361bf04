//! Agreement of ratings: labels that are whole numbers, on a scale.

use super::error::{MetricError, check_lengths, real};

/// The largest rating, in either direction, so that no sum of squares leaves 128 bits.
pub const LARGEST_RATING: i32 = 1_000_000;

/// Cohen's kappa with quadratic weights:
/// `1 − n Σᵢ (tᵢ − pᵢ)² / Σᵢⱼ (tᵢ − pⱼ)²`. Up to 1 (perfect); 0 for chance, negative below it.
///
/// Two ratings differ by the difference of their numbers, whether or not somebody gave the ratings between them:
/// scikit-learn does so when it is told the whole scale (`labels=range(least, most + 1)`).
/// `ratings` gives each class its number, within ±[`LARGEST_RATING`]. Not defined where truth and predictions hold
/// one and the same rating only; scikit-learn returns NaN there.
/// Source: `sklearn.metrics.cohen_kappa_score` with `weights="quadratic"`; J. Cohen, "Weighted kappa", 1968.
pub fn quadratic_kappa(truth: &[u32], predicted: &[u32], ratings: &[i32]) -> Result<f64, MetricError> {
    check_lengths(truth.len(), predicted.len())?;
    let rating = |class: u32| match ratings.get(class as usize) {
        Some(rating) if (-LARGEST_RATING..=LARGEST_RATING).contains(rating) => Ok(i128::from(*rating)),
        _ => Err(MetricError::UnknownClass { class, classes: ratings.len() }),
    };
    let [mut disagreement, mut squares, mut of_truth, mut of_predicted] = [0_i128; 4];
    for (t, p) in truth.iter().zip(predicted) {
        let (t, p) = (rating(*t)?, rating(*p)?);
        disagreement += (t - p).pow(2);
        squares += t * t + p * p;
        of_truth += t;
        of_predicted += p;
    }
    let rows = truth.len() as i128;
    // Σᵢⱼ (tᵢ − pⱼ)², multiplied out.
    let by_chance = (rows * squares - 2 * of_truth * of_predicted).unsigned_abs();
    if by_chance == 0 {
        return Err(MetricError::SingleClass);
    }
    Ok(1.0 - real((rows * disagreement).unsigned_abs()) / real(by_chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kappa_of_known_ratings_is_known() {
        // Ratings 1, 2, 3 against 1, 3, 3: Σ (t − p)² = 1; Σᵢⱼ (tᵢ − pⱼ)² = (0 + 4 + 4) + (1 + 1 + 1) + (4 + 0 + 0).
        let ratings = [1, 2, 3];
        assert_eq!(quadratic_kappa(&[0, 1, 2], &[0, 2, 2], &ratings), Ok(1.0 - 3.0 * 1.0 / 15.0));
        assert_eq!(quadratic_kappa(&[0, 1, 2], &[0, 1, 2], &ratings), Ok(1.0));
        assert_eq!(quadratic_kappa(&[0, 1], &[1, 0], &ratings), Ok(-1.0));
    }

    #[test]
    fn a_gap_in_the_scale_weighs_as_much_as_it_is_wide() {
        let narrow = quadratic_kappa(&[0, 1, 2, 2], &[0, 1, 1, 2], &[0, 1, 2]).unwrap();
        let wide = quadratic_kappa(&[0, 1, 2, 2], &[0, 1, 1, 2], &[0, 1, 9]).unwrap();
        assert!(wide < narrow);
        assert_eq!(
            quadratic_kappa(&[0, 1, 2, 2], &[0, 1, 1, 2], &[-20, -10, 0]),
            quadratic_kappa(&[0, 1, 2, 2], &[0, 1, 1, 2], &[0, 1, 2])
        );
    }

    #[test]
    fn one_rating_for_all_has_no_kappa() {
        assert_eq!(quadratic_kappa(&[1, 1], &[1, 1], &[4, 5]), Err(MetricError::SingleClass));
        assert_eq!(quadratic_kappa(&[1, 1], &[0, 0], &[4, 5]), Ok(0.0));
    }

    #[test]
    fn bad_input_is_refused() {
        assert_eq!(quadratic_kappa(&[], &[], &[1]), Err(MetricError::Empty));
        assert_eq!(
            quadratic_kappa(&[0], &[], &[1]),
            Err(MetricError::LengthMismatch { truth: 1, predictions: 0 })
        );
        for ratings in [&[1][..], &[1, LARGEST_RATING + 1], &[1, i32::MIN + 1]] {
            let classes = ratings.len();
            assert_eq!(
                quadratic_kappa(&[0], &[1], ratings),
                Err(MetricError::UnknownClass { class: 1, classes })
            );
        }
    }
}
