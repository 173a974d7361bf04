//! Metrics on ranked lists: how far up do the relevant items stand?
//!
//! A query has relevant items, each with a gain above 0, and an answer: different items, best first, ranks from 1.
//! An item without a gain is not relevant. Every metric is the plain mean over the queries; an empty answer counts
//! 0. All lie in 0..=1, and the larger the better. A query without a relevant item is refused: no answer to it could
//! be right (`trec_eval` counts it as 0).
//! Source of the formulas: `trec_eval` (`pytrec_eval`), the measures named with each.

use super::{
    error::{MetricError, Side, finite, length, real},
    exact_sum::ExactSum,
};

/// A relevant item in an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// From 1.
    pub rank: u32,
    pub gain: f64,
}

/// One query: what is relevant to it, and what of it was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranking<'a> {
    /// The gains of all relevant items, the highest first.
    pub ideal: &'a [f64],
    /// In growing rank.
    pub hits: &'a [Hit],
}

impl<'a> Ranking<'a> {
    /// The hits among the first k.
    fn within(&self, k: Option<u32>) -> &'a [Hit] {
        let count = self.hits.partition_point(|hit| k.is_none_or(|k| hit.rank <= k));
        &self.hits[..count]
    }

    fn check(&self, row: usize) -> Result<(), MetricError> {
        if self.ideal.is_empty() {
            return Err(MetricError::NothingRelevant { row });
        }
        if self.ideal.iter().any(|gain| !gain.is_finite()) {
            return Err(MetricError::NotFinite { side: Side::Truth, row });
        }
        if self.ideal.iter().any(|gain| *gain <= 0.0) {
            return Err(MetricError::OutOfDomain { side: Side::Truth, row, domain: "> 0" });
        }
        let ranks_grow = self.hits.first().is_none_or(|hit| hit.rank > 0)
            && self.hits.windows(2).all(|pair| pair[0].rank < pair[1].rank);
        if !ranks_grow || self.hits.len() > self.ideal.len() {
            return Err(MetricError::NotARanking { row });
        }
        Ok(())
    }
}

/// Normalized discounted cumulative gain: `DCG / DCG of the ideal answer`, with
/// `DCG = Σ over ranks r ≤ k of gainᵣ / log₂(r + 1)`. Without k every rank counts.
///
/// The gain is taken as it stands (`trec_eval` and scikit-learn do so); whoever wants `2^grade − 1` writes that as
/// the gain. The ideal answer holds all relevant items, the highest gain first.
/// Source: `trec_eval`'s `ndcg` and `ndcg_cut`; K. Järvelin and J. Kekäläinen, "Cumulated gain-based evaluation of IR
/// techniques", 2002.
pub fn ndcg(rankings: &[Ranking<'_>], k: Option<u32>) -> Result<f64, MetricError> {
    mean(rankings, |ranking| {
        let found = ExactSum::of(ranking.within(k).iter().map(|hit| discounted(hit.gain, hit.rank)));
        let ranked = (1..).zip(ranking.ideal).take_while(|(rank, _)| k.is_none_or(|k| *rank <= k));
        found / ExactSum::of(ranked.map(|(rank, gain)| discounted(*gain, rank)))
    })
}

/// Mean reciprocal rank: `1 / rank of the first relevant item`, 0 where none stands among the first k. Without k
/// every rank counts.
///
/// Source: `trec_eval`'s `recip_rank`; E. M. Voorhees, "The TREC-8 Question Answering Track Report", 1999.
pub fn mrr(rankings: &[Ranking<'_>], k: Option<u32>) -> Result<f64, MetricError> {
    mean(rankings, |ranking| ranking.within(k).first().map_or(0.0, |hit| real(hit.rank).recip()))
}

/// Share of the relevant items that stand among the first k. Source: `trec_eval`'s `recall`.
///
/// Where a query has more than k relevant items, 1 is out of reach.
pub fn recall_at_k(rankings: &[Ranking<'_>], k: u32) -> Result<f64, MetricError> {
    mean(rankings, |ranking| length(ranking.within(Some(k)).len()) / length(ranking.ideal.len()))
}

/// Mean average precision of the first k: `Σ over relevant ranks r ≤ k of precisionᵣ / R`, with R relevant items and
/// precisionᵣ the share of relevant items among the first r. Source: `trec_eval`'s `map_cut`.
///
/// Where a query has more than k relevant items, 1 is out of reach: see [`map_at_k_capped`].
pub fn map_at_k(rankings: &[Ranking<'_>], k: u32) -> Result<f64, MetricError> {
    mean(rankings, |ranking| precisions(ranking, k) / length(ranking.ideal.len()))
}

/// As [`map_at_k`], but divided by `min(R, k)`, so that a perfect answer of k items earns 1.
///
/// Source: the evaluation page of Kaggle's contests with "MAP@K", B. Hamner's `ml_metrics.mapk`.
pub fn map_at_k_capped(rankings: &[Ranking<'_>], k: u32) -> Result<f64, MetricError> {
    mean(rankings, |ranking| precisions(ranking, k) / length(ranking.ideal.len()).min(real(k)))
}

fn discounted(gain: f64, rank: u32) -> f64 {
    gain / (real(rank) + 1.0).log2()
}

/// The sum of the precisions at the relevant ranks among the first k.
fn precisions(ranking: &Ranking<'_>, k: u32) -> f64 {
    ExactSum::of((1_u32..).zip(ranking.within(Some(k))).map(|(found, hit)| real(found) / real(hit.rank)))
}

fn mean(rankings: &[Ranking<'_>], figure: impl Fn(&Ranking<'_>) -> f64) -> Result<f64, MetricError> {
    if rankings.is_empty() {
        return Err(MetricError::Empty);
    }
    for (row, ranking) in rankings.iter().enumerate() {
        ranking.check(row)?;
    }
    finite(ExactSum::of(rankings.iter().map(figure)) / length(rankings.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: Result<f64, MetricError>, expected: f64) {
        let actual = actual.unwrap();
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    /// Gains 3, 2 and 1; the answer has the items of gain 2 at rank 1 and of gain 3 at rank 4.
    const IDEAL: [f64; 3] = [3.0, 2.0, 1.0];
    const HITS: [Hit; 2] = [Hit { rank: 1, gain: 2.0 }, Hit { rank: 4, gain: 3.0 }];
    const ONE: Ranking<'static> = Ranking { ideal: &IDEAL, hits: &HITS };
    const NOTHING_FOUND: Ranking<'static> = Ranking { ideal: &IDEAL, hits: &[] };

    #[test]
    fn the_figures_of_one_query_are_known() {
        let ideal = 3.0 + 2.0 / 3.0_f64.log2() + 0.5;
        close(ndcg(&[ONE], None), (2.0 + 3.0 / 5.0_f64.log2()) / ideal);
        close(ndcg(&[ONE], Some(2)), 2.0 / (3.0 + 2.0 / 3.0_f64.log2()));
        close(mrr(&[ONE], None), 1.0);
        close(recall_at_k(&[ONE], 3), 1.0 / 3.0);
        close(recall_at_k(&[ONE], 4), 2.0 / 3.0);
        close(map_at_k(&[ONE], 4), (1.0 + 2.0 / 4.0) / 3.0);
        close(map_at_k_capped(&[ONE], 4), (1.0 + 2.0 / 4.0) / 3.0);
        close(map_at_k_capped(&[ONE], 1), 1.0);
        close(map_at_k(&[ONE], 1), 1.0 / 3.0);
    }

    #[test]
    fn a_query_without_an_answer_counts_zero_in_the_mean() {
        close(mrr(&[ONE, NOTHING_FOUND], None), 0.5);
        close(mrr(&[NOTHING_FOUND], Some(10)), 0.0);
        close(ndcg(&[ONE, NOTHING_FOUND], Some(1)), (2.0 / 3.0) / 2.0);
    }

    #[test]
    fn the_first_relevant_item_must_stand_among_the_first_k() {
        let late = Ranking { ideal: &IDEAL, hits: &[Hit { rank: 4, gain: 3.0 }] };
        close(mrr(&[late], Some(4)), 0.25);
        close(mrr(&[late], Some(3)), 0.0);
    }

    #[test]
    fn an_ideal_answer_earns_exactly_one() {
        let hits: Vec<Hit> = (1..).zip(IDEAL).map(|(rank, gain)| Hit { rank, gain }).collect();
        let perfect = Ranking { ideal: &IDEAL, hits: &hits };
        for figure in [ndcg(&[perfect], None), ndcg(&[perfect], Some(2)), map_at_k(&[perfect], 3)] {
            assert_eq!(figure, Ok(1.0));
        }
    }

    #[test]
    fn what_is_no_ranking_is_refused() {
        assert_eq!(ndcg(&[], None), Err(MetricError::Empty));
        let of = |ideal, hits| mrr(&[ONE, Ranking { ideal, hits }], None);
        assert_eq!(of(&[], &[]), Err(MetricError::NothingRelevant { row: 1 }));
        assert_eq!(
            of(&[1.0, 0.0], &[]),
            Err(MetricError::OutOfDomain { side: Side::Truth, row: 1, domain: "> 0" })
        );
        assert_eq!(of(&[f64::NAN], &[]), Err(MetricError::NotFinite { side: Side::Truth, row: 1 }));
        let hit = |rank| Hit { rank, gain: 1.0 };
        for hits in [&[hit(0)][..], &[hit(2), hit(2)], &[hit(1), hit(2), hit(3)]] {
            assert_eq!(of(&[1.0, 1.0], hits), Err(MetricError::NotARanking { row: 1 }));
        }
    }
}
