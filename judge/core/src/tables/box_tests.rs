//! Boxes: from the files to the scores.

use super::{
    test_support::{metric, scorer, with_splits},
    *,
};
use crate::metrics::Metric;

fn spec() -> TableScorer {
    let metrics = [Metric::BoxMap, Metric::BoxMap50, Metric::BoxMap75];
    let spec = scorer(&["class", "score", "x", "y", "w", "h"], metrics.map(metric).into());
    TableScorer { target_column: "class".to_owned(), ..spec }
}

fn of(spec: &TableScorer, truth: &str, predictions: &str) -> Scores {
    score(spec, truth.as_bytes(), predictions.as_bytes()).unwrap()
}

fn faults(result: Result<Scores, ScoreError>) -> Vec<(Option<u64>, FaultKind)> {
    match result {
        Err(ScoreError::Predictions(faults) | ScoreError::Truth(faults)) => {
            faults.into_iter().map(|fault| (fault.line, fault.kind)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
}

const HEADER: &str = "id,class,x,y,w,h\n";
const DETECTIONS: &str = "id,class,score,x,y,w,h\n";

#[test]
fn boxes_of_one_picture_stand_in_several_rows() {
    let truth = format!("{HEADER}1,car,0,0,10,10\n1,car,50,0,10,10\n2,bus,0,0,4,4\n3,,,,,\n");
    let found = format!("{DETECTIONS}2,bus,0.9,0,0,4,4\n1,car,0.9,0,0,10,10\n1,car,0.8,50,2,10,10\n");
    let scores = of(&spec(), &truth, &found);
    // The second car overlaps by 80 of 120: it is found up to the threshold 0.65.
    let car = 51.0 / 101.0;
    close(scores.public["box_map_50"], 1.0);
    close(scores.public["box_map_75"], f64::midpoint(1.0, car));
    close(scores.public["box_map"], (4.0 * 1.0 + 6.0 * f64::midpoint(1.0, car)) / 10.0);
    assert_eq!(scores.public, scores.private);
}

#[test]
fn a_detection_in_a_picture_without_boxes_is_a_miss() {
    let truth = format!("{HEADER}1,car,0,0,10,10\n2,,,,,\n");
    let found = format!("{DETECTIONS}2,car,0.9,0,0,10,10\n1,car,0.8,0,0,10,10\n");
    close(of(&spec(), &truth, &found).public["box_map"], 0.5);
}

#[test]
fn finding_nothing_is_allowed_and_earns_zero() {
    close(of(&spec(), &format!("{HEADER}1,car,0,0,10,10\n"), DETECTIONS).public["box_map"], 0.0);
}

#[test]
fn each_split_counts_its_own_pictures() {
    let spec = with_splits(spec());
    let truth = "split,id,class,x,y,w,h\npublic,1,car,0,0,9,9\nprivate,2,car,0,0,9,9\npublic,10,,,,,\n";
    let found = format!("{DETECTIONS}1,car,0.9,0,0,9,9\n10,car,0.95,0,0,9,9\n");
    let scores = of(&spec, truth, &found);
    close(scores.public["box_map"], 0.5);
    close(scores.private["box_map"], 0.0);
}

#[test]
fn of_equal_scores_the_smaller_picture_comes_first_wherever_it_stands() {
    let rows = ["9,car,0.5,70,0,10,10", "10,car,0.5,0,0,10,10"];
    for truth in ["9,,,,,\n10,car,0,0,10,10\n", "10,car,0,0,10,10\n9,,,,,\n"] {
        for rows in [[rows[0], rows[1]], [rows[1], rows[0]]] {
            let scores =
                of(&spec(), &format!("{HEADER}{truth}"), &format!("{DETECTIONS}{}", rows.join("\n")));
            close(scores.public["box_map"], 0.5);
        }
    }
}

#[test]
fn every_fault_of_a_detection_has_its_line() {
    let truth = format!("{HEADER}1,car,0,0,10,10\n");
    let found = format!(
        "{DETECTIONS}2,car,1,0,0,1,1\n1,bus,1,0,0,1,1\n1,car,nan,0,0,1,1\n1,car,1,a,0,1,1\n1,car,1,0,0,0,1\n1,car,1,0,0,1,1e6\n1,car,1\n"
    );
    let side = |column: &str, value: &str| FaultKind::OutOfRange {
        column: column.into(),
        value: value.into(),
        min: "> 0".into(),
        max: "100000".into(),
    };
    assert_eq!(
        faults(score(&spec(), truth.as_bytes(), found.as_bytes())),
        [
            (Some(2), FaultKind::UnknownId { id: "2".into() }),
            (Some(3), FaultKind::UnknownLabel { column: "class".into(), value: "bus".into() }),
            (Some(4), FaultKind::NotFinite { column: "score".into(), value: "nan".into() }),
            (Some(5), FaultKind::BadNumber { column: "x".into(), value: "a".into() }),
            (Some(6), side("w", "0")),
            (Some(7), side("h", "1e6")),
            (Some(8), FaultKind::WrongFieldCount { expected: 7, found: 3 }),
        ]
    );
}

#[test]
fn a_faulty_table_of_boxes_is_the_organizers_affair() {
    let spec = with_splits(spec());
    let fault = |rows: &str| {
        let truth = format!("id,class,x,y,w,h,split\n{rows}");
        let mut found = faults(score(&spec, truth.as_bytes(), &b""[..]));
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    };
    let label =
        |column: &str, value: &str| FaultKind::UnknownLabel { column: column.into(), value: value.into() };
    let number = |value: &str| FaultKind::BadNumber { column: "x".into(), value: value.into() };
    assert_eq!(fault(""), (None, FaultKind::EmptyFile));
    assert_eq!(fault("1,car,0,0,1,1,test\n"), (Some(2), label("split", "test")));
    assert_eq!(fault("1,,0,0,1,1,public\n"), (Some(2), label("class", "")));
    assert_eq!(fault("1,car,,,,,public\n"), (Some(2), number("")));
    let other = FaultKind::OtherSplit { id: "1".into(), first_line: 2 };
    assert_eq!(fault("1,car,0,0,1,1,public\n1,car,0,0,1,1,private\n"), (Some(3), other));
}

#[test]
fn a_split_without_a_box_has_no_figure() {
    let truth = "id,class,x,y,w,h,split\n1,car,0,0,1,1,public\n2,,,,,,private\n";
    let error = score(&with_splits(spec()), truth.as_bytes(), DETECTIONS.as_bytes()).unwrap_err();
    assert!(matches!(error, ScoreError::UndefinedForTruth { error: MetricError::NoBox, .. }), "{error:?}");
}

#[test]
fn the_columns_must_be_six_and_known_to_both_tables() {
    let few = TableScorer { prediction_columns: vec!["class".into(), "score".into()], ..spec() };
    assert!(matches!(check(&few), Err(SpecError::OtherColumnsNeeded { found: 2, .. })));
    let clash = TableScorer { target_column: "x".into(), ..spec() };
    assert_eq!(check(&clash), Err(SpecError::DuplicateColumn { column: "x".into() }));
    let [(line, FaultKind::WrongHeader { expected, .. })] =
        &faults(score(&spec(), &b"id,class,x,top,w,h\n"[..], &b""[..]))[..]
    else {
        panic!()
    };
    assert_eq!((*line, &expected[..]), (Some(1), &["id", "class", "x", "y", "w", "h"].map(String::from)[..]));
}
