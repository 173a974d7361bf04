//! What holds for every input: no panic, finite figures, no weight on the order of rows.

use proptest::prelude::*;

use super::{
    score,
    test_support::{metric, positive, scorer, with_splits},
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
    ]
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
            let good_truth: &[u8] =
                if spec.split_column.is_some() { b"id,y,split\n0,0,public\n1,1,private\n" } else { b"id,y\n0,0\n1,1\n" };
            for truth in [&truth[..], good_truth] {
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
}
