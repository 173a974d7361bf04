//! Which submission counts, and how standings compare. Pure.

use std::{cmp::Ordering, collections::BTreeMap};

use super::model::{Entry, Split, Standing, View};
use crate::{
    competitions::model::{BoardRules, Column, Computation, Computed, Counts, Order, OverTasks},
    kernel::Timestamp,
};

/// Where a team stands, from all its entries. `None`: nothing counts.
pub fn stand(
    rules: &BoardRules,
    entries: &[Entry],
    freeze_at: Option<Timestamp>,
    split: Split,
    view: View,
) -> Option<Standing> {
    let counting: Vec<&Entry> = entries
        .iter()
        .filter(|e| view == View::Live || freeze_at.is_none_or(|freeze| e.accepted_at < freeze))
        .collect();
    let chosen = choose(rules, &counting, split)?;
    let entries = i32::try_from(counting.len()).unwrap_or(i32::MAX);
    Some(Standing {
        submission: chosen.submission,
        ranking_key: ranking_key(rules, chosen, split, entries),
        shown: shown(rules, chosen.values(split)),
        entries,
        last_at: chosen.accepted_at,
        versions: chosen.versions.clone(),
    })
}

/// The submission that counts. "Best" is chosen on the public score, so that nobody can choose on the private one;
/// where teams choose their final submissions, the private ranking takes the best of those on the private score.
fn choose<'a>(rules: &BoardRules, entries: &[&'a Entry], split: Split) -> Option<&'a Entry> {
    match (rules.counts, rules.final_picks) {
        (Counts::Last, _) => entries.iter().copied().max_by(|a, b| later(a, b)),
        (Counts::Best, Some(places)) if split == Split::Private => {
            finals(rules, entries, usize::from(places)).into_iter().max_by(|a, b| better(rules, a, b, split))
        }
        (Counts::Best, _) => entries.iter().copied().max_by(|a, b| better(rules, a, b, Split::Public)),
    }
}

/// What a team chose, and in places that are left its best by public score.
pub fn finals<'a>(rules: &BoardRules, entries: &[&'a Entry], places: usize) -> Vec<&'a Entry> {
    let mut finals = entries.to_vec();
    finals.sort_by(|a, b| b.picked.cmp(&a.picked).then_with(|| better(rules, b, a, Split::Public)));
    finals.truncate(places);
    finals
}

fn later(a: &Entry, b: &Entry) -> Ordering {
    (a.accepted_at, a.submission).cmp(&(b.accepted_at, b.submission))
}

/// Of equals the earlier one is better.
fn better(rules: &BoardRules, a: &Entry, b: &Entry, split: Split) -> Ordering {
    compare(&metrics_key(rules, a, split), &metrics_key(rules, b, split)).then_with(|| later(b, a))
}

fn metrics_key(rules: &BoardRules, entry: &Entry, split: Split) -> Vec<f64> {
    let breakers = rules.tie_breakers.iter().filter_map(|name| column(rules, name));
    let values = entry.values(split);
    rules.columns.iter().take(1).chain(breakers).map(|c| signed(c, values)).collect()
}

fn ranking_key(rules: &BoardRules, entry: &Entry, split: Split, entries: i32) -> Vec<f64> {
    let values = entry.values(split);
    let mut key: Vec<f64> = rules.columns.iter().take(1).map(|c| signed(c, values)).collect();
    for name in &rules.tie_breakers {
        key.push(match name.as_str() {
            "earliest" => -micros(entry.accepted_at),
            "fewest_entries" => -f64::from(entries),
            metric => column(rules, metric).map_or(0.0, |c| signed(c, values)),
        });
    }
    key
}

#[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 stay below 2^53 until the year 2255")]
fn micros(at: Timestamp) -> f64 {
    at.timestamp_micros() as f64
}

fn column<'a>(rules: &'a BoardRules, metric: &str) -> Option<&'a Column> {
    rules.columns.iter().find(|c| c.metric == metric)
}

/// The value as it is shown, turned so that larger is better.
fn signed(column: &Column, values: &BTreeMap<String, f64>) -> f64 {
    let Some(value) = values.get(&column.metric) else { return f64::MIN };
    let rounded = round(*value, column.precision);
    // Adding zero turns -0 into 0: PostgreSQL and Rust would otherwise order them differently.
    match column.order {
        Order::Desc => rounded + 0.0,
        Order::Asc => -rounded + 0.0,
    }
}

fn shown(rules: &BoardRules, values: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    rules
        .columns
        .iter()
        .filter_map(|c| values.get(&c.metric).map(|v| (c.metric.clone(), round(*v, c.precision))))
        .collect()
}

/// Rounds as people read it: what looks equal on the board is equal.
fn round(value: f64, precision: u8) -> f64 {
    format!("{value:.*}", usize::from(precision)).parse().expect("a formatted number reads back")
}

/// Orders ranking keys; the larger one is better.
pub fn compare(a: &[f64], b: &[f64]) -> Ordering {
    a.iter().zip(b).map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

/// The values of one submission: its tasks combined, and what the board computes of them.
pub fn combine(
    rules: &BoardRules,
    tasks: &[BTreeMap<String, f64>],
    expected: usize,
) -> Option<BTreeMap<String, f64>> {
    let mut values = over_tasks(rules.over_tasks, tasks, expected)?;
    for column in &rules.columns {
        if let Some(computed) = &column.computed
            && let Some(value) = compute(computed, &values)
        {
            values.insert(column.metric.clone(), value);
        }
    }
    Some(values)
}

/// `None` when no part of it is there, or it is too large to be a figure.
fn compute(computed: &Computed, values: &BTreeMap<String, f64>) -> Option<f64> {
    let parts: Vec<f64> = computed.of.iter().filter_map(|metric| values.get(metric)).copied().collect();
    #[expect(clippy::cast_precision_loss, reason = "a board has a handful of columns")]
    let value = match computed.how {
        Computation::Sum => parts.iter().sum(),
        Computation::Mean => parts.iter().sum::<f64>() / parts.len() as f64,
        Computation::Min => parts.iter().copied().fold(f64::INFINITY, f64::min),
        Computation::Max => parts.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    };
    Some(value).filter(|value| !parts.is_empty() && value.is_finite())
}

/// Combines the tasks of one submission, metric by metric; `None` unless every task is there. A metric that is
/// missing in one of them is left out.
fn over_tasks(
    how: OverTasks,
    tasks: &[BTreeMap<String, f64>],
    expected: usize,
) -> Option<BTreeMap<String, f64>> {
    if tasks.len() != expected || tasks.is_empty() {
        return None;
    }
    let mut combined = BTreeMap::new();
    for metric in tasks[0].keys() {
        let Some(of_tasks) = tasks.iter().map(|task| task.get(metric)).collect::<Option<Vec<_>>>() else {
            continue;
        };
        let sum: f64 = of_tasks.into_iter().sum();
        #[expect(clippy::cast_precision_loss, reason = "a phase has a handful of tasks")]
        let value = match how {
            OverTasks::Sum => sum,
            OverTasks::Mean => sum / tasks.len() as f64,
        };
        combined.insert(metric.clone(), value);
    }
    Some(combined)
}

#[cfg(test)]
mod tests {
    use judge_core::text::Text;
    use uuid::Uuid;

    use super::*;
    use crate::{competitions::model::PrivateBoard, kernel::ids::SubmissionId};

    fn rules(counts: Counts, order: Order, tie_breakers: &[&str]) -> BoardRules {
        let column = |metric: &str, order| Column {
            metric: metric.into(),
            title: Text::default(),
            order,
            precision: 2,
            hidden: false,
            computed: None,
        };
        BoardRules {
            columns: vec![column("main", order), column("side", Order::Desc)],
            counts,
            tie_breakers: tie_breakers.iter().map(|t| (*t).into()).collect(),
            private: PrivateBoard::default(),
            over_tasks: OverTasks::default(),
            final_picks: None,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(second, 0).unwrap()
    }

    fn entry(second: i64, public: f64, private: f64) -> Entry {
        let values = |v| BTreeMap::from([("main".to_owned(), v), ("side".to_owned(), 1.0)]);
        Entry {
            submission: SubmissionId(Uuid::from_u128(second.unsigned_abs().into())),
            accepted_at: at(second),
            public: values(public),
            private: values(private),
            versions: BTreeMap::from([("task".to_owned(), 1)]),
            picked: false,
        }
    }

    fn standing(rules: &BoardRules, entries: &[Entry], split: Split) -> Standing {
        stand(rules, entries, None, split, View::Live).unwrap()
    }

    #[test]
    fn best_is_chosen_on_the_public_score_and_ranked_on_the_private_one() {
        let entries = [entry(1, 0.9, 0.1), entry(2, 0.8, 0.7)];
        let rules = rules(Counts::Best, Order::Desc, &[]);
        assert_eq!(standing(&rules, &entries, Split::Private).ranking_key, [0.1]);
    }

    /// The private score that ranks a team which may choose two, with these picked.
    fn final_score(entries: &[Entry], picked: &[usize]) -> f64 {
        let rules = BoardRules { final_picks: Some(2), ..rules(Counts::Best, Order::Desc, &[]) };
        let mut entries = entries.to_vec();
        for n in picked {
            entries[*n].picked = true;
        }
        let public = standing(&rules, &entries, Split::Public).ranking_key[0];
        assert!((public - 0.9).abs() < 1e-9, "the public board knows no choice");
        standing(&rules, &entries, Split::Private).ranking_key[0]
    }

    #[test]
    fn of_the_chosen_submissions_the_best_on_the_private_score_ranks() {
        let entries = [entry(1, 0.9, 0.1), entry(2, 0.8, 0.3), entry(3, 0.7, 0.8), entry(4, 0.6, 0.5)];
        let is = |picked: &[usize], expected: f64| {
            let found = final_score(&entries, picked);
            assert!((found - expected).abs() < 1e-9, "{picked:?}: {found}");
        };
        is(&[2, 3], 0.8);
        is(&[0, 3], 0.5);
        is(&[], 0.3);
        is(&[3], 0.5);
        is(&[0], 0.3);
        is(&[1, 2, 3], 0.8);
    }

    #[test]
    fn the_last_one_counts_where_the_phase_says_so() {
        let entries = [entry(2, 0.1, 0.2), entry(1, 0.9, 0.9)];
        let rules = rules(Counts::Last, Order::Desc, &[]);
        assert_eq!(standing(&rules, &entries, Split::Public).ranking_key, [0.1]);
    }

    #[test]
    fn lower_is_better_where_the_column_ascends() {
        let entries = [entry(1, 5.0, 0.0), entry(2, 3.0, 0.0)];
        let rules = rules(Counts::Best, Order::Asc, &[]);
        let standing = standing(&rules, &entries, Split::Public);
        assert_eq!((standing.ranking_key, standing.shown["main"]), (vec![-3.0], 3.0));
    }

    #[test]
    fn of_equal_submissions_the_earlier_one_stands() {
        let entries = [entry(5, 0.5, 0.0), entry(3, 0.5, 0.0), entry(4, 0.5, 0.0)];
        let standing = standing(&rules(Counts::Best, Order::Desc, &[]), &entries, Split::Public);
        assert_eq!(standing.last_at, at(3));
    }

    #[test]
    fn what_looks_equal_on_the_board_is_a_tie() {
        let rules = rules(Counts::Best, Order::Desc, &[]);
        let key = |value| standing(&rules, &[entry(1, value, 0.0)], Split::Public).ranking_key;
        assert_eq!(key(0.871), key(0.874));
        assert_ne!(key(0.874), key(0.876));
        assert_eq!(key(-0.001), key(0.0), "minus zero is zero");
    }

    #[test]
    fn tie_breakers_extend_the_key_in_their_order() {
        let rules = rules(Counts::Best, Order::Desc, &["side", "earliest", "fewest_entries"]);
        let entries = [entry(7, 0.5, 0.0), entry(9, 0.4, 0.0)];
        let key = standing(&rules, &entries, Split::Public).ranking_key;
        assert_eq!(key, [0.5, 1.0, -7_000_000.0, -2.0]);
    }

    #[test]
    fn a_freeze_keeps_the_standing_of_its_moment() {
        let entries = [entry(1, 0.2, 0.0), entry(10, 0.9, 0.0)];
        let rules = rules(Counts::Best, Order::Desc, &[]);
        let frozen = stand(&rules, &entries, Some(at(10)), Split::Public, View::Frozen).unwrap();
        assert_eq!((frozen.ranking_key, frozen.entries), (vec![0.2], 1));
        let live = stand(&rules, &entries, Some(at(10)), Split::Public, View::Live).unwrap();
        assert_eq!((live.ranking_key, live.entries), (vec![0.9], 2));
    }

    #[test]
    fn a_team_that_came_after_the_freeze_is_not_on_the_frozen_board() {
        let rules = rules(Counts::Best, Order::Desc, &[]);
        assert_eq!(stand(&rules, &[entry(10, 0.9, 0.0)], Some(at(5)), Split::Public, View::Frozen), None);
    }

    #[test]
    fn several_tasks_combine_only_when_all_are_scored() {
        let task = |v: f64| BTreeMap::from([("main".to_owned(), v)]);
        let mean = over_tasks(OverTasks::Mean, &[task(1.0), task(2.0)], 2).unwrap();
        assert!((mean["main"] - 1.5).abs() < 1e-12);
        let sum = over_tasks(OverTasks::Sum, &[task(1.0), task(2.0)], 2).unwrap();
        assert!((sum["main"] - 3.0).abs() < 1e-12);
        assert_eq!(over_tasks(OverTasks::Mean, &[task(1.0)], 2), None);
        let other = BTreeMap::from([("main".to_owned(), 3.0), ("time".to_owned(), 9.0)]);
        for tasks in [[task(1.0), other.clone()], [other, task(1.0)]] {
            let mean = over_tasks(OverTasks::Mean, &tasks, 2).unwrap();
            assert_eq!(mean, BTreeMap::from([("main".to_owned(), 2.0)]), "what one task lacks is left out");
        }
    }

    #[test]
    fn a_computed_column_is_made_of_the_columns_that_have_a_value() {
        let with = |how, of: &[&str]| {
            let mut rules = rules(Counts::Best, Order::Desc, &[]);
            let of = of.iter().map(|m| (*m).to_owned()).collect();
            rules.columns[0] = Column {
                metric: "all".into(),
                computed: Some(Computed { how, of }),
                ..rules.columns[0].clone()
            };
            let values = BTreeMap::from([("a".to_owned(), 1.0), ("b".to_owned(), 4.0)]);
            combine(&rules, &[values], 1).unwrap().get("all").copied()
        };
        assert_eq!(with(Computation::Sum, &["a", "b"]), Some(5.0));
        assert_eq!(with(Computation::Mean, &["a", "b"]), Some(2.5));
        assert_eq!(with(Computation::Min, &["a", "b"]), Some(1.0));
        assert_eq!(with(Computation::Max, &["a", "b", "missing"]), Some(4.0));
        assert_eq!(with(Computation::Mean, &["missing"]), None);
        assert_eq!(with(Computation::Sum, &[]), None);
    }
}
