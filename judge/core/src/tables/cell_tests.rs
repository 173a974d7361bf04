//! Cells that hold label sets, ranked items, masks and texts: from the files to the scores.

use super::{
    test_support::{at, metric, scorer, with_splits},
    *,
};
use crate::metrics::Metric;

fn of(spec: &TableScorer, truth: &str, predictions: &str) -> Scores {
    score(spec, truth.as_bytes(), predictions.as_bytes()).unwrap()
}

/// The faults of a predictions file.
fn faults(spec: &TableScorer, truth: &str, predictions: &str) -> Vec<(Option<u64>, FaultKind)> {
    match score(spec, truth.as_bytes(), predictions.as_bytes()) {
        Err(ScoreError::Predictions(faults)) => {
            faults.into_iter().map(|fault| (fault.line, fault.kind)).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// The one fault of a truth file.
fn truth_fault(spec: &TableScorer, truth: &str) -> (Option<u64>, FaultKind) {
    match score(spec, truth.as_bytes(), &b""[..]) {
        Err(ScoreError::Truth(faults)) if faults.len() == 1 => (faults[0].line, faults[0].kind.clone()),
        other => panic!("{other:?}"),
    }
}

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
}

fn column() -> String {
    "p".to_owned()
}

fn repeated(column: &str, value: &str) -> FaultKind {
    FaultKind::RepeatedValue { column: column.into(), value: value.into() }
}

fn bad_number(column: &str, value: &str) -> FaultKind {
    FaultKind::BadNumber { column: column.into(), value: value.into() }
}

// ---- Label sets ----

fn label_sets() -> TableScorer {
    let metrics = [
        Metric::MultilabelF1Micro,
        Metric::MultilabelF1Macro,
        Metric::MultilabelF1Weighted,
        Metric::MultilabelF1Samples,
        Metric::SubsetAccuracy,
    ];
    scorer(&["p"], metrics.map(metric).into())
}

#[test]
fn label_sets_are_compared_as_sets() {
    let scores = of(&label_sets(), "id,y\n1,a b\n2,b\n3,\n", "id,p\n3,\n2, b \n1,b  a\n");
    close(scores.public["multilabel_f1_micro"], 1.0);
    close(scores.public["multilabel_f1_macro"], 1.0);
    close(scores.public["multilabel_f1_weighted"], 1.0);
    close(scores.public["multilabel_f1_samples"], 2.0 / 3.0);
    close(scores.public["subset_accuracy"], 1.0);
}

#[test]
fn each_split_averages_over_the_labels_that_it_names() {
    let truth = "id,y,split\n1,a b,public\n2,a,public\n3,c,private\n";
    let scores = of(&with_splits(label_sets()), truth, "id,p\n1,a\n2,a\n3,c\n");
    close(scores.public["multilabel_f1_macro"], 0.5);
    close(scores.public["subset_accuracy"], 0.5);
    close(scores.private["multilabel_f1_macro"], 1.0);
}

#[test]
fn an_unknown_or_repeated_label_is_a_fault_with_its_line() {
    let unknown = FaultKind::UnknownLabel { column: column(), value: "d".into() };
    assert_eq!(
        faults(&label_sets(), "id,y\n1,a b\n2,b\n3,c\n", "id,p\n1,a d\n2,b b\n3,\n"),
        [(Some(2), unknown), (Some(3), repeated("p", "b"))]
    );
    assert_eq!(truth_fault(&label_sets(), "id,y\n1,a a\n"), (Some(2), repeated("y", "a")));
}

#[test]
fn a_truth_that_names_no_label_is_the_organizers_affair() {
    let error = score(&label_sets(), &b"id,y\n1,\n"[..], &b"id,p\n1,\n"[..]).unwrap_err();
    assert!(matches!(error, ScoreError::UndefinedForTruth { error: MetricError::NoLabel, .. }), "{error:?}");
    let subset = scorer(&["p"], vec![metric(Metric::SubsetAccuracy)]);
    close(of(&subset, "id,y\n1,\n", "id,p\n1,\n").public["subset_accuracy"], 1.0);
}

// ---- Ranked items ----

fn rankings() -> TableScorer {
    let metrics = vec![
        metric(Metric::Ndcg),
        at(Metric::Ndcg, 2),
        metric(Metric::Mrr),
        at(Metric::RecallAtK, 1),
        at(Metric::RecallAtK, 2),
        at(Metric::MapAtK, 2),
        at(Metric::MapAtKCapped, 2),
    ];
    scorer(&["p"], metrics)
}

fn graded() -> TableScorer {
    TableScorer { gain_column: Some("gain".to_owned()), ..rankings() }
}

#[test]
fn a_cells_order_is_the_ranking() {
    let scores = of(&rankings(), "id,y\nq1,a b\nq2,c\n", "id,p\nq2,x y c\nq1,b x a\n");
    let ideal = 1.0 + 3.0_f64.log2().recip();
    close(scores.public["mrr"], f64::midpoint(1.0, 1.0 / 3.0));
    close(scores.public["recall_at_1"], 0.25);
    close(scores.public["recall_at_2"], 0.25);
    close(scores.public["map_at_2"], 0.25);
    close(scores.public["map_at_2_capped"], 0.25);
    close(scores.public["ndcg"], f64::midpoint(1.5 / ideal, 0.5));
    close(scores.public["ndcg_at_2"], (1.0 / ideal) / 2.0);
}

#[test]
fn gains_stand_in_the_order_of_their_items_and_zero_is_irrelevant() {
    let truth = "id,y,gain\nq,a b c,1 0 3\n";
    let scores = of(&graded(), truth, "id,p\nq,b a c\n");
    let ideal = 3.0 + 3.0_f64.log2().recip();
    close(scores.public["ndcg"], (3.0_f64.log2().recip() + 1.5) / ideal);
    close(scores.public["mrr"], 0.5);
    close(scores.public["recall_at_2"], 0.5);
}

#[test]
fn a_query_without_an_answer_counts_zero_and_a_query_left_out_is_a_fault() {
    let truth = "id,y\nq1,a\nq2,c\n";
    close(of(&rankings(), truth, "id,p\nq1,a\nq2,\n").public["mrr"], 0.5);
    let missing = FaultKind::MissingIds { count: 1, examples: vec!["q2".into()] };
    assert_eq!(faults(&rankings(), truth, "id,p\nq1,a\n"), [(None, missing)]);
}

#[test]
fn an_item_named_twice_is_a_fault_be_it_relevant_or_not() {
    assert_eq!(
        faults(&rankings(), "id,y\nq1,a\nq2,c\n", "id,p\nq1,a b a\nq2,x x\n"),
        [(Some(2), repeated("p", "a")), (Some(3), repeated("p", "x"))]
    );
}

#[test]
fn a_faulty_relevance_table_is_named_with_its_line() {
    let gain = |value: &str| FaultKind::OutOfRange {
        column: "gain".into(),
        value: value.into(),
        min: "0".into(),
        max: "∞".into(),
    };
    let nothing = FaultKind::NothingRelevant { column: "y".into() };
    let count = FaultKind::WrongValueCount { column: "gain".into(), expected: 2, found: 1 };
    assert_eq!(truth_fault(&graded(), "id,y,gain\nq,a b,1\n"), (Some(2), count));
    assert_eq!(truth_fault(&graded(), "id,y,gain\nq,a b,1 -1\n"), (Some(2), gain("-1")));
    assert_eq!(truth_fault(&graded(), "id,y,gain\nq,a,x\n"), (Some(2), bad_number("gain", "x")));
    assert_eq!(truth_fault(&graded(), "id,y,gain\nq,a b,0 0\n"), (Some(2), nothing.clone()));
    assert_eq!(truth_fault(&rankings(), "id,y\nq,\n"), (Some(2), nothing));
    assert_eq!(truth_fault(&rankings(), "id,y\nq,a a\n"), (Some(2), repeated("y", "a")));
}

#[test]
fn each_split_ranks_its_own_queries() {
    let truth = "id,y,gain,split\nq1,a,1,public\nq2,c,1,private\n";
    let scores = of(&with_splits(graded()), truth, "id,p\nq1,a\nq2,x c\n");
    close(scores.public["mrr"], 1.0);
    close(scores.private["mrr"], 0.5);
}

// ---- Masks ----

fn masks() -> TableScorer {
    scorer(&["p"], vec![metric(Metric::MaskIou), metric(Metric::MaskDice)])
}

#[test]
fn masks_are_compared_by_pixels_and_two_empty_ones_agree() {
    let truth = "id,y,height,width\n1,1 4 9 2,3,4\n2,,10,10\n";
    let scores = of(&masks(), truth, "id,p\n1,3 4\n2,\n");
    close(scores.public["mask_iou"], f64::midpoint(2.0 / 8.0, 1.0));
    close(scores.public["mask_dice"], f64::midpoint(4.0 / 10.0, 1.0));
}

#[test]
fn each_split_counts_its_own_masks() {
    let truth = "width,id,y,split,height\n4,1,1 4,private,1\n4,2,1 4,public,1\n";
    let scores = of(&with_splits(masks()), truth, "id,p\n1,1 1 2 1\n2,1 4\n");
    close(scores.private["mask_iou"], 0.5);
    close(scores.public["mask_iou"], 1.0);
}

#[test]
fn a_run_out_of_place_is_a_fault_with_its_line() {
    let truth = "id,y,height,width\n1,1 4,3,4\n2,,3,4\n3,,3,4\n4,,3,4\n5,,3,4\n6,,3,4\n";
    let run = |run: &str| FaultKind::BadRun { column: column(), run: run.into(), pixels: 12 };
    assert_eq!(
        faults(&masks(), truth, "id,p\n1,1 4 3 2\n2,12 2\n3,0 1\n4,1 2 7\n5,1 x\n6,99999999999 1\n"),
        [
            (Some(2), run("3 2")),
            (Some(3), run("12 2")),
            (Some(4), run("0 1")),
            (Some(5), FaultKind::OddRuns { column: column(), numbers: 3 }),
            (Some(6), bad_number("p", "x")),
            (Some(7), run("99999999999 1")),
        ]
    );
}

#[test]
fn a_picture_must_have_a_size() {
    let fault = |size: &str| truth_fault(&masks(), &format!("id,y,height,width\n1,,{size}\n"));
    assert_eq!(fault("x,3"), (Some(2), bad_number("height", "x")));
    for (size, column, value) in
        [("0,3", "height", "0"), ("3,0", "width", "0"), ("65536,65536", "height × width", "65536 × 65536")]
    {
        let (min, max) = ("1".to_owned(), "2147483648".to_owned());
        let kind = FaultKind::OutOfRange { column: column.into(), value: value.into(), min, max };
        assert_eq!(fault(size), (Some(2), kind));
    }
    let expected = ["id", "y", "height", "width"].map(str::to_owned).into();
    let found = ["id", "y", "height"].map(str::to_owned).into();
    let header = FaultKind::WrongHeader { expected, found };
    assert_eq!(truth_fault(&masks(), "id,y,height\n1,,3\n"), (Some(1), header));
}

// ---- Texts ----

fn texts() -> TableScorer {
    scorer(&["p"], vec![metric(Metric::Wer), metric(Metric::Cer)])
}

#[test]
fn texts_are_compared_over_the_whole_corpus() {
    let truth = "id,y\n1,\"xin chào, bạn\"\n2,\n";
    let scores = of(&texts(), truth, "id,p\n2,thừa\n1,\"xin chao, bạn\"\n");
    close(scores.public["wer"], 2.0 / 3.0);
    close(scores.public["cer"], 5.0 / 13.0);
}

#[test]
fn one_rate_alone_can_be_asked_for_and_splits_count_their_own_rows() {
    let truth = "id,y,split\n1,a b,public\n2,c d,private\n";
    let predictions = "id,p\n1,a\n2,c d\n";
    for (one, name) in [(Metric::Wer, "wer"), (Metric::Cer, "cer")] {
        let scores = of(&with_splits(scorer(&["p"], vec![metric(one)])), truth, predictions);
        assert!(scores.public[name] > 0.0);
        close(scores.private[name], 0.0);
    }
}

#[test]
fn a_text_of_more_than_a_megabyte_is_a_fault_on_either_side() {
    let long = "ư".repeat(1024 * 1024 / 2);
    let too_long = |column: &str| FaultKind::ValueTooLong { column: column.into(), limit_bytes: 1024 * 1024 };
    let scores = of(&texts(), "id,y\n1,ư ừ\n", &format!("id,p\n1,{long}\n"));
    close(scores.public["cer"], f64::from(1024 * 1024 / 2 - 1) / 3.0);
    assert_eq!(faults(&texts(), "id,y\n1,a\n", &format!("id,p\n1,{long}a\n")), [(Some(2), too_long("p"))]);
    assert_eq!(truth_fault(&texts(), &format!("id,y\n1,{long}a\n")), (Some(2), too_long("y")));
}

#[test]
fn a_truth_without_text_is_the_organizers_affair() {
    let error = score(&texts(), &b"id,y\n1, \n"[..], &b"id,p\n1,a\n"[..]).unwrap_err();
    assert!(matches!(error, ScoreError::UndefinedForTruth { error: MetricError::NoText, .. }), "{error:?}");
}

// ---- Ratings, quantiles, top k ----

#[test]
fn ratings_are_whole_numbers_and_go_with_other_metrics_on_labels() {
    let spec = scorer(&["p"], vec![metric(Metric::QuadraticKappa), metric(Metric::Accuracy)]);
    let scores = of(&spec, "id,y\n1,-1\n2,0\n3,1\n", "id,p\n1,-1\n2,1\n3,1\n");
    close(scores.public["quadratic_kappa"], 1.0 - 3.0 / 15.0);
    close(scores.public["accuracy"], 2.0 / 3.0);
    for label in ["good", "1.5", "+1", "1000001", "-", "1 "] {
        let truth = format!("id,y\n1,0\n2,{label}\n");
        let error = score(&spec, truth.as_bytes(), &b""[..]).unwrap_err();
        let expected = SpecError::NotARating { metric: Metric::QuadraticKappa, label: label.into() };
        assert!(matches!(&error, ScoreError::Spec(error) if *error == expected), "{error:?}");
    }
}

#[test]
fn two_quantiles_of_one_column_make_two_figures() {
    let pinball = |alpha| MetricSpec { alpha: Some(alpha), ..Metric::Pinball.into() };
    let spec = scorer(&["p"], vec![pinball(0.1), pinball(0.9)]);
    let scores = of(&spec, "id,y\n1,10\n", "id,p\n1,8\n");
    close(scores.public["pinball_0_1"], 0.2);
    close(scores.public["pinball_0_9"], 1.8);
}

#[test]
fn scores_of_classes_need_not_be_probabilities_for_top_k() {
    let spec = scorer(&["a", "b", "c"], vec![at(Metric::TopKAccuracy, 1), at(Metric::TopKAccuracy, 2)]);
    let scores = of(&spec, "id,y\n1,a\n2,c\n", "id,c,b,a\n1,-3,7.5,2\n2,1e9,0,0\n");
    close(scores.public["top_1_accuracy"], 0.5);
    close(scores.public["top_2_accuracy"], 1.0);
}
