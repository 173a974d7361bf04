//! What holds for every input: no panic, finite figures, no weight on the order of rows.

use proptest::prelude::*;

use super::{
    score,
    test_support::{at, metric, positive, scorer, with_splits},
};
use crate::{metrics::Metric, protocol::TableScorer};

fn every_spec() -> Vec<TableScorer> {
    let of_labels = [Metric::Accuracy, Metric::F1Macro, Metric::Matthews, Metric::BalancedAccuracy];
    let of_numbers = [Metric::Mae, Metric::R2, Metric::Rmse, Metric::Mape];
    vec![
        scorer(&["y"], of_labels.map(metric).into()),
        scorer(&["y"], of_numbers.map(metric).into()),
        scorer(&["y"], vec![positive(Metric::RocAuc, "1"), positive(Metric::LogLoss, "1")]),
        scorer(&["0", "1"], vec![metric(Metric::LogLoss)]),
        with_splits(scorer(&["y"], of_labels.map(metric).into())),
        scorer(&["y"], vec![metric(Metric::QuadraticKappa)]),
        scorer(&["0", "1"], vec![at(Metric::TopKAccuracy, 1)]),
        scorer(&["y"], vec![metric(Metric::MultilabelF1Macro), metric(Metric::MultilabelF1Samples)]),
        scorer(&["y"], vec![metric(Metric::Ndcg), at(Metric::MapAtK, 2), at(Metric::RecallAtK, 1)]),
        TableScorer { gain_column: Some("width".to_owned()), ..scorer(&["y"], vec![at(Metric::Ndcg, 3)]) },
        scorer(&["y"], vec![metric(Metric::MaskIou), metric(Metric::MaskDice)]),
        scorer(&["y"], vec![metric(Metric::Wer), metric(Metric::Cer)]),
        with_splits(scorer(&["y", "score", "x", "top", "w", "h"], vec![metric(Metric::BoxMap)])),
    ]
}

/// A truth that the definition can read.
fn good_truth(spec: &TableScorer) -> &'static [u8] {
    match spec.metrics[0].metric {
        Metric::BoxMap => {
            b"id,y,x,top,w,h,split\n0,1,1,1,2,2,public\n1,1,0,0,3,3,private\n1,0,0,0,3,3,private\n"
        }
        Metric::MaskIou => b"id,y,height,width\n0,2 1 4 2,4,5\n1,,1,9\n",
        _ if spec.gain_column.is_some() => b"id,y,width\n0,0 1 a,2 0.5 1\n1,1,7\n",
        _ if spec.split_column.is_some() => b"id,y,split\n0,0,public\n1,1,private\n",
        _ => b"id,y\n0,0\n1,1\n",
    }
}

fn hostile_file() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"id,y\n"[..],
        b"id,y",
        b"id,0,1\n",
        b"\n",
        b"\r\n",
        b"\r",
        b",",
        b"\"",
        b"\"\"",
        b"1",
        b"0",
        b"0.5",
        b"a",
        b"-1e308",
        b"1e999",
        b"nan",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\0",
        b"id,y,split\n",
        b"public",
        b"private",
        b"0,1\n",
        b"1,0\n",
        b"2,0\n",
        b" ",
        b"1 3",
        b"2 1 4 2",
        b"id,y,height,width\n",
        b",4,5\n",
        b"id,y,x,top,w,h,split\n",
        b"id,y,score,x,top,w,h\n",
        b"0,1,0.5,1,1,2,2\n",
        b"1,1,-1,0,0,3,3\n",
        b"0,1,1,1,2,2,public\n",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()),
    ]
}

/// Rows `id,true number,predicted number` and two shuffles of them.
fn shuffled_rows() -> impl Strategy<Value = [Vec<(u32, f64, f64)>; 3]> {
    prop::collection::hash_map(0..500_u32, (-1e6..1e6_f64, -1e6..1e6_f64), 2..40).prop_flat_map(|rows| {
        let rows: Vec<_> = rows.into_iter().map(|(id, (t, p))| (id, t, p)).collect();
        (Just(rows.clone()), Just(rows.clone()).prop_shuffle(), Just(rows).prop_shuffle())
            .prop_map(|(a, b, c)| [a, b, c])
    })
}

fn table(header: &str, rows: impl Iterator<Item = String>) -> String {
    std::iter::once(header.to_owned()).chain(rows).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_make_it_panic_and_every_figure_is_finite(truth in hostile_file(), predictions in hostile_file()) {
        for spec in every_spec() {
            for truth in [&truth[..], good_truth(&spec)] {
                match score(&spec, truth, &predictions[..]) {
                    Ok(scores) => {
                        prop_assert_eq!(scores.public.len(), spec.metrics.len());
                        prop_assert!(scores.public.values().chain(scores.private.values()).all(|v| v.is_finite()));
                    }
                    Err(error) => prop_assert!(!error.faults().is_empty()),
                }
            }
        }
    }

    #[test]
    fn the_order_of_rows_changes_no_bit_of_a_score([rows, truth, predictions] in shuffled_rows()) {
        let numbers = [Metric::Mae, Metric::Mse, Metric::R2, Metric::Mape, Metric::Pearson, Metric::Spearman];
        let spec = scorer(&["p"], numbers.map(metric).into());
        let of = |truth: &[(u32, f64, f64)], predictions: &[(u32, f64, f64)]| {
            let truth = table("id,y", truth.iter().map(|(id, t, _)| format!("{id},{t}")));
            let predictions = table("id,p", predictions.iter().map(|(id, _, p)| format!("{id},{p}")));
            score(&spec, truth.as_bytes(), predictions.as_bytes()).unwrap()
        };
        prop_assert_eq!(of(&rows, &rows), of(&truth, &predictions));
    }

    #[test]
    fn the_order_of_labelled_rows_changes_no_bit_of_a_score([rows, truth, predictions] in shuffled_rows()) {
        let averages = [Metric::F1Macro, Metric::PrecisionWeighted, Metric::RecallMacro, Metric::BalancedAccuracy];
        let spec = scorer(&["p"], averages.map(metric).into());
        let label = |number: f64| format!("class {:.0}", number.abs() % 4.0);
        let with_every_class = |mut rows: Vec<String>| {
            rows.extend((0..5).map(|class| format!("of class {class},class {class}")));
            rows
        };
        let of = |truth: &[(u32, f64, f64)], predictions: &[(u32, f64, f64)]| {
            let truth = with_every_class(truth.iter().map(|(id, t, _)| format!("{id},{}", label(*t))).collect());
            let predictions =
                with_every_class(predictions.iter().map(|(id, _, p)| format!("{id},{}", label(*p))).collect());
            let truth = table("id,y", truth.into_iter());
            score(&spec, truth.as_bytes(), table("id,p", predictions.into_iter()).as_bytes()).unwrap()
        };
        prop_assert_eq!(of(&rows, &rows), of(&truth, &predictions));
    }

    #[test]
    fn the_order_of_rows_of_cells_changes_no_bit_of_a_score([rows, truth, predictions] in shuffled_rows()) {
        let of_sets = [Metric::MultilabelF1Macro, Metric::MultilabelF1Samples, Metric::MultilabelF1Weighted];
        let specs = [
            scorer(&["p"], of_sets.map(metric).into()),
            scorer(&["p"], vec![metric(Metric::Ndcg), metric(Metric::Mrr), at(Metric::MapAtK, 3)]),
            scorer(&["p"], vec![metric(Metric::Wer), metric(Metric::Cer)]),
        ];
        // Digits as labels, items and words: each row of truth has at least one.
        let cell = |number: f64| {
            let digits = format!("{:.0}", number.abs());
            let mut words: Vec<char> = Vec::new();
            words.extend(digits.chars().chain(['0']).filter(|digit| *digit < '6'));
            words.sort_unstable();
            words.dedup();
            words.iter().map(char::to_string).collect::<Vec<_>>().join(" ")
        };
        let with_every_label = |mut rows: Vec<String>| {
            rows.push("of every label,0 1 2 3 4 5".to_owned());
            rows
        };
        for spec in specs {
            let of = |truth: &[(u32, f64, f64)], predictions: &[(u32, f64, f64)]| {
                let truth = with_every_label(truth.iter().map(|(id, t, _)| format!("{id},{}", cell(*t))).collect());
                let predictions =
                    with_every_label(predictions.iter().map(|(id, _, p)| format!("{id},{}", cell(*p))).collect());
                let truth = table("id,y", truth.into_iter());
                score(&spec, truth.as_bytes(), table("id,p", predictions.into_iter()).as_bytes()).unwrap()
            };
            prop_assert_eq!(of(&rows, &rows), of(&truth, &predictions));
        }
    }
}
