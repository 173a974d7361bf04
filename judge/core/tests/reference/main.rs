//! Every metric beside its field's reference implementation, on random and on edge-case data, to 1e-9.
//!
//! | metrics on | reference |
//! | --- | --- |
//! | labels, numbers, scores, probabilities, label sets | scikit-learn, scipy |
//! | ranked items | `trec_eval` (`pytrec_eval`); with gains that are no whole numbers, scikit-learn |
//! | masks | `pycocotools.mask`, scikit-learn on the pixels |
//! | boxes | `pycocotools.cocoeval` |
//! | texts | jiwer |
//!
//! The interpreter is `$DAUTRI_PYTHON`, else `.dautri/venv/bin/python` of this repository; its packages must have
//! the versions that `requirements.txt` and `requirements-dev.txt` of `datasets/images/python-ml/` pin.

#![expect(clippy::unwrap_used, reason = "a test; its helpers are no test functions")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use judge_core::{
    metrics::{Metric, MetricSpec},
    protocol::TableScorer,
    tables,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod boxes;
mod cells;
mod labels;
mod masks;
mod numbers;
mod random;
mod rankings;

#[derive(Serialize)]
struct Case {
    /// A metric's name, or a case of it that has a reference of its own.
    metric: &'static str,
    /// What `reference.py` computes the same figure from.
    #[serde(flatten)]
    input: Value,
    #[serde(skip)]
    about: &'static str,
    /// Or why there is no figure.
    #[serde(skip)]
    ours: Result<f64, String>,
}

impl Case {
    fn new(
        metric: &'static str,
        about: &'static str,
        input: Value,
        ours: Result<f64, impl ToString>,
    ) -> Self {
        Self { metric, input, about, ours: ours.map_err(|error| error.to_string()) }
    }
}

/// The figures of two tables; the truth's column is `y`.
fn scored(
    columns: &[&str],
    gain_column: Option<&str>,
    metrics: Vec<MetricSpec>,
    tables: [&str; 2],
) -> Result<BTreeMap<String, f64>, String> {
    let spec = TableScorer {
        predictions_file: "predictions.csv".to_owned(),
        truth_file: "truth.csv".to_owned(),
        id_column: "id".to_owned(),
        target_column: "y".to_owned(),
        gain_column: gain_column.map(ToOwned::to_owned),
        prediction_columns: columns.iter().map(ToString::to_string).collect(),
        split_column: None,
        metrics,
    };
    match tables::score(&spec, tables[0].as_bytes(), tables[1].as_bytes()) {
        Ok(scores) => Ok(scores.public),
        Err(error) => Err(format!("{error}: {:?}", error.faults())),
    }
}

#[derive(Deserialize)]
struct Reference {
    versions: BTreeMap<String, String>,
    values: Vec<Option<f64>>,
}

#[test]
fn every_metric_agrees_with_its_reference_implementation() {
    let mut cases = Vec::new();
    labels::label_cases(&mut cases);
    labels::score_cases(&mut cases);
    labels::probability_cases(&mut cases);
    numbers::number_cases(&mut cases);
    cells::label_set_cases(&mut cases);
    cells::text_cases(&mut cases);
    rankings::ranking_cases(&mut cases);
    masks::mask_cases(&mut cases);
    boxes::box_cases(&mut cases);
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
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/reference.py");
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

/// The versions that the two lists of requirements pin for these packages.
fn pinned_versions(packages: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let folder = repository().join("datasets/images/python-ml");
    let text: String = ["requirements.txt", "requirements-dev.txt"]
        .map(|name| fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}")))
        .concat();
    let pins = text.lines().filter_map(|line| line.split_whitespace().next()?.split_once("=="));
    pins.filter(|(name, _)| packages.contains_key(*name))
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect()
}
