//! Metrics on sets of labels: each row has any number of them, or none.
//!
//! A set is a slice of growing label numbers `0..labels`. One pass counts what all of these metrics need. Averages
//! over labels run over those that the truth or the predictions name, and a division by zero counts as 0, as on
//! single labels: that is scikit-learn with the labels of both sides and `zero_division=0`.
//! All lie in 0..=1 (perfect). Source of the formulas: scikit-learn, "Metrics and scoring", section
//! "Multiclass and multilabel classification".

use super::{
    classification::{ClassCount, mean, ratio},
    error::{MetricError, Side, real},
    exact_sum::ExactSum,
};

/// The counts behind every metric on label sets.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelSetCounts {
    rows: u64,
    exact: u64,
    of_labels: Vec<ClassCount>,
    /// The sum of the rows' own F1.
    f1_of_rows: f64,
}

/// How the figures become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetAverage {
    /// The figure of all labels' counts added up.
    Micro,
    /// The plain mean over the labels.
    Macro,
    /// The mean over the labels, weighted by their rows of truth.
    Weighted,
    /// The plain mean over the rows; a row whose two sets are both empty counts 0.
    Samples,
}

impl LabelSetCounts {
    /// Counts rows of a true and a predicted set.
    pub fn tally<'a>(
        rows: impl IntoIterator<Item = (&'a [u32], &'a [u32])>,
        labels: usize,
    ) -> Result<Self, MetricError> {
        let mut of_labels = vec![ClassCount::default(); labels];
        let (mut count, mut exact) = (0, 0);
        let mut figures = ExactSum::default();
        for (row, (truth, predicted)) in rows.into_iter().enumerate() {
            check_set(truth, Side::Truth, row, labels)?;
            check_set(predicted, Side::Predictions, row, labels)?;
            let mut both = 0;
            for label in truth {
                let found = predicted.binary_search(label).is_ok();
                of_labels[*label as usize].truth += 1;
                of_labels[*label as usize].both += u64::from(found);
                both += u64::from(found);
            }
            for label in predicted {
                of_labels[*label as usize].predicted += 1;
            }
            figures.add(ratio(2 * both, (truth.len() + predicted.len()) as u64));
            exact += u64::from(truth == predicted);
            count += 1;
        }
        if count == 0 {
            return Err(MetricError::Empty);
        }
        Ok(Self { rows: count, exact, of_labels, f1_of_rows: figures.value() })
    }
}

/// Share of rows whose set is right to the last label. Source: `sklearn.metrics.accuracy_score` on label sets.
pub fn subset_accuracy(counts: &LabelSetCounts) -> f64 {
    ratio(counts.exact, counts.rows)
}

/// F1 on label sets: `2 both / (truth + predicted)`, of the labels or of the rows, averaged.
///
/// Not defined where the truth names no label at all.
/// Source: `sklearn.metrics.f1_score` on label sets.
pub fn f1_of_sets(counts: &LabelSetCounts, average: SetAverage) -> Result<f64, MetricError> {
    let total = |term: fn(&ClassCount) -> u64| counts.of_labels.iter().map(term).sum::<u64>();
    let truth = total(|label| label.truth);
    if truth == 0 {
        return Err(MetricError::NoLabel);
    }
    let f1 = |label: &ClassCount| ratio(2 * label.both, label.truth + label.predicted);
    Ok(match average {
        SetAverage::Micro => {
            let (predicted, both) = (total(|label| label.predicted), total(|label| label.both));
            f1(&ClassCount { truth, predicted, both })
        }
        SetAverage::Macro => {
            mean(counts.of_labels.iter().filter(|label| label.truth + label.predicted > 0).map(f1))
        }
        SetAverage::Weighted => {
            ExactSum::of(counts.of_labels.iter().map(|label| f1(label) * real(label.truth))) / real(truth)
        }
        SetAverage::Samples => counts.f1_of_rows / real(counts.rows),
    })
}

fn check_set(set: &[u32], side: Side, row: usize, labels: usize) -> Result<(), MetricError> {
    if set.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(MetricError::NotASet { side, row });
    }
    match set.last() {
        Some(last) if *last as usize >= labels => {
            Err(MetricError::UnknownClass { class: *last, classes: labels })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    type Row = (&'static [u32], &'static [u32]);

    /// Label 0: 2 true, 1 guess, 1 right; label 1: 1 true, 2 guesses, 1 right; label 2: 1 true, none guessed.
    const ROWS: [Row; 4] = [(&[0, 1], &[0, 1]), (&[0], &[1]), (&[2], &[]), (&[], &[])];

    #[test]
    fn the_figures_of_four_rows_are_known() {
        let counts = LabelSetCounts::tally(ROWS, 5).unwrap();
        let f1 = |average| f1_of_sets(&counts, average).unwrap();
        close(subset_accuracy(&counts), 0.5);
        close(f1(SetAverage::Micro), 4.0 / 7.0);
        close(f1(SetAverage::Macro), (2.0 / 3.0 + 2.0 / 3.0 + 0.0) / 3.0);
        close(f1(SetAverage::Weighted), (2.0 * 2.0 / 3.0 + 2.0 / 3.0) / 4.0);
        close(f1(SetAverage::Samples), 0.25);
    }

    #[test]
    fn a_truth_without_any_label_has_no_f1() {
        let counts = LabelSetCounts::tally([(&[][..], &[1][..]), (&[], &[])], 2).unwrap();
        close(subset_accuracy(&counts), 0.5);
        for average in [SetAverage::Micro, SetAverage::Macro, SetAverage::Weighted, SetAverage::Samples] {
            assert_eq!(f1_of_sets(&counts, average), Err(MetricError::NoLabel));
        }
    }

    #[test]
    fn what_is_no_set_of_labels_is_refused() {
        let tally = |truth: &[u32], predicted: &[u32]| LabelSetCounts::tally([(truth, predicted)], 3);
        assert_eq!(tally(&[1, 1], &[]), Err(MetricError::NotASet { side: Side::Truth, row: 0 }));
        assert_eq!(tally(&[], &[2, 1]), Err(MetricError::NotASet { side: Side::Predictions, row: 0 }));
        assert_eq!(tally(&[], &[3]), Err(MetricError::UnknownClass { class: 3, classes: 3 }));
        assert_eq!(LabelSetCounts::tally([], 3), Err(MetricError::Empty));
    }
}
