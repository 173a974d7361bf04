//! Boxes, from tables.

use std::fmt::Write;

use judge_core::metrics::Metric;
use serde_json::json;

use crate::{Case, random::Random, scored};

type Rectangle = [f64; 4];

/// Picture and class, both from 1; the rectangle; of detections the score.
type TrueBox = (u32, u32, Rectangle);
type Detection = (u32, u32, Rectangle, f64);

pub(super) fn box_cases(cases: &mut Vec<Case>) {
    let mut random = Random(9);
    for (pictures, classes, most, levels) in
        [(40, 3, 6, 1 << 20), (25, 1, 12, 4), (12, 6, 3, 2), (3, 1, 2, 1)]
    {
        for whole in [false, true] {
            let truth = truth(&mut random, [pictures, classes, most], whole);
            let found = detections(&mut random, &truth, [pictures, classes, levels], whole);
            push(cases, "random boxes", pictures, &truth, &found);
        }
    }
    let truth = truth(&mut random, [2, 2, 4], false);
    let found = detections(&mut random, &truth, [2, 2, 50], false);
    let many: Vec<Detection> = found.iter().cycle().take(900).copied().collect();
    push(cases, "more than a hundred in a picture", 2, &truth, &many);
    edge_cases(cases);
}

fn edge_cases(cases: &mut Vec<Case>) {
    let at = |x: f64, width: f64| [x, 0.0, width, 10.0];
    let truth: &[TrueBox] =
        &[(1, 1, at(0.0, 10.0)), (1, 1, at(0.0, 10.0)), (2, 1, at(5.0, 10.0)), (3, 2, at(0.0, 10.0))];
    let edges: [(&'static str, &[TrueBox], Vec<Detection>); 8] = [
        ("all right", truth, truth.iter().map(|one| (one.0, one.1, one.2, 0.5)).collect()),
        ("nothing found", truth, Vec::new()),
        ("no true box", &[], vec![(1, 1, at(0.0, 10.0), 0.5)]),
        ("found in the wrong picture", truth, vec![(3, 1, at(0.0, 10.0), 0.9), (1, 1, at(0.0, 10.0), 0.8)]),
        ("one box found three times", truth, (0..3).map(|_| (2, 1, at(5.0, 10.0), 0.7)).collect()),
        (
            "overlaps on the thresholds",
            &[(1, 1, at(0.0, 20.0)), (2, 1, at(0.0, 20.0)), (3, 1, at(0.0, 20.0)), (4, 1, at(0.0, 20.0))],
            [(1, 10.0), (2, 15.0), (3, 18.0), (4, 19.0)]
                .map(|(picture, width)| (picture, 1, at(0.0, width), 0.5))
                .into(),
        ),
        (
            "equal overlap with two boxes",
            &[(1, 1, at(0.0, 10.0)), (1, 1, at(4.0, 10.0))],
            vec![(1, 1, at(2.0, 10.0), 0.9), (1, 1, at(0.0, 10.0), 0.8)],
        ),
        (
            "scores of zero and minus zero",
            truth,
            vec![(1, 1, at(90.0, 1.0), -0.0), (2, 1, at(5.0, 10.0), 0.0)],
        ),
    ];
    for (about, truth, found) in edges {
        push(cases, about, 4, truth, &found);
    }
}

/// Now and then a picture without a box.
fn truth(random: &mut Random, [pictures, classes, most]: [u32; 3], whole: bool) -> Vec<TrueBox> {
    let mut truth = Vec::new();
    for picture in 1..=pictures {
        for _ in 0..random.below(most + 1) {
            truth.push((picture, 1 + random.below(classes), rectangle(random, whole)));
        }
    }
    truth.push((1, classes, rectangle(random, whole)));
    truth
}

/// Boxes near the true ones, and some at random.
fn detections(
    random: &mut Random,
    truth: &[TrueBox],
    [pictures, classes, levels]: [u32; 3],
    whole: bool,
) -> Vec<Detection> {
    let mut found = Vec::new();
    let mut seen: Vec<u32> = truth.iter().map(|one| one.1).collect();
    seen.sort_unstable();
    seen.dedup();
    for (picture, class, near) in truth {
        for _ in 0..random.below(3) {
            let shift = |random: &mut Random, length: f64| {
                if whole { f64::from(random.below(3)) } else { (random.unit() - 0.3) * 0.4 * length }
            };
            let rectangle = [
                near[0] + shift(random, near[2]),
                near[1] + shift(random, near[3]),
                near[2] + shift(random, near[2]),
                near[3] + shift(random, near[3]),
            ];
            found.push((*picture, *class, rectangle, score(random, levels)));
        }
        if random.unit() < 0.3 {
            let class = 1 + random.below(classes);
            if seen.contains(&class) {
                found.push((
                    1 + random.below(pictures),
                    class,
                    rectangle(random, whole),
                    score(random, levels),
                ));
            }
        }
    }
    random.some(&found, found.len())
}

fn rectangle(random: &mut Random, whole: bool) -> Rectangle {
    let mut number =
        |most: u32| if whole { f64::from(random.below(most)) } else { random.unit() * f64::from(most) };
    [number(60), number(60), 1.0 + number(30), 1.0 + number(30)]
}

fn score(random: &mut Random, levels: u32) -> f64 {
    f64::from(random.below(levels)) / f64::from(levels)
}

fn push(cases: &mut Vec<Case>, about: &'static str, pictures: u32, truth: &[TrueBox], found: &[Detection]) {
    let numbers = |rectangle: &Rectangle| rectangle.map(|number| number.to_string()).join(",");
    let mut true_table = "id,y,x,top,width,height".to_owned();
    for (picture, class, rectangle) in truth {
        write!(true_table, "\n{picture},c{class},{}", numbers(rectangle)).unwrap();
    }
    for picture in 1..=pictures {
        write!(true_table, "\n{picture},,,,,").unwrap();
    }
    let mut found_table = "id,class,score,x,top,width,height".to_owned();
    for (picture, class, rectangle, score) in found {
        write!(found_table, "\n{picture},c{class},{score},{}", numbers(rectangle)).unwrap();
    }
    let metrics = [Metric::BoxMap, Metric::BoxMap50, Metric::BoxMap75];
    let scores = scored(
        &["class", "score", "x", "top", "width", "height"],
        None,
        metrics.map(Into::into).into(),
        [&true_table, &found_table],
    );
    for metric in metrics {
        let input = json!({ "pictures": pictures, "truth": truth, "found": found });
        let ours = scores.clone().map(|scores| scores[metric.as_str()]);
        cases.push(Case::new(metric.as_str(), about, input, ours));
    }
}
