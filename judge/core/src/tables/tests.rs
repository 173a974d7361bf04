use super::{
    test_support::{metric, positive, scorer, with_splits},
    *,
};
use crate::metrics::Metric;

fn run(spec: &TableScorer, truth: &[u8], predictions: &[u8]) -> Result<Scores, ScoreError> {
    score(spec, truth, predictions)
}

fn accuracy() -> TableScorer {
    scorer(&["y"], vec![metric(Metric::Accuracy)])
}

const TRUTH: &str = "id,y\n1,a\n2,b\n3,a\n";

/// The faults of a predictions file against [`TRUTH`].
fn faults(predictions: impl AsRef<[u8]>) -> Vec<Fault> {
    match run(&accuracy(), TRUTH.as_bytes(), predictions.as_ref()) {
        Err(ScoreError::Predictions(faults)) => faults,
        other => panic!("{other:?}"),
    }
}

fn at(line: u64, kind: FaultKind) -> Fault {
    Fault::at_line("predictions.csv", line, kind)
}

fn in_file(kind: FaultKind) -> Fault {
    Fault::in_file("predictions.csv", kind)
}

fn public(scores: &Scores, metric: Metric) -> f64 {
    scores.public[metric.as_str()]
}

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
}

#[test]
fn rows_join_by_id_in_any_order_and_columns_by_name() {
    let scores = run(&accuracy(), TRUTH.as_bytes(), b"y,id\r\nb,3\r\n\"a\",1\r\nb,\"2\"").unwrap();
    close(public(&scores, Metric::Accuracy), 2.0 / 3.0);
    assert_eq!(scores.public, scores.private);
}

#[test]
fn each_split_counts_its_own_rows() {
    let spec = with_splits(scorer(&["p"], vec![metric(Metric::Mae), metric(Metric::Mse)]));
    let truth = b"split,note,id,y\npublic,x,1,0\nprivate,x,2,0\npublic,x,3,0\n";
    let scores = run(&spec, truth, b"id,p\n1,1\n2,10\n3,3\n").unwrap();
    close(scores.public["mae"], 2.0);
    close(scores.public["mse"], 5.0);
    close(scores.private["mae"], 10.0);
    close(scores.private["mse"], 100.0);
}

#[test]
fn a_label_that_a_split_lacks_does_not_weigh_on_its_average() {
    let spec = with_splits(scorer(&["y"], vec![metric(Metric::F1Macro)]));
    let truth = b"id,y,split\n1,a,public\n2,b,public\n3,c,private\n";
    let scores = run(&spec, truth, b"id,y\n1,a\n2,b\n3,c\n").unwrap();
    close(scores.public["f1_macro"], 1.0);
    close(scores.private["f1_macro"], 1.0);
}

#[test]
fn one_column_of_scores_serves_curves_and_log_loss() {
    let spec = scorer(
        &["p"],
        vec![
            positive(Metric::RocAuc, "yes"),
            positive(Metric::AveragePrecision, "yes"),
            positive(Metric::LogLoss, "yes"),
        ],
    );
    let scores = run(&spec, b"id,y\n1,yes\n2,no\n", b"id,p\n1,0.75\n2,0.5\n").unwrap();
    close(public(&scores, Metric::RocAuc), 1.0);
    close(public(&scores, Metric::AveragePrecision), 1.0);
    close(public(&scores, Metric::LogLoss), -(0.75_f64.ln() + 0.5_f64.ln()) / 2.0);
}

#[test]
fn class_probabilities_are_found_by_the_classes_names() {
    let spec = scorer(&["b", "a"], vec![metric(Metric::LogLoss), positive(Metric::RocAuc, "a")]);
    let scores = run(&spec, b"id,y\n1,a\n2,b\n", b"id,a,b\n1,0.75,0.25\n2,0.5,0.5\n").unwrap();
    close(public(&scores, Metric::LogLoss), -(0.75_f64.ln() + 0.5_f64.ln()) / 2.0);
    close(public(&scores, Metric::RocAuc), 1.0);
}

#[test]
fn missing_unknown_and_repeated_ids_are_named_with_their_line() {
    assert_eq!(
        faults("id,y\n1,a\n9,a\n1,b\n"),
        [
            at(3, FaultKind::UnknownId { id: "9".into() }),
            at(4, FaultKind::DuplicateId { id: "1".into(), first_line: 2 }),
            in_file(FaultKind::MissingIds { count: 2, examples: vec!["2".into(), "3".into()] }),
        ]
    );
    assert_eq!(
        faults("id,y\n"),
        [in_file(FaultKind::MissingIds { count: 3, examples: ["1", "2", "3"].map(Into::into).into() })]
    );
}

#[test]
fn a_label_that_the_truth_never_uses_is_a_fault() {
    let kind = |value: &str| FaultKind::UnknownLabel { column: "y".into(), value: value.into() };
    assert_eq!(faults("id,y\n1,c\n2,b \n3,\n"), [at(2, kind("c")), at(3, kind("b ")), at(4, kind(""))]);
}

#[test]
fn a_wrong_number_of_fields_is_a_fault_and_its_id_is_not_missing_besides() {
    assert_eq!(
        faults("id,y\n1,a\n2,b,c\n3\n"),
        [
            at(3, FaultKind::WrongFieldCount { expected: 2, found: 3 }),
            at(4, FaultKind::WrongFieldCount { expected: 2, found: 1 }),
        ]
    );
}

#[test]
fn a_wrong_header_is_shown_beside_the_right_one() {
    let wrong = |line, found: &[&str]| {
        let found = found.iter().map(ToString::to_string).collect();
        vec![at(line, FaultKind::WrongHeader { expected: vec!["id".into(), "y".into()], found })]
    };
    assert_eq!(faults("1,a\n2,b\n3,a\n"), wrong(1, &["1", "a"]));
    assert_eq!(faults("id;y\n1;a\n"), wrong(1, &["id;y"]));
    assert_eq!(faults("\n,id,y\n0,1,a\n"), wrong(2, &["", "id", "y"]));
    assert_eq!(faults("id,id\n1,a\n"), wrong(1, &["id", "id"]));
}

#[test]
fn a_file_that_is_no_plain_utf8_table_says_what_it_is() {
    assert_eq!(faults(""), [in_file(FaultKind::EmptyFile)]);
    assert_eq!(faults("\n\r\n"), [in_file(FaultKind::EmptyFile)]);
    assert_eq!(faults("\u{feff}id,y\n1,a\n2,b\n3,a\n"), [in_file(FaultKind::ByteOrderMark)]);
    assert_eq!(faults(b"id,y\n1,a\n2,\xe1\n"), [at(3, FaultKind::NotUtf8)]);
    assert_eq!(faults(b"\xff\xfei\0d\0"), [at(1, FaultKind::NotUtf8)]);
    assert_eq!(faults(b"PK\x03\x04\x14\x00\x08\x08").len(), 1);
    let [malformed] = &faults("id,y\n1,a\n2,\"b\n3,a\n")[..] else { panic!() };
    assert!(matches!((malformed.line, &malformed.kind), (Some(3), FaultKind::MalformedCsv { .. })));
}

#[test]
fn a_byte_order_mark_hides_no_other_fault() {
    let found = faults("\u{feff}id,y\n1,a\n2,c\n3,a\n");
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].line, Some(3));
}

#[test]
fn the_faults_of_a_large_file_are_cut_at_fifty() {
    let rows: Vec<String> = (0..1000).map(|id| format!("x{id},a")).collect();
    let found = faults(format!("id,y\n{}", rows.join("\n")));
    assert_eq!(found.len(), MOST_FAULTS + 1);
    assert_eq!(found[MOST_FAULTS].kind, FaultKind::TooManyFaults { shown: 50 });
}

#[test]
fn the_faults_of_a_long_file_come_in_the_order_of_its_lines() {
    let spec = scorer(&["p"], vec![metric(Metric::Mae)]);
    let mut rows: Vec<String> = (0..1000).map(|id| format!("{id},0.5")).collect();
    let truth = format!("id,y\n{}", rows.join("\n"));
    for (row, bad) in [(10, "10,x"), (255, "255"), (256, "256,x"), (600, "3,0.5"), (900, "900,x")] {
        rows[row] = bad.to_owned();
    }
    let error =
        score(&spec, truth.as_bytes(), format!("id,p\n{}\n\"", rows.join("\n")).as_bytes()).unwrap_err();
    let lines: Vec<_> = error.faults().iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [12, 257, 258, 602, 902, 1002].map(Some));
    assert_eq!(error.faults()[3].kind, FaultKind::DuplicateId { id: "3".into(), first_line: 5 });
}

#[test]
fn a_field_of_ten_megabytes_makes_a_short_fault() {
    let huge = "ữ".repeat(10_000_000 / 3);
    for file in [
        huge.clone(),
        format!("id,y\n{huge},a\n"),
        format!("id,y\n1,{huge}\n"),
        format!("id,y\n1,\"{huge}\"\n"),
        format!("id,y\n1,\"{huge}"),
        ",".repeat(10_000_000),
        "\"\"".repeat(5_000_000),
        format!("id,y\n{}", "\"\"\n".repeat(3_000_000)),
    ] {
        let found = faults(file);
        assert!(serde_json::to_string(&found).unwrap().len() < 10_000);
    }
}

#[test]
fn numbers_must_be_finite_and_within_the_metrics_domain() {
    let spec = scorer(&["p"], vec![metric(Metric::Rmsle)]);
    let error = run(&spec, b"id,y\n1,0\n2,0\n3,0\n", b"id,p\n1,NaN\n2,x\n3,-1\n").unwrap_err();
    assert_eq!(error.verdict(), Verdict::WrongFormat);
    let (column, value) = (|| "p".to_owned(), |text: &str| text.to_owned());
    assert_eq!(
        error.faults(),
        [
            at(2, FaultKind::NotFinite { column: column(), value: value("NaN") }),
            at(3, FaultKind::BadNumber { column: column(), value: value("x") }),
            at(
                4,
                FaultKind::OutOfRange {
                    column: column(),
                    value: value("-1"),
                    min: value("> -1"),
                    max: value("∞")
                }
            ),
        ]
    );
}

#[test]
fn probabilities_that_do_not_add_up_are_a_fault_with_their_line() {
    let spec = scorer(&["a", "b"], vec![metric(Metric::LogLoss)]);
    let error = run(&spec, b"id,y\n1,a\n2,b\n", b"id,a,b\n1,1,1\n2,0.5,1.5\n").unwrap_err().faults();
    let out_of_range = |column: &str, value: &str, min: &str, max: &str| FaultKind::OutOfRange {
        column: column.into(),
        value: value.into(),
        min: min.into(),
        max: max.into(),
    };
    assert_eq!(
        error,
        [at(2, out_of_range("a + b", "2", "0.999", "1.001")), at(3, out_of_range("b", "1.5", "0", "1")),]
    );
}

#[test]
fn a_faulty_truth_is_the_organizers_affair() {
    let spec = with_splits(scorer(&["p"], vec![metric(Metric::Mae)]));
    let run = |truth: &str| run(&spec, truth.as_bytes(), b"").unwrap_err();
    for truth in [
        "",
        "id,y,split\n",
        "id,y\n1,2\n",
        "id,y,split\n1,2,test\n",
        "id,y,split\n1,x,public\n",
        "id,y,split\n1,2,public\n1,2,private\n",
        "id,y,split\n1,2\n",
    ] {
        let error = run(truth);
        assert!(matches!(&error, ScoreError::Truth(faults) if faults.len() == 1), "{truth:?}: {error:?}");
        assert_eq!(error.verdict(), Verdict::ScorerFailed);
        assert_eq!(error.faults()[0].file.as_deref(), Some("truth.csv"));
    }
}

#[test]
fn a_definition_that_its_truth_contradicts_is_refused() {
    let run =
        |columns: &[&str], one, truth: &str| match run(&scorer(columns, vec![one]), truth.as_bytes(), b"") {
            Err(ScoreError::Spec(error)) => error,
            other => panic!("{other:?}"),
        };
    assert_eq!(
        run(&["y"], positive(Metric::F1Binary, "c"), "id,y\n1,a\n2,b\n"),
        SpecError::PositiveNotInTruth { metric: Metric::F1Binary, positive: "c".into() }
    );
    assert_eq!(
        run(&["y"], positive(Metric::F1Binary, "a"), "id,y\n1,a\n2,b\n3,c\n"),
        SpecError::NotBinary { metric: Metric::F1Binary, labels: 3 }
    );
    assert_eq!(
        run(&["a", "b"], metric(Metric::LogLoss), "id,y\n1,a\n2,c\n"),
        SpecError::LabelWithoutColumn { label: "c".into() }
    );
}

#[test]
fn an_undefined_metric_is_told_by_whose_values_leave_it_so() {
    let spec = scorer(&["p"], vec![metric(Metric::Pearson)]);
    let of_predictions = run(&spec, b"id,y\n1,1\n2,2\n", b"id,p\n1,3\n2,3\n").unwrap_err();
    assert_eq!(of_predictions.verdict(), Verdict::InvalidScores);
    assert!(
        matches!(&of_predictions.faults()[0].kind, FaultKind::MetricUndefined { metric, .. } if metric == "pearson")
    );
    let of_truth = run(&spec, b"id,y\n1,1\n2,1\n", b"id,p\n1,3\n2,4\n").unwrap_err();
    assert_eq!(of_truth.verdict(), Verdict::ScorerFailed);
    let no_private_row = run(&with_splits(accuracy()), b"id,y,split\n1,a,public\n", b"id,y\n1,a\n");
    assert!(matches!(no_private_row, Err(ScoreError::UndefinedForTruth { error: MetricError::Empty, .. })));
}

#[test]
fn a_check_refuses_what_scoring_refuses_and_measures_nothing() {
    for predictions in ["id,y\n1,a\n2,b\n3,a\n", "id,y\n1,a\n2,c\n", "y\n", ""] {
        let checked = check_predictions(&accuracy(), TRUTH.as_bytes(), predictions.as_bytes());
        let scored = run(&accuracy(), TRUTH.as_bytes(), predictions.as_bytes());
        assert_eq!(checked.map_err(|error| error.faults()), scored.map(drop).map_err(|error| error.faults()));
    }
    // Undefined for these predictions: that is a figure's affair, not the format's.
    let spec = scorer(&["p"], vec![metric(Metric::Pearson)]);
    let (truth, constant) = (b"id,y\n1,1\n2,2\n", b"id,p\n1,3\n2,3\n");
    assert!(check_predictions(&spec, &truth[..], &constant[..]).is_ok());
    assert!(run(&spec, truth, constant).is_err());
}

#[test]
fn a_table_that_cannot_be_read_is_the_platforms_affair() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let error = score(&accuracy(), TRUTH.as_bytes(), Broken).unwrap_err();
    assert_eq!(error.verdict(), Verdict::PlatformFault);
}
