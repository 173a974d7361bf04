//! Numbers.

use judge_core::metrics;
use serde_json::json;

use crate::{Case, random::Random};

pub(super) fn number_cases(cases: &mut Vec<Case>) {
    let mut random = Random(2);
    for (rows, scale, offset) in [(2, 1.0, 0.0), (100, 1.0, 0.0), (2000, 1e6, 5e5), (2000, 1e-6, 1.0)] {
        let truth = random.rows(rows, |random| offset + scale * random.unit());
        let near = truth.iter().map(|t| t + 0.1 * scale * random.unit()).collect::<Vec<_>>();
        let unrelated = random.rows(rows, |random| offset + scale * (random.unit() - 0.9));
        push_numbers(cases, "near predictions", &truth, &near);
        push_numbers(cases, "unrelated predictions", &truth, &unrelated);
    }
    let few = random.rows(500, |random| f64::from(random.below(7)));
    let ties = random.rows(500, |random| f64::from(random.below(4)) - 0.5);
    push_numbers(cases, "many ties and true zeros", &few, &ties);
    let edges: [(&'static str, &[f64], &[f64]); 10] = [
        ("all right", &[1.0, 2.0, 4.0], &[1.0, 2.0, 4.0]),
        ("reversed", &[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]),
        ("constant truth, hit", &[2.0, 2.0, 2.0], &[2.0, 2.0, 2.0]),
        ("constant truth, missed", &[2.0, 2.0, 2.0], &[1.0, 2.0, 3.0]),
        ("constant predictions", &[1.0, 2.0, 3.0], &[2.0, 2.0, 2.0]),
        ("two rows", &[0.1, 0.7], &[0.3, 0.2]),
        ("zero and minus zero", &[0.0, -0.0, 1.0], &[-0.0, 0.0, 2.0]),
        ("all true values zero", &[0.0, 0.0], &[1.0, 2.0]),
        ("just above minus one", &[-0.999, 0.0, 5.0], &[-0.5, -0.9, 1e9]),
        ("very large and very small", &[1e150, -1e-150, 3.0], &[-1e150, 1e-150, 4.0]),
    ];
    for (about, truth, predicted) in edges {
        push_numbers(cases, about, truth, predicted);
    }
}

fn push_numbers(cases: &mut Vec<Case>, about: &'static str, truth: &[f64], predicted: &[f64]) {
    for alpha in [0.05, 0.5, 0.9] {
        let input = json!({ "truth": truth, "predicted": predicted, "alpha": alpha });
        cases.push(Case::new("pinball", about, input, metrics::pinball(truth, predicted, alpha)));
    }
    let mut push = |metric, ours| {
        cases.push(Case::new(metric, about, json!({ "truth": truth, "predicted": predicted }), ours));
    };
    push("mae", metrics::mae(truth, predicted));
    push("mse", metrics::mse(truth, predicted));
    push("rmse", metrics::rmse(truth, predicted));
    push("mape", metrics::mape(truth, predicted));
    push("r2", metrics::r2(truth, predicted));
    push("pearson", metrics::pearson(truth, predicted));
    push("spearman", metrics::spearman(truth, predicted));
    if truth.iter().chain(predicted).all(|value| *value > -1.0) {
        push("rmsle", metrics::rmsle(truth, predicted));
    }
}
