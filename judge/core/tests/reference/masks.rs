//! Masks, from tables.

use std::fmt::Write;

use judge_core::metrics::Metric;
use serde_json::json;

use crate::{Case, random::Random, scored};

/// Height, width, and runs of a first pixel and a length.
struct Pair {
    size: [u32; 2],
    truth: Vec<[u32; 2]>,
    predicted: Vec<[u32; 2]>,
}

pub(super) fn mask_cases(cases: &mut Vec<Case>) {
    let mut random = Random(8);
    for (pairs, longest_side) in [(60, 8), (30, 60), (5, 300)] {
        let pairs = random.rows(pairs, |random| {
            let size = [1 + random.below(longest_side), 1 + random.below(longest_side)];
            let [truth, predicted] = [0, 1].map(|_| runs(random, size[0] * size[1]));
            Pair { size, truth, predicted }
        });
        push(cases, "random masks", &pairs);
    }
    let of = |truth: &[[u32; 2]], predicted: &[[u32; 2]]| {
        vec![Pair { size: [3, 4], truth: truth.to_vec(), predicted: predicted.to_vec() }]
    };
    for (about, pairs) in [
        ("all right", of(&[[2, 3], [9, 4]], &[[2, 3], [9, 4]])),
        ("the whole picture", of(&[[1, 12]], &[[1, 12]])),
        ("the whole picture in pieces", of(&[[1, 12]], &[[1, 5], [6, 1], [7, 6]])),
        ("nothing shared", of(&[[1, 3]], &[[4, 9]])),
        ("nothing predicted", of(&[[1, 3]], &[])),
        ("nothing true", of(&[], &[[12, 1]])),
        ("nothing in both", of(&[], &[])),
    ] {
        push(cases, about, &pairs);
    }
}

/// Runs at random, now and then none; some touch each other.
fn runs(random: &mut Random, pixels: u32) -> Vec<[u32; 2]> {
    let mut runs = Vec::new();
    let mut start = 1 + random.below(pixels);
    while random.below(6) > 0 && start <= pixels {
        let length = 1 + random.below(pixels.div_ceil(4)).min(pixels - start);
        runs.push([start, length]);
        start += length + random.below(pixels.div_ceil(4));
    }
    runs
}

fn push(cases: &mut Vec<Case>, about: &'static str, pairs: &[Pair]) {
    let cell = |runs: &[[u32; 2]]| {
        runs.iter().map(|[start, length]| format!("{start} {length}")).collect::<Vec<_>>().join(" ")
    };
    let mut truth = "id,y,height,width\n".to_owned();
    let mut predictions = "id,p\n".to_owned();
    for (id, pair) in pairs.iter().enumerate() {
        writeln!(truth, "{id},{},{},{}", cell(&pair.truth), pair.size[0], pair.size[1]).unwrap();
        writeln!(predictions, "{id},{}", cell(&pair.predicted)).unwrap();
    }
    let metrics = [Metric::MaskIou, Metric::MaskDice];
    let scores = scored(&["p"], None, metrics.map(Into::into).into(), [&truth, &predictions]);
    for metric in metrics {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|pair| json!({ "size": pair.size, "truth": pair.truth, "predicted": pair.predicted }))
            .collect();
        let ours = scores.clone().map(|scores| scores[metric.as_str()]);
        cases.push(Case::new(metric.as_str(), about, json!({ "pairs": pairs }), ours));
    }
}
