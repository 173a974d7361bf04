//! Ranked items, from tables.

use std::fmt::Write;

use judge_core::metrics::{Metric, MetricSpec};
use serde_json::json;

use crate::{Case, random::Random, scored};

struct Query {
    relevant: Vec<(String, f64)>,
    ranked: Vec<String>,
}

pub(super) fn ranking_cases(cases: &mut Vec<Case>) {
    let mut random = Random(7);
    let items: Vec<String> = (0..300).map(|item| format!("i{item}")).collect();
    for (queries, relevant, ranked, grades) in
        [(60, 8, 30, 1), (60, 40, 100, 4), (20, 3, 5, 3), (5, 120, 200, 2)]
    {
        let whole = random.rows(queries, |random| {
            query(random, &items, [relevant, ranked], |random| f64::from(1 + random.below(grades)))
        });
        push(cases, "random answers", &whole, false);
        let real = random.rows(queries, |random| {
            query(random, &items, [relevant, ranked], |random| random.unit() * 5.0 + 1e-6)
        });
        push(cases, "random answers", &real, true);
    }
    let of = |relevant: &[(&str, f64)], ranked: &[&str]| Query {
        relevant: relevant.iter().map(|(item, gain)| ((*item).to_owned(), *gain)).collect(),
        ranked: ranked.iter().map(ToString::to_string).collect(),
    };
    let two: &[(&str, f64)] = &[("a", 1.0), ("b", 1.0)];
    for (about, queries) in [
        ("all right", vec![of(two, &["a", "b"]), of(two, &["b", "a"])]),
        ("nothing right", vec![of(two, &["x", "y"])]),
        ("one query without an answer", vec![of(two, &["x", "b"]), of(two, &[])]),
        ("fewer items than k", vec![of(two, &["x", "b"])]),
        ("the only relevant item last", vec![of(&[("a", 3.0)], &["x", "y", "z", "u", "a"])]),
        ("judged irrelevant", vec![of(&[("a", 2.0), ("b", 0.0), ("c", 1.0)], &["b", "c", "a"])]),
        ("upside down", vec![of(&[("a", 3.0), ("b", 2.0), ("c", 1.0)], &["c", "b", "a"])]),
    ] {
        push(cases, about, &queries, false);
    }
}

/// Some relevant items, and an answer that holds about half of them.
fn query(
    random: &mut Random,
    items: &[String],
    [relevant, ranked]: [u32; 2],
    mut gain: impl FnMut(&mut Random) -> f64,
) -> Query {
    let count = 1 + random.below(relevant) as usize;
    let relevant: Vec<(String, f64)> =
        random.some(items, count).into_iter().map(|item| (item, gain(random))).collect();
    let found =
        relevant.iter().map(|(item, _)| item.clone()).filter(|_| random.unit() < 0.5).collect::<Vec<_>>();
    let others: Vec<String> =
        items.iter().filter(|item| relevant.iter().all(|(other, _)| other != *item)).cloned().collect();
    let count = random.below(ranked) as usize;
    let all = [found, random.some(&others, count)].concat();
    let ranked = random.some(&all, all.len());
    Query { relevant, ranked }
}

/// The references of whole gains are `trec_eval`'s, for which wheels exist on `x86_64` alone; real gains it does not
/// take.
fn push(cases: &mut Vec<Case>, about: &'static str, queries: &[Query], real_gains: bool) {
    let mut truth = "id,y,gain\n".to_owned();
    let mut predictions = "id,p\n".to_owned();
    for (id, query) in queries.iter().enumerate() {
        let (items, gains): (Vec<&str>, Vec<String>) =
            query.relevant.iter().map(|(item, gain)| (item.as_str(), gain.to_string())).unzip();
        writeln!(truth, "{id},{},{}", items.join(" "), gains.join(" ")).unwrap();
        writeln!(predictions, "{id},{}", query.ranked.join(" ")).unwrap();
    }
    let at = |metric: Metric, k| MetricSpec { k, ..metric.into() };
    let mut specs = vec![at(Metric::Ndcg, None), at(Metric::Mrr, None)];
    for k in [1, 3, 10, 100].map(Some) {
        specs.extend(
            [Metric::Ndcg, Metric::Mrr, Metric::RecallAtK, Metric::MapAtK, Metric::MapAtKCapped]
                .map(|metric| at(metric, k)),
        );
    }
    let scores = scored(&["p"], Some("gain"), specs.clone(), [&truth, &predictions]);
    for spec in specs {
        let reference = match (spec.metric, real_gains) {
            (Metric::Ndcg, true) => "ndcg_of_real_gains",
            (_, true) => continue,
            (_, false) if cfg!(not(target_arch = "x86_64")) => continue,
            (metric, false) => metric.as_str(),
        };
        let queries: Vec<_> = queries
            .iter()
            .map(|query| json!({ "relevant": query.relevant, "ranked": query.ranked }))
            .collect();
        let ours = scores.clone().map(|scores| scores[&spec.name()]);
        cases.push(Case::new(reference, about, json!({ "queries": queries, "k": spec.k }), ours));
    }
}
