//! From rows to scores.

use std::collections::BTreeMap;

use super::{Query, QueryType, Scored, Truth, pack::Answers, rows::Row};
use crate::protocol::{Item, RetrievalScorer, Scores, Split};

/// The ks of R@k.
pub const CUTOFFS: [usize; 5] = [1, 5, 20, 50, 100];
/// What a scored pack has: its score, and the means of R@k over its queries.
pub const METRICS: [&str; 6] = ["score", "r_at_1", "r_at_5", "r_at_20", "r_at_50", "r_at_100"];

/// One query's figures.
#[derive(Debug, Clone, PartialEq)]
struct QueryScore {
    score: f64,
    r_at: [f64; CUTOFFS.len()],
    rows: usize,
    /// Rank of the first row that earns anything.
    first_hit: Option<usize>,
}

pub(super) fn measure(spec: &RetrievalScorer, truth: &Truth, answers: &Answers) -> Scored {
    let measured: Vec<QueryScore> = truth
        .queries
        .iter()
        .zip(answers)
        .map(|(query, rows)| query_score(&r_scores(spec, query, rows)))
        .collect();
    let all: Vec<&QueryScore> = measured.iter().collect();
    let with_queries = || truth.queries.iter().zip(&measured);
    let public: Vec<&QueryScore> =
        with_queries().filter(|(query, _)| query.split == Split::Public).map(|(_, score)| score).collect();
    let item = |split: Split, (query, score): (&Query, &QueryScore)| Item {
        item: query.query.clone(),
        split,
        value: score.score,
        figures: score.figures(),
    };
    let public_items = with_queries().filter(|(query, _)| query.split == Split::Public);
    let items = public_items
        .map(|one| item(Split::Public, one))
        .chain(with_queries().map(|one| item(Split::Private, one)))
        .collect();
    Scored { scores: Scores { public: means(&public), private: means(&all) }, items }
}

/// The R-score of each row, best rank first.
pub(super) fn r_scores(spec: &RetrievalScorer, query: &Query, rows: &[Row]) -> Vec<f64> {
    let accepted: Vec<String> = query.answers.iter().map(|answer| spec.answers.normal(answer)).collect();
    rows.iter()
        .map(|row| {
            if row.video != query.video {
                return 0.0;
            }
            match query.kind {
                QueryType::Kis => f64::from(is_hit(query, row)),
                QueryType::Qa => {
                    let answer = row.answer.as_deref().map(|answer| spec.answers.normal(answer));
                    f64::from(is_hit(query, row) && answer.is_some_and(|answer| accepted.contains(&answer)))
                }
                QueryType::Trake => events_hit(query, row),
            }
        })
        .collect()
}

fn is_hit(query: &Query, row: &Row) -> bool {
    row.frames.iter().any(|frame| query.ranges.iter().any(|range| lies_in(*frame, *range)))
}

/// The fraction of events whose frame lies in the event's own range.
#[expect(clippy::cast_precision_loss, reason = "a query has at most 100 events")]
fn events_hit(query: &Query, row: &Row) -> f64 {
    let hits = row.frames.iter().zip(&query.ranges).filter(|(frame, range)| lies_in(**frame, **range));
    hits.count() as f64 / query.ranges.len() as f64
}

fn lies_in(frame: u64, (first, last): (u64, u64)) -> bool {
    (first..=last).contains(&frame)
}

/// R@k for each cut-off, and their mean.
fn query_score(r_scores: &[f64]) -> QueryScore {
    let best = |k: usize| r_scores.iter().take(k).copied().fold(0.0, f64::max);
    let r_at = CUTOFFS.map(best);
    QueryScore {
        score: mean(r_at.iter().copied()),
        r_at,
        rows: r_scores.len(),
        first_hit: r_scores.iter().position(|score| *score > 0.0).map(|place| place + 1),
    }
}

impl QueryScore {
    #[expect(clippy::cast_precision_loss, reason = "a query has at most 100 rows")]
    fn figures(&self) -> BTreeMap<String, f64> {
        let r_at = METRICS[1..].iter().zip(self.r_at).map(|(name, value)| ((*name).to_owned(), value));
        let mut figures: BTreeMap<String, f64> = r_at.collect();
        figures.insert("rows".to_owned(), self.rows as f64);
        figures.extend(self.first_hit.map(|rank| ("first_hit".to_owned(), rank as f64)));
        figures
    }
}

fn means(queries: &[&QueryScore]) -> BTreeMap<String, f64> {
    let r_at = |place: usize| mean(queries.iter().map(|query| query.r_at[place]));
    let figures = (0..CUTOFFS.len()).map(|place| (METRICS[place + 1].to_owned(), r_at(place)));
    let score = (METRICS[0].to_owned(), mean(queries.iter().map(|query| query.score)));
    figures.chain([score]).collect()
}

/// Of at least one value: a truth has queries, and one of them is public.
#[expect(clippy::cast_precision_loss, reason = "a pack has at most 1,000 queries")]
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_at_rank_one_and_four_fifths_at_rank_three_make_0_74() {
        let mut scores = vec![0.0; 100];
        (scores[0], scores[2]) = (0.5, 0.8);
        let measured = query_score(&scores);
        for (actual, expected) in measured.r_at.iter().zip([0.5, 0.8, 0.8, 0.8, 0.8]) {
            assert!((actual - expected).abs() < 1e-15, "{actual} is not {expected}");
        }
        assert!((measured.score - 0.74).abs() < 1e-15, "{}", measured.score);
        assert_eq!(measured.first_hit, Some(1));
    }

    #[test]
    fn a_hit_counts_from_its_cut_off_on() {
        let at = |rank: usize| {
            let mut scores = vec![0.0; 100];
            scores[rank - 1] = 1.0;
            query_score(&scores).score
        };
        for (rank, expected) in
            [(1, 1.0), (2, 0.8), (5, 0.8), (6, 0.6), (20, 0.6), (21, 0.4), (50, 0.4), (51, 0.2), (100, 0.2)]
        {
            assert!((at(rank) - expected).abs() < 1e-15, "rank {rank}: {}", at(rank));
        }
        assert_eq!(query_score(&[]).score.to_bits(), 0.0_f64.to_bits());
    }
}
