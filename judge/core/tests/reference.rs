//! Every metric beside scikit-learn and scipy, on random and on edge-case data, to 1e-9.
//!
//! The interpreter is `$DAUTRI_PYTHON`, else `.dautri/venv/bin/python` of this repository; its packages must have
//! the versions that `datasets/images/python-ml/requirements.txt` pins.

#![expect(clippy::unwrap_used, reason = "a test; its helpers are no test functions")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use judge_core::metrics::{self, Average, ClassCounts, Metric, MetricError};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Case {
    /// A metric's name, or `log_loss_binary`.
    metric: &'static str,
    /// Class numbers or values.
    truth: Vec<f64>,
    predicted: Vec<f64>,
    classes: usize,
    #[serde(skip)]
    about: &'static str,
    #[serde(skip)]
    ours: Result<f64, MetricError>,
}

#[derive(Deserialize)]
struct Reference {
    versions: BTreeMap<String, String>,
    values: Vec<Option<f64>>,
}

#[test]
fn every_metric_agrees_with_scikit_learn_and_scipy() {
    let mut cases = Vec::new();
    label_cases(&mut cases);
    number_cases(&mut cases);
    score_cases(&mut cases);
    probability_cases(&mut cases);
    let covered: BTreeSet<&str> = cases.iter().map(|case| case.metric).collect();
    for metric in Metric::ALL {
        assert!(covered.contains(metric.as_str()), "no case for {metric}");
    }

    let reference = ask_python(&cases);
    assert_eq!(reference.versions, pinned_versions(&reference.versions));
    assert_eq!(reference.values.len(), cases.len());
    let mut wrong = Vec::new();
    for (case, theirs) in cases.iter().zip(&reference.values) {
        let agrees = match (&case.ours, theirs) {
            (Ok(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0),
            (Err(_), None) => true,
            _ => false,
        };
        if !agrees {
            wrong.push(format!("{} on {}: {:?}, reference {theirs:?}", case.metric, case.about, case.ours));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn ask_python(cases: &[Case]) -> Reference {
    let python = env::var_os("DAUTRI_PYTHON")
        .map_or_else(|| repository().join(".dautri/venv/bin/python"), PathBuf::from);
    assert!(python.exists(), "{} is missing: run `make python-env` first", python.display());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference.py");
    let mut child = Command::new(&python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", python.display()));
    // The script reads all of its input before it writes: a pipe cannot fill up on both sides.
    let input = serde_json::to_vec(&serde_json::json!({ "cases": cases })).unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the reference script failed; is `make python-env` up to date?");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The versions that the sandbox image's requirements pin for these packages.
fn pinned_versions(packages: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let file = repository().join("datasets/images/python-ml/requirements.txt");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let pins = text.lines().filter_map(|line| line.split_whitespace().next()?.split_once("=="));
    pins.filter(|(name, _)| packages.contains_key(*name))
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect()
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): the same cases in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound)).unwrap()
    }

    /// Uniform in 0..1.
    fn unit(&mut self) -> f64 {
        f64::from(self.below(1 << 30)) / f64::from(1 << 30)
    }

    fn rows<T>(&mut self, rows: usize, mut of_row: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..rows).map(|_| of_row(self)).collect()
    }
}

fn label_cases(cases: &mut Vec<Case>) {
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
    let edges: [(&'static str, &[u32], &[u32]); 9] = [
        ("one row, right", &[1], &[1]),
        ("one row, wrong", &[1], &[0]),
        ("all right", &[0, 1, 1, 0], &[0, 1, 1, 0]),
        ("all wrong", &[0, 1, 1, 0], &[1, 0, 0, 1]),
        ("one class predicted", &[0, 1, 1, 0], &[0, 0, 0, 0]),
        ("one class true", &[1, 1, 1], &[0, 1, 1]),
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
        let numbers = |labels: &[u32]| labels.iter().map(|label| f64::from(*label)).collect();
        let (truth, predicted) = (numbers(truth), numbers(predicted));
        cases.push(Case { metric, truth, predicted, classes: classes as usize, about, ours });
    };
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

fn number_cases(cases: &mut Vec<Case>) {
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
    let mut push = |metric, ours| {
        cases.push(Case {
            metric,
            truth: truth.to_vec(),
            predicted: predicted.to_vec(),
            classes: 0,
            about,
            ours,
        });
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

fn score_cases(cases: &mut Vec<Case>) {
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
        let truth = truth.iter().map(|positive| f64::from(*positive)).collect();
        cases.push(Case { metric, truth, predicted: scores.to_vec(), classes: 2, about, ours });
    };
    push("roc_auc", metrics::roc_auc(truth, scores));
    push("average_precision", metrics::average_precision(truth, scores));
}

fn probability_cases(cases: &mut Vec<Case>) {
    let mut random = Random(4);
    for (rows, classes) in [(1000, 2), (500, 3), (300, 20)] {
        let truth = random.rows(rows, |random| random.below(classes));
        let mut figures = Vec::new();
        for _ in 0..rows {
            let of_row = random.rows(classes as usize, |random| random.unit().powi(4) + 1e-12);
            let sum: f64 = of_row.iter().sum();
            figures.extend(of_row.iter().map(|figure| figure / sum));
        }
        push_probabilities(cases, "random probabilities", &truth, figures, classes as usize);
    }
    push_probabilities(cases, "certain and right", &[0, 1], vec![1.0, 0.0, 0.0, 1.0], 2);
    push_probabilities(cases, "certain and wrong", &[1, 0], vec![1.0, 0.0, 0.0, 1.0], 2);
    push_probabilities(cases, "below epsilon", &[0, 2], vec![1e-17, 1.0, 0.0, 0.5, 0.5 - 1e-20, 1e-20], 3);
    push_probabilities(cases, "one row", &[1], vec![0.25, 0.75], 2);

    let truth = random.rows(1000, |random| random.unit() < 0.4);
    let positive = random.rows(1000, Random::unit);
    push_log_loss_binary(cases, "random probabilities", &truth, positive);
    push_log_loss_binary(cases, "certain", &[true, false, true, false], vec![1.0, 0.0, 0.0, 1.0]);
    push_log_loss_binary(cases, "below epsilon", &[true, false], vec![1e-20, 1e-20]);
}

fn push_probabilities(
    cases: &mut Vec<Case>,
    about: &'static str,
    truth: &[u32],
    figures: Vec<f64>,
    classes: usize,
) {
    let ours = metrics::log_loss(truth, &figures, classes);
    let truth = truth.iter().map(|class| f64::from(*class)).collect();
    cases.push(Case { metric: "log_loss", truth, predicted: figures, classes, about, ours });
}

fn push_log_loss_binary(cases: &mut Vec<Case>, about: &'static str, truth: &[bool], positive: Vec<f64>) {
    let ours = metrics::log_loss_binary(truth, &positive);
    let truth = truth.iter().map(|positive| f64::from(*positive)).collect();
    cases.push(Case { metric: "log_loss_binary", truth, predicted: positive, classes: 2, about, ours });
}
