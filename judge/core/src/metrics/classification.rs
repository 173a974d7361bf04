//! Metrics on predicted labels.
//!
//! Labels are class numbers `0..classes`. One pass counts what all of these metrics need ([`ClassCounts`]).
//! In the formulas, for class c: `bothᶜ` rows of c predicted as c, `truthᶜ` rows of c, `predictedᶜ` rows
//! predicted as c; n rows in all. A class with neither kind of row does not exist for the metric, so averages
//! run over the classes that the truth or the predictions name, as in scikit-learn. A division by zero counts
//! as 0 (scikit-learn's `zero_division=0`).
//! Source of the formulas: scikit-learn, "Metrics and scoring", section "Classification metrics".

use super::{
    error::{MetricError, check_lengths, length, real},
    exact_sum::ExactSum,
};

/// Rows of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassCount {
    /// Rows whose true class it is.
    pub truth: u64,
    /// Rows whose predicted class it is.
    pub predicted: u64,
    /// Rows whose true and predicted class it is.
    pub both: u64,
}

/// The counts behind every metric on labels: the margins and the diagonal of the confusion matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassCounts {
    rows: u64,
    classes: Vec<ClassCount>,
}

/// How the figures of the classes become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// The figure of this class alone; there may be no more than two classes.
    Binary(u32),
    /// The figure of all classes' counts added up.
    Micro,
    /// The plain mean.
    Macro,
    /// The mean weighted by `truthᶜ`.
    Weighted,
}

impl ClassCounts {
    /// Counts two slices of equal length, one class number for each row, all below `classes`.
    pub fn tally(truth: &[u32], predicted: &[u32], classes: usize) -> Result<Self, MetricError> {
        check_lengths(truth.len(), predicted.len())?;
        let mut counts = vec![ClassCount::default(); classes];
        for (t, p) in truth.iter().zip(predicted) {
            let unknown = |class: u32| MetricError::UnknownClass { class, classes };
            counts.get_mut(*t as usize).ok_or_else(|| unknown(*t))?.truth += 1;
            let of_predicted = counts.get_mut(*p as usize).ok_or_else(|| unknown(*p))?;
            of_predicted.predicted += 1;
            of_predicted.both += u64::from(t == p);
        }
        Ok(Self { rows: truth.len() as u64, classes: counts })
    }

    /// The classes that the truth or the predictions name.
    fn present(&self) -> impl Iterator<Item = &ClassCount> + Clone {
        self.classes.iter().filter(|class| class.truth + class.predicted > 0)
    }

    fn correct(&self) -> u64 {
        self.classes.iter().map(|class| class.both).sum()
    }

    /// `Σᶜ term(c)`, exact for fewer than 2³² rows.
    fn total(&self, term: impl Fn(&ClassCount) -> u128) -> u128 {
        self.classes.iter().map(term).sum()
    }

    fn average(&self, average: Average, figure: fn(&ClassCount) -> f64) -> Result<f64, MetricError> {
        match average {
            Average::Binary(positive) => {
                let classes = self.classes.len();
                let class = self.classes.get(positive as usize);
                let class = class.ok_or(MetricError::UnknownClass { class: positive, classes })?;
                let present = self.present().count();
                if present > 2 {
                    return Err(MetricError::NotBinary { classes: present });
                }
                Ok(figure(class))
            }
            Average::Micro => {
                let correct = self.correct();
                Ok(figure(&ClassCount { truth: self.rows, predicted: self.rows, both: correct }))
            }
            Average::Macro => Ok(mean(self.present().map(figure))),
            Average::Weighted => {
                let weighted = ExactSum::of(self.present().map(|class| figure(class) * real(class.truth)));
                Ok(weighted / real(self.rows))
            }
        }
    }
}

/// Share of rows whose label is right: `Σᶜ bothᶜ / n`. From 0 to 1 (perfect).
pub fn accuracy(counts: &ClassCounts) -> f64 {
    ratio(counts.correct(), counts.rows)
}

/// Mean recall of the classes that the truth names: `mean over truthᶜ > 0 of bothᶜ / truthᶜ`. From 0 to 1.
pub fn balanced_accuracy(counts: &ClassCounts) -> f64 {
    mean(counts.classes.iter().filter(|class| class.truth > 0).map(|class| ratio(class.both, class.truth)))
}

/// Precision: `bothᶜ / predictedᶜ`, averaged. From 0 to 1 (perfect).
pub fn precision(counts: &ClassCounts, average: Average) -> Result<f64, MetricError> {
    counts.average(average, |class| ratio(class.both, class.predicted))
}

/// Recall: `bothᶜ / truthᶜ`, averaged. From 0 to 1 (perfect).
pub fn recall(counts: &ClassCounts, average: Average) -> Result<f64, MetricError> {
    counts.average(average, |class| ratio(class.both, class.truth))
}

/// F1, the harmonic mean of precision and recall: `2 bothᶜ / (truthᶜ + predictedᶜ)`, averaged. From 0 to 1.
pub fn f1(counts: &ClassCounts, average: Average) -> Result<f64, MetricError> {
    counts.average(average, |class| ratio(2 * class.both, class.truth + class.predicted))
}

/// Matthews' correlation coefficient for any number of classes:
/// `(n Σ bothᶜ − Σ truthᶜ predictedᶜ) / √((n² − Σ truthᶜ²)(n² − Σ predictedᶜ²))`. From −1 to 1 (perfect).
///
/// 0 where the truth or the predictions name a single class, as in scikit-learn.
/// Source: J. Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", 2004.
pub fn matthews(counts: &ClassCounts) -> f64 {
    let n = u128::from(counts.rows);
    let agreed = n * u128::from(counts.correct());
    let by_chance = counts.total(|class| u128::from(class.truth) * u128::from(class.predicted));
    let spread_of_truth = n * n - counts.total(|class| u128::from(class.truth).pow(2));
    let spread_of_predicted = n * n - counts.total(|class| u128::from(class.predicted).pow(2));
    if spread_of_truth == 0 || spread_of_predicted == 0 {
        return 0.0;
    }
    let covariance = if agreed >= by_chance { real(agreed - by_chance) } else { -real(by_chance - agreed) };
    (covariance / (real(spread_of_truth).sqrt() * real(spread_of_predicted).sqrt())).clamp(-1.0, 1.0)
}

/// Cohen's kappa: `1 − (n² − n Σ bothᶜ) / (n² − Σ truthᶜ predictedᶜ)`. Up to 1 (perfect); 0 for chance.
///
/// Not defined where truth and predictions name one and the same class only; scikit-learn returns NaN there.
/// Source: J. Cohen, "A coefficient of agreement for nominal scales", 1960.
pub fn cohen_kappa(counts: &ClassCounts) -> Result<f64, MetricError> {
    let n = u128::from(counts.rows);
    let by_chance = counts.total(|class| u128::from(class.truth) * u128::from(class.predicted));
    let expected_misses = n * n - by_chance;
    if expected_misses == 0 {
        return Err(MetricError::SingleClass);
    }
    let misses = n * (n - u128::from(counts.correct()));
    Ok(1.0 - real(misses) / real(expected_misses))
}

/// `part / whole`, and 0 for nothing of nothing.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { real(part) / real(whole) }
}

/// The mean of at least one figure.
pub(super) fn mean(figures: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = figures.clone().count();
    ExactSum::of(figures) / length(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(truth: &[u32], predicted: &[u32], classes: usize) -> ClassCounts {
        ClassCounts::tally(truth, predicted, classes).unwrap()
    }

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    /// Class 0: 2 of 2 found in 3 guesses; class 1: 0 of 2 in 2 guesses; class 2: 0 of 2 in 1 guess.
    fn three_classes() -> ClassCounts {
        tally(&[0, 1, 2, 0, 1, 2], &[0, 2, 1, 0, 0, 1], 3)
    }

    #[test]
    fn the_figures_of_three_classes_are_known() {
        let counts = three_classes();
        close(accuracy(&counts), 1.0 / 3.0);
        close(balanced_accuracy(&counts), 1.0 / 3.0);
        close(precision(&counts, Average::Macro).unwrap(), 2.0 / 9.0);
        close(precision(&counts, Average::Micro).unwrap(), 1.0 / 3.0);
        close(precision(&counts, Average::Weighted).unwrap(), 2.0 / 9.0);
        close(recall(&counts, Average::Macro).unwrap(), 1.0 / 3.0);
        close(f1(&counts, Average::Macro).unwrap(), 0.8 / 3.0);
        close(f1(&counts, Average::Micro).unwrap(), 1.0 / 3.0);
        close(cohen_kappa(&counts).unwrap(), 0.0);
        close(matthews(&counts), 0.0);
    }

    #[test]
    fn the_figures_of_two_classes_are_known() {
        // 3 true positives, 1 false positive, 2 false negatives, 4 true negatives.
        let counts = tally(&[1, 1, 1, 1, 1, 0, 0, 0, 0, 0], &[1, 1, 1, 0, 0, 1, 0, 0, 0, 0], 2);
        close(precision(&counts, Average::Binary(1)).unwrap(), 0.75);
        close(recall(&counts, Average::Binary(1)).unwrap(), 0.6);
        close(f1(&counts, Average::Binary(1)).unwrap(), 2.0 / 3.0);
        close(recall(&counts, Average::Binary(0)).unwrap(), 0.8);
        close(cohen_kappa(&counts).unwrap(), 0.4);
        close(matthews(&counts), (3.0 * 4.0 - 1.0 * 2.0) / (4.0 * 6.0 * 5.0 * 5.0_f64).sqrt());
    }

    #[test]
    fn a_class_that_nobody_names_does_not_weigh_on_the_mean() {
        let counts = tally(&[0, 1, 0, 1], &[0, 1, 0, 1], 100);
        close(f1(&counts, Average::Macro).unwrap(), 1.0);
    }

    #[test]
    fn a_class_that_only_the_predictions_name_weighs_on_f1_but_not_on_balanced_accuracy() {
        let counts = tally(&[0, 0, 1, 1], &[0, 2, 1, 1], 3);
        close(f1(&counts, Average::Macro).unwrap(), (2.0 / 3.0 + 1.0 + 0.0) / 3.0);
        close(balanced_accuracy(&counts), 0.75);
    }

    #[test]
    fn a_class_never_predicted_has_precision_zero() {
        close(precision(&tally(&[1, 0], &[0, 0], 2), Average::Binary(1)).unwrap(), 0.0);
    }

    #[test]
    fn a_third_class_refuses_the_binary_average() {
        assert_eq!(f1(&three_classes(), Average::Binary(1)), Err(MetricError::NotBinary { classes: 3 }));
        assert_eq!(
            f1(&three_classes(), Average::Binary(7)),
            Err(MetricError::UnknownClass { class: 7, classes: 3 })
        );
    }

    #[test]
    fn a_single_class_has_no_kappa_and_matthews_zero() {
        let counts = tally(&[1, 1], &[1, 1], 2);
        assert_eq!(cohen_kappa(&counts), Err(MetricError::SingleClass));
        close(matthews(&counts), 0.0);
    }

    #[test]
    fn bad_input_is_refused() {
        assert_eq!(ClassCounts::tally(&[], &[], 2), Err(MetricError::Empty));
        assert_eq!(
            ClassCounts::tally(&[0], &[0, 1], 2),
            Err(MetricError::LengthMismatch { truth: 1, predictions: 2 })
        );
        assert_eq!(
            ClassCounts::tally(&[0], &[2], 2),
            Err(MetricError::UnknownClass { class: 2, classes: 2 })
        );
    }
}
