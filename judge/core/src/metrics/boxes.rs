//! Average precision of detected boxes, as COCO measures it.
//!
//! For each class: within each picture the detections of the highest scores, [`MOST_DETECTIONS`] at most, take one
//! true box each, the one that they overlap most and at least by the threshold. Over all pictures the detections,
//! highest score first, make a curve of precision over recall; its precision is made falling from right to left and
//! read off at 101 recalls, 0, 0.01, …, 1 (0 where the curve does not reach). The mean of the 101 is the class's
//! average precision, and the mean over the classes with a true box the figure. Crowds, areas and ignored boxes of
//! COCO's own data do not exist here.
//! Source: `pycocotools.cocoeval.COCOeval` (`bbox`, all areas, 100 detections), whose quirks come out alike: of
//! true boxes equally overlapped the later one is taken, and of detections of equal score the earlier picture's,
//! then the earlier one stands first.

use super::{
    classification::mean,
    error::{MetricError, Side, length},
    exact_sum::ExactSum,
};

/// Detections of one class that count in one picture.
pub const MOST_DETECTIONS: usize = 100;
/// The longest side of a box, so that areas stay within what COCO calls "all".
pub const LONGEST_SIDE: f64 = 1e5;
const THRESHOLDS: usize = 10;
const RECALLS: u8 = 101;

/// An upright rectangle: its left upper corner and its sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rectangle {
    fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Intersection over union.
    fn overlap(&self, other: &Self) -> f64 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        if width <= 0.0 || height <= 0.0 {
            return 0.0;
        }
        let both = width * height;
        both / (self.area() + other.area() - both)
    }

    fn is_sound(&self) -> bool {
        let side = |length: f64| length > 0.0 && length <= LONGEST_SIDE;
        self.x.is_finite() && self.y.is_finite() && side(self.width) && side(self.height)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrueBox {
    pub class: u32,
    pub picture: u32,
    pub rectangle: Rectangle,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    pub class: u32,
    pub picture: u32,
    pub rectangle: Rectangle,
    /// Finite, any scale; the higher, the surer.
    pub score: f64,
}

/// The mean average precision at each threshold of overlap: 0.5, 0.55, …, 0.95. From 0 to 1 (perfect).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxPrecision {
    at: [f64; THRESHOLDS],
}

impl BoxPrecision {
    /// Measures all detections of all pictures; pictures stand in the order of their numbers. Refuses sides that
    /// are not above 0 and at most [`LONGEST_SIDE`]. Not defined without a true box.
    pub fn of<'a>(
        truth: impl IntoIterator<Item = &'a TrueBox>,
        detections: impl IntoIterator<Item = &'a Detection>,
    ) -> Result<Self, MetricError> {
        let mut truth: Vec<&TrueBox> = truth.into_iter().collect();
        let mut detections: Vec<&Detection> = detections.into_iter().collect();
        check(&truth, &detections)?;
        truth.sort_by_key(|one| (one.class, one.picture));
        detections.sort_by(|a, b| {
            let by_score = || descending(a.score, b.score);
            (a.class, a.picture).cmp(&(b.class, b.picture)).then_with(by_score)
        });
        let of_classes: Vec<[f64; THRESHOLDS]> = truth
            .chunk_by(|a, b| a.class == b.class)
            .map(|of_class| {
                let class = of_class[0].class;
                let start = detections.partition_point(|one| one.class < class);
                let end = detections.partition_point(|one| one.class <= class);
                precision_of_class(of_class, &detections[start..end])
            })
            .collect();
        let at = std::array::from_fn(|i| mean(of_classes.iter().map(|of_class| of_class[i])));
        Ok(Self { at })
    }

    /// The mean over all thresholds: COCO's AP@[.5:.95].
    pub fn mean(&self) -> f64 {
        mean(self.at.iter().copied())
    }

    /// At 0.5: COCO's AP50.
    pub fn at_50(&self) -> f64 {
        self.at[0]
    }

    /// At 0.75: COCO's AP75.
    pub fn at_75(&self) -> f64 {
        self.at[5]
    }
}

fn check(truth: &[&TrueBox], detections: &[&Detection]) -> Result<(), MetricError> {
    const DOMAIN: &str = "a box with sides above 0 and up to 100000";
    if truth.is_empty() {
        return Err(MetricError::NoBox);
    }
    if let Some(row) = truth.iter().position(|one| !one.rectangle.is_sound()) {
        return Err(MetricError::OutOfDomain { side: Side::Truth, row, domain: DOMAIN });
    }
    if let Some(row) = detections.iter().position(|one| !one.rectangle.is_sound()) {
        return Err(MetricError::OutOfDomain { side: Side::Predictions, row, domain: DOMAIN });
    }
    match detections.iter().position(|one| !one.score.is_finite()) {
        Some(row) => Err(MetricError::NotFinite { side: Side::Predictions, row }),
        None => Ok(()),
    }
}

/// Higher scores first. A sum with 0 tells 0 from −0 no more than numpy does.
fn descending(a: f64, b: f64) -> std::cmp::Ordering {
    (b + 0.0).total_cmp(&(a + 0.0))
}

/// A detection that has been compared with the truth.
struct Outcome {
    score: f64,
    /// At each threshold, whether it took a true box.
    hits: [bool; THRESHOLDS],
}

/// Average precision at each threshold. Both lists are sorted by picture, the detections of each by score.
fn precision_of_class(truth: &[&TrueBox], detections: &[&Detection]) -> [f64; THRESHOLDS] {
    let mut outcomes = Vec::with_capacity(detections.len());
    for of_picture in detections.chunk_by(|a, b| a.picture == b.picture) {
        let picture = of_picture[0].picture;
        let start = truth.partition_point(|one| one.picture < picture);
        let end = truth.partition_point(|one| one.picture <= picture);
        let counted = &of_picture[..of_picture.len().min(MOST_DETECTIONS)];
        compare(&truth[start..end], counted, &mut outcomes);
    }
    outcomes.sort_by(|a, b| descending(a.score, b.score));
    std::array::from_fn(|i| area_under_curve(outcomes.iter().map(|outcome| outcome.hits[i]), truth.len()))
}

/// Lets the detections of one picture take their true boxes.
fn compare(truth: &[&TrueBox], detections: &[&Detection], outcomes: &mut Vec<Outcome>) {
    let mut taken = vec![[false; THRESHOLDS]; truth.len()];
    for detection in detections {
        let overlaps: Vec<f64> =
            truth.iter().map(|one| detection.rectangle.overlap(&one.rectangle)).collect();
        let mut outcome = Outcome { score: detection.score, hits: [false; THRESHOLDS] };
        for (i, threshold) in thresholds().into_iter().enumerate() {
            let mut best = threshold;
            let mut hit = None;
            for (at, overlap) in overlaps.iter().enumerate() {
                if !taken[at][i] && *overlap >= best {
                    best = *overlap;
                    hit = Some(at);
                }
            }
            if let Some(at) = hit {
                taken[at][i] = true;
                outcome.hits[i] = true;
            }
        }
        outcomes.push(outcome);
    }
}

/// As `numpy.linspace(0.5, 0.95, 10)` spaces them, last bits included: boxes lie on the thresholds.
fn thresholds() -> [f64; THRESHOLDS] {
    let step = (0.95 - 0.5) / 9.0;
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0].map(|i: f64| (0.5 + i * step).min(0.95))
}

/// The mean precision at the 101 recalls.
fn area_under_curve(hits: impl Iterator<Item = bool>, boxes: usize) -> f64 {
    let mut found = 0;
    let mut curve: Vec<(f64, f64)> = hits
        .enumerate()
        .map(|(before, hit)| {
            found += usize::from(hit);
            (length(found) / length(boxes), length(found) / length(before + 1))
        })
        .collect();
    let mut best: f64 = 0.0;
    for (_, precision) in curve.iter_mut().rev() {
        best = best.max(*precision);
        *precision = best;
    }
    // As `numpy.linspace(0, 1, 101)` spaces them.
    let recalls = (0..RECALLS).map(|i| f64::from(i) * 0.01);
    let read_off = recalls.map(|wanted| {
        let at = curve.partition_point(|(recall, _)| *recall < wanted);
        curve.get(at).map_or(0.0, |(_, precision)| *precision)
    });
    ExactSum::of(read_off) / f64::from(RECALLS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rectangle(x: f64, width: f64) -> Rectangle {
        Rectangle { x, y: 0.0, width, height: 10.0 }
    }

    fn true_box(class: u32, picture: u32, x: f64) -> TrueBox {
        TrueBox { class, picture, rectangle: rectangle(x, 10.0) }
    }

    fn detection(class: u32, picture: u32, x: f64, score: f64) -> Detection {
        Detection { class, picture, rectangle: rectangle(x, 10.0), score }
    }

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    #[test]
    fn a_perfect_answer_earns_exactly_one() {
        let truth = [true_box(0, 0, 0.0), true_box(0, 1, 50.0), true_box(3, 1, 7.0)];
        let detections = truth.map(|one| detection(one.class, one.picture, one.rectangle.x, -2.0));
        assert_eq!(BoxPrecision::of(&truth, &detections), Ok(BoxPrecision { at: [1.0; THRESHOLDS] }));
    }

    #[test]
    fn the_curve_of_three_detections_is_known() {
        // Hit, miss, hit of two boxes: precision 1 up to recall 0.5 (51 points), 2/3 up to 1 (50 points).
        let truth = [true_box(0, 0, 0.0), true_box(0, 1, 0.0)];
        let detections = [detection(0, 0, 0.0, 0.9), detection(0, 0, 40.0, 0.8), detection(0, 1, 0.0, 0.7)];
        let precision = BoxPrecision::of(&truth, &detections).unwrap();
        close(precision.at_50(), (51.0 + 50.0 * 2.0 / 3.0) / 101.0);
        close(precision.mean(), precision.at_50());
    }

    #[test]
    fn an_overlap_counts_up_to_its_threshold() {
        // 8 of 12: overlap 2/3, so thresholds 0.5 to 0.65 hold and the other six do not.
        let precision = BoxPrecision::of(&[true_box(0, 0, 0.0)], &[detection(0, 0, 2.0, 1.0)]).unwrap();
        close(precision.at_50(), 1.0);
        close(precision.at_75(), 0.0);
        close(precision.mean(), 0.4);
    }

    #[test]
    fn a_second_detection_of_one_box_is_a_miss() {
        let twice = [detection(0, 0, 0.0, 0.9), detection(0, 0, 0.0, 0.8), detection(0, 1, 0.0, 0.7)];
        let truth = [true_box(0, 0, 0.0), true_box(0, 1, 0.0)];
        close(BoxPrecision::of(&truth, &twice).unwrap().at_50(), (51.0 + 50.0 * 2.0 / 3.0) / 101.0);
    }

    #[test]
    fn classes_without_a_true_box_do_not_count_and_undetected_classes_count_zero() {
        let truth = [true_box(0, 0, 0.0), true_box(1, 0, 0.0)];
        let detections = [detection(0, 0, 0.0, 0.5), detection(2, 0, 0.0, 0.9)];
        close(BoxPrecision::of(&truth, &detections).unwrap().mean(), 0.5);
        close(BoxPrecision::of(&truth, &[]).unwrap().mean(), 0.0);
    }

    #[test]
    fn only_a_hundred_detections_of_a_class_count_in_a_picture() {
        let mut detections: Vec<Detection> = (0..100).map(|_| detection(0, 0, 500.0, 0.9)).collect();
        detections.push(detection(0, 0, 0.0, 0.5));
        let precision =
            |detections: &[Detection]| BoxPrecision::of(&[true_box(0, 0, 0.0)], detections).unwrap().mean();
        close(precision(&detections), 0.0);
        close(precision(&detections[1..]), 0.01);
    }

    #[test]
    fn bad_input_is_refused() {
        assert_eq!(BoxPrecision::of([], &[detection(0, 0, 0.0, 1.0)]), Err(MetricError::NoBox));
        let one = true_box(0, 0, 0.0);
        assert_eq!(
            BoxPrecision::of(&[one], &[detection(0, 0, 0.0, f64::NAN)]),
            Err(MetricError::NotFinite { side: Side::Predictions, row: 0 })
        );
        for (x, width) in [(f64::NAN, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, 1.1e5), (f64::INFINITY, 1.0)] {
            let bad = TrueBox { rectangle: rectangle(x, width), ..one };
            assert!(matches!(
                BoxPrecision::of(&[one, bad], &[]),
                Err(MetricError::OutOfDomain { side: Side::Truth, row: 1, .. })
            ));
        }
    }
}
