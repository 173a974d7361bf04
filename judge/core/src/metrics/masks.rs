//! Metrics on pixel masks: how far do the true and the predicted region cover each other?
//!
//! A mask is a set of pixels of one picture, as runs of pixel numbers. Pixels are numbered from 1 down the first
//! column, then down the second, and so on, as in Kaggle's and COCO's run-length encodings; the metrics themselves
//! do not depend on the numbering. Both are means over the pairs of masks and lie in 0..=1 (perfect).

use super::{
    classification::{mean, ratio},
    error::MetricError,
};

/// Pixels of a picture, in runs that grow and do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    pixels: u32,
    runs: Vec<Run>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    /// From 0.
    start: u32,
    /// The first pixel behind.
    end: u32,
}

impl Mask {
    /// No pixel of a picture of so many.
    pub fn empty(pixels: u32) -> Self {
        Self { pixels, runs: Vec::new() }
    }

    /// Pixels of the picture.
    pub fn pixels(&self) -> u32 {
        self.pixels
    }

    /// Adds `length` pixels from the pixel `start` on, which counts from 1. They lie in the picture, behind every
    /// earlier run; there is at least one.
    pub fn push(&mut self, start: u32, length: u32) -> Result<(), MetricError> {
        let behind = self.runs.last().map_or(0, |run| run.end);
        let run = start.checked_sub(1).and_then(|start| Some(Run { start, end: start.checked_add(length)? }));
        match run {
            Some(run) if length > 0 && run.start >= behind && run.end <= self.pixels => {
                self.runs.push(run);
                Ok(())
            }
            _ => Err(MetricError::BadRun { start, length, pixels: self.pixels }),
        }
    }

    /// Pixels of the mask.
    pub fn area(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.end - run.start)).sum()
    }
}

/// The areas of a true and a predicted mask and of what they share, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overlap {
    truth: u64,
    predicted: u64,
    both: u64,
}

impl Overlap {
    /// Compares two masks of one picture.
    pub fn of(truth: &Mask, predicted: &Mask) -> Result<Self, MetricError> {
        if truth.pixels != predicted.pixels {
            let (truth, predictions) = (truth.pixels, predicted.pixels);
            return Err(MetricError::PictureMismatch { truth, predictions });
        }
        let (mut both, mut rest) = (0, &predicted.runs[..]);
        for run in &truth.runs {
            while let [first, after @ ..] = rest {
                let (start, end) = (run.start.max(first.start), run.end.min(first.end));
                both += u64::from(end.saturating_sub(start));
                if first.end > run.end {
                    break;
                }
                rest = after;
            }
        }
        Ok(Self { truth: truth.area(), predicted: predicted.area(), both })
    }
}

/// Mean intersection over union: `both / (truth + predicted − both)`; two empty masks agree and count 1.
///
/// Source: `pycocotools.mask.iou`, which knows no empty pair; there `sklearn.metrics.jaccard_score` with
/// `zero_division=1`.
pub fn mask_iou(overlaps: &[Overlap]) -> Result<f64, MetricError> {
    mean_of(overlaps, |one| (one.both, one.truth + one.predicted - one.both))
}

/// Mean Dice coefficient: `2 both / (truth + predicted)`; two empty masks agree and count 1.
///
/// Source: L. R. Dice, "Measures of the Amount of Ecologic Association Between Species", 1945; it is the F1 of the
/// pixels, `sklearn.metrics.f1_score` with `zero_division=1`.
pub fn mask_dice(overlaps: &[Overlap]) -> Result<f64, MetricError> {
    mean_of(overlaps, |one| (2 * one.both, one.truth + one.predicted))
}

fn mean_of(overlaps: &[Overlap], parts: fn(&Overlap) -> (u64, u64)) -> Result<f64, MetricError> {
    if overlaps.is_empty() {
        return Err(MetricError::Empty);
    }
    Ok(mean(overlaps.iter().map(|one| match parts(one) {
        (_, 0) => 1.0,
        (part, whole) => ratio(part, whole),
    })))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mask(pixels: u32, runs: &[(u32, u32)]) -> Mask {
        let mut mask = Mask::empty(pixels);
        for (start, length) in runs {
            mask.push(*start, *length).unwrap();
        }
        mask
    }

    fn of(truth: &[(u32, u32)], predicted: &[(u32, u32)]) -> Overlap {
        Overlap::of(&mask(100, truth), &mask(100, predicted)).unwrap()
    }

    #[test]
    fn the_figures_of_two_masks_are_known() {
        let overlap = of(&[(1, 10), (21, 10)], &[(6, 10), (26, 2), (30, 1)]);
        assert_eq!(overlap, Overlap { truth: 20, predicted: 13, both: 8 });
        assert_eq!(mask_iou(&[overlap]), Ok(8.0 / 25.0));
        assert_eq!(mask_dice(&[overlap]), Ok(16.0 / 33.0));
    }

    #[test]
    fn two_empty_masks_agree_and_one_empty_mask_shares_nothing() {
        assert_eq!(mask_iou(&[of(&[], &[]), of(&[(1, 3)], &[]), of(&[], &[(1, 100)])]), Ok(1.0 / 3.0));
        assert_eq!(mask_dice(&[of(&[], &[]), of(&[(1, 3)], &[])]), Ok(0.5));
        assert_eq!(mask_iou(&[]), Err(MetricError::Empty));
    }

    #[test]
    fn runs_that_leave_the_picture_or_their_order_are_refused() {
        let bad = |start, length| Err(MetricError::BadRun { start, length, pixels: 100 });
        for (start, length) in [(0, 1), (1, 0), (100, 2), (101, 1), (u32::MAX, u32::MAX), (4, 1), (5, 1)] {
            assert_eq!(mask(100, &[(2, 4)]).push(start, length), bad(start, length), "{start} {length}");
        }
        assert!(mask(100, &[(2, 4)]).push(6, 95).is_ok(), "a run may touch the one before it");
    }

    #[test]
    fn masks_of_different_pictures_are_not_compared() {
        assert_eq!(
            Overlap::of(&Mask::empty(4), &Mask::empty(5)),
            Err(MetricError::PictureMismatch { truth: 4, predictions: 5 })
        );
    }

    fn pixels_as_mask(pixels: &[bool]) -> Mask {
        let mut mask = Mask::empty(u32::try_from(pixels.len()).unwrap());
        for (number, _) in (1..).zip(pixels).filter(|(_, inside)| **inside) {
            mask.push(number, 1).unwrap();
        }
        mask
    }

    proptest! {
        #[test]
        fn an_overlap_counts_pixels(pairs in prop::collection::vec(any::<(bool, bool)>(), 0..60)) {
            let (truth, predicted): (Vec<bool>, Vec<bool>) = pairs.iter().copied().unzip();
            let count = |holds: fn(&(bool, bool)) -> bool| pairs.iter().filter(|pair| holds(pair)).count() as u64;
            let expected = Overlap { truth: count(|p| p.0), predicted: count(|p| p.1), both: count(|p| p.0 && p.1) };
            prop_assert_eq!(Overlap::of(&pixels_as_mask(&truth), &pixels_as_mask(&predicted)), Ok(expected));
        }
    }
}
