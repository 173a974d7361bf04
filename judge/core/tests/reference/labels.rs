//! Labels, scores of the positive class, and scores and probabilities of classes.

use judge_core::metrics::{self, Average, ClassCounts};
use serde_json::json;

use crate::{Case, random::Random};

pub(super) fn label_cases(cases: &mut Vec<Case>) {
    let mut random = Random(1);
    for (rows, classes) in [(1000, 2), (1000, 5), (2000, 40), (30, 50), (3, 3)] {
        let truth = random.rows(rows, |random| random.below(classes));
        let predicted = truth
            .iter()
            .map(|class| if random.unit() < 0.6 { *class } else { random.below(classes) })
            .collect::<Vec<_>>();
        push_labels(cases, "random labels", &truth, &predicted);
        let skewed = random.rows(rows, |random| random.below(classes).min(random.below(classes)));
        push_labels(cases, "labels at random", &skewed, &random.rows(rows, |random| random.below(classes)));
    }
    let edges: [(&'static str, &[u32], &[u32]); 10] = [
        ("one row, right", &[1], &[1]),
        ("one row, wrong", &[1], &[0]),
        ("all right", &[0, 1, 1, 0], &[0, 1, 1, 0]),
        ("all wrong", &[0, 1, 1, 0], &[1, 0, 0, 1]),
        ("one class predicted", &[0, 1, 1, 0], &[0, 0, 0, 0]),
        ("one class true", &[1, 1, 1], &[0, 1, 1]),
        ("a gap in the scale", &[0, 9, 3, 3], &[0, 3, 3, 9]),
        ("one class in both", &[1, 1, 1], &[1, 1, 1]),
        ("a class that only the predictions name", &[0, 0, 2, 2], &[0, 1, 2, 2]),
        ("a class that only the truth names", &[0, 1, 2, 2], &[0, 0, 2, 2]),
    ];
    for (about, truth, predicted) in edges {
        push_labels(cases, about, truth, predicted);
    }
}

fn push_labels(cases: &mut Vec<Case>, about: &'static str, truth: &[u32], predicted: &[u32]) {
    use Average::{Binary, Macro, Micro, Weighted};
    use metrics::{f1, precision, recall};
    let classes = truth.iter().chain(predicted).max().unwrap() + 1;
    let counts = &ClassCounts::tally(truth, predicted, classes as usize).unwrap();
    let mut push = |metric, ours| {
        cases.push(Case::new(metric, about, json!({ "truth": truth, "predicted": predicted }), ours));
    };
    let ratings: Vec<i32> = (0..).take(classes as usize).collect();
    push("quadratic_kappa", metrics::quadratic_kappa(truth, predicted, &ratings));
    push("accuracy", Ok(metrics::accuracy(counts)));
    push("balanced_accuracy", Ok(metrics::balanced_accuracy(counts)));
    push("matthews", Ok(metrics::matthews(counts)));
    push("cohen_kappa", metrics::cohen_kappa(counts));
    push("precision_micro", precision(counts, Micro));
    push("precision_macro", precision(counts, Macro));
    push("precision_weighted", precision(counts, Weighted));
    push("recall_micro", recall(counts, Micro));
    push("recall_macro", recall(counts, Macro));
    push("recall_weighted", recall(counts, Weighted));
    push("f1_micro", f1(counts, Micro));
    push("f1_macro", f1(counts, Macro));
    push("f1_weighted", f1(counts, Weighted));
    if classes == 2 {
        push("precision_binary", precision(counts, Binary(1)));
        push("recall_binary", recall(counts, Binary(1)));
        push("f1_binary", f1(counts, Binary(1)));
    }
}

pub(super) fn score_cases(cases: &mut Vec<Case>) {
    let mut random = Random(3);
    for (rows, share, levels) in
        [(1000, 0.5, 1 << 30), (1000, 0.03, 1 << 30), (1000, 0.5, 5), (3000, 0.9, 50)]
    {
        let truth = random.rows(rows, |random| random.unit() < share);
        let scores: Vec<f64> = truth
            .iter()
            .map(|positive| {
                f64::from(random.below(levels)) + if *positive { f64::from(levels) * 0.3 } else { 0.0 }
            })
            .collect();
        push_scores(cases, "random scores", &truth, &scores);
    }
    let edges: [(&'static str, &[bool], &[f64]); 7] = [
        ("all scores equal", &[true, false, true], &[0.3, 0.3, 0.3]),
        ("zero and minus zero", &[true, false, true, false], &[0.0, -0.0, 0.0, -1.0]),
        ("perfect", &[false, true, true], &[-1e300, 1.0, 1e300]),
        ("reversed", &[true, false, false], &[1.0, 2.0, 3.0]),
        ("one of each", &[true, false], &[0.2, 0.1]),
        ("all positive", &[true, true], &[0.2, 0.1]),
        ("scores one ulp apart", &[true, false], &[1.0 + f64::EPSILON, 1.0]),
    ];
    for (about, truth, scores) in edges {
        push_scores(cases, about, truth, scores);
    }
}

fn push_scores(cases: &mut Vec<Case>, about: &'static str, truth: &[bool], scores: &[f64]) {
    let mut push = |metric, ours| {
        let truth: Vec<u8> = truth.iter().map(|positive| u8::from(*positive)).collect();
        cases.push(Case::new(metric, about, json!({ "truth": truth, "predicted": scores }), ours));
    };
    push("roc_auc", metrics::roc_auc(truth, scores));
    push("average_precision", metrics::average_precision(truth, scores));
}

pub(super) fn probability_cases(cases: &mut Vec<Case>) {
    let mut random = Random(4);
    for (rows, classes) in [(1000, 2), (500, 3), (300, 20)] {
        let truth = random.rows(rows, |random| random.below(classes));
        let mut figures = Vec::new();
        for _ in 0..rows {
            let of_row = random.rows(classes as usize, |random| random.unit().powi(4) + 1e-12);
            let sum: f64 = of_row.iter().sum();
            figures.extend(of_row.iter().map(|figure| figure / sum));
        }
        push_top_k(cases, "random probabilities", &truth, &figures, classes as usize);
        push_probabilities(cases, "random probabilities", &truth, &figures, classes as usize);
    }
    let truth = random.rows(400, |random| random.below(6));
    let tied = random.rows(400 * 6, |random| f64::from(random.below(4)) - 1.0);
    push_top_k(cases, "many ties", &truth, &tied, 6);
    push_top_k(cases, "nothing but ties", &truth, &vec![0.0; 400 * 6], 6);
    push_probabilities(cases, "certain and right", &[0, 1], &[1.0, 0.0, 0.0, 1.0], 2);
    push_probabilities(cases, "certain and wrong", &[1, 0], &[1.0, 0.0, 0.0, 1.0], 2);
    push_probabilities(cases, "below epsilon", &[0, 2], &[1e-17, 1.0, 0.0, 0.5, 0.5 - 1e-20, 1e-20], 3);
    push_probabilities(cases, "one row", &[1], &[0.25, 0.75], 2);

    let truth = random.rows(1000, |random| random.unit() < 0.4);
    let positive = random.rows(1000, Random::unit);
    push_log_loss_binary(cases, "random probabilities", &truth, &positive);
    push_log_loss_binary(cases, "certain", &[true, false, true, false], &[1.0, 0.0, 0.0, 1.0]);
    push_log_loss_binary(cases, "below epsilon", &[true, false], &[1e-20, 1e-20]);
}

/// scikit-learn ranks no columns of two classes.
fn push_top_k(cases: &mut Vec<Case>, about: &'static str, truth: &[u32], scores: &[f64], classes: usize) {
    for k in [1, 2, 5].into_iter().filter(|k| *k < classes && classes > 2) {
        let input = json!({ "truth": truth, "predicted": scores, "classes": classes, "k": k });
        let ours = metrics::top_k_accuracy(truth, scores, classes, u32::try_from(k).unwrap());
        cases.push(Case::new("top_k_accuracy", about, input, ours));
    }
}

fn push_probabilities(
    cases: &mut Vec<Case>,
    about: &'static str,
    truth: &[u32],
    figures: &[f64],
    classes: usize,
) {
    let ours = metrics::log_loss(truth, figures, classes);
    let input = json!({ "truth": truth, "predicted": figures, "classes": classes });
    cases.push(Case::new("log_loss", about, input, ours));
}

fn push_log_loss_binary(cases: &mut Vec<Case>, about: &'static str, truth: &[bool], positive: &[f64]) {
    let ours = metrics::log_loss_binary(truth, positive);
    let truth: Vec<u8> = truth.iter().map(|positive| u8::from(*positive)).collect();
    let input = json!({ "truth": truth, "predicted": positive });
    cases.push(Case::new("log_loss_binary", about, input, ours));
}
