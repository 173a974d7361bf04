//! Cells that hold a ranked list of items, best first, separated by spaces: `v3 v17 v5`.
//!
//! One cell for each query, as in Kaggle's MAP@k contests: the order of the cell is the ranking, so that no column of
//! ranks or scores can contradict itself, tie or have gaps, and the query is the id, once in each file. The truth
//! lists a query's relevant items in the same way; a further column may hold their gains, in the same order.

use super::{
    fault_list::shown,
    fields::{self, Domain},
    lists::{Lists, repeated_word, words},
};
use crate::{faults::FaultKind, metrics::Hit};

/// What is relevant to each query.
#[derive(Debug, Default)]
pub(super) struct Relevance<'a> {
    /// The items with a gain above 0, sorted by item.
    items: Lists<(&'a [u8], f64)>,
    /// The same gains, the highest first.
    ideal: Lists<f64>,
}

impl<'a> Relevance<'a> {
    /// Takes a row of truth: items, and their gains where the table has them (else each gains 1).
    pub(super) fn push(
        &mut self,
        items: &'a [u8],
        column: &str,
        gains: Option<(&[u8], &str)>,
    ) -> Result<(), FaultKind> {
        check_repeated(items, column)?;
        let mut relevant: Vec<(&[u8], f64)> = words(items).map(|item| (item, 1.0)).collect();
        if let Some((gains, column)) = gains {
            let found = words(gains).count();
            if found != relevant.len() {
                let (expected, found) = (relevant.len() as u64, found as u64);
                return Err(FaultKind::WrongValueCount { column: shown(column.as_bytes()), expected, found });
            }
            for ((_, gain), word) in relevant.iter_mut().zip(words(gains)) {
                *gain = fields::number(word, column, Domain::AtLeastZero)?;
            }
        }
        // A graded table may list what was judged and found irrelevant.
        relevant.retain(|(_, gain)| *gain > 0.0);
        if relevant.is_empty() {
            return Err(FaultKind::NothingRelevant { column: shown(column.as_bytes()) });
        }
        let mut ideal: Vec<f64> = relevant.iter().map(|(_, gain)| *gain).collect();
        ideal.sort_unstable_by(|a, b| b.total_cmp(a));
        relevant.sort_unstable_by_key(|(item, _)| *item);
        self.items.push(relevant);
        self.ideal.push(ideal);
        Ok(())
    }

    pub(super) fn ideal(&self, row: usize) -> &[f64] {
        self.ideal.of(row)
    }

    /// What of a row's relevant items a predicted cell holds, and at which ranks.
    pub(super) fn hits(&self, row: usize, field: &[u8], column: &str) -> Result<Vec<Hit>, FaultKind> {
        check_repeated(field, column)?;
        let relevant = self.items.of(row);
        let hit = |(rank, word): (u32, &[u8])| {
            let at = relevant.binary_search_by_key(&word, |(item, _)| *item).ok()?;
            Some(Hit { rank, gain: relevant[at].1 })
        };
        Ok((1..).zip(words(field)).filter_map(hit).collect())
    }
}

fn check_repeated(field: &[u8], column: &str) -> Result<(), FaultKind> {
    match repeated_word(field) {
        Some(word) => Err(FaultKind::RepeatedValue { column: shown(column.as_bytes()), value: shown(word) }),
        None => Ok(()),
    }
}
