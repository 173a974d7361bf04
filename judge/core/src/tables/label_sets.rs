//! Cells that hold a set of labels, separated by spaces: `chó mèo`. An empty cell is the empty set.

use super::{
    fault_list::shown,
    labels::Labels,
    lists::{Lists, repeated_word, words},
};
use crate::faults::FaultKind;

/// The labels of a cell of truth; new ones get the next numbers.
pub(super) fn read_truth<'a>(
    field: &'a [u8],
    column: &str,
    labels: &mut Labels<'a>,
    of_rows: &mut Lists<u32>,
) -> Result<(), FaultKind> {
    check(field, column)?;
    let mut set: Vec<u32> = words(field).map(|word| labels.intern(word)).collect();
    set.sort_unstable();
    of_rows.push(set);
    Ok(())
}

/// The labels of a predicted cell, all of which the truth knows.
pub(super) fn read_prediction(
    field: &[u8],
    column: &str,
    labels: &Labels<'_>,
) -> Result<Vec<u32>, FaultKind> {
    let number = |word| {
        let (column, value) = (shown(column.as_bytes()), shown(word));
        labels.number_of(word).ok_or(FaultKind::UnknownLabel { column, value })
    };
    let mut set = words(field).map(number).collect::<Result<Vec<u32>, _>>()?;
    check(field, column)?;
    set.sort_unstable();
    Ok(set)
}

fn check(field: &[u8], column: &str) -> Result<(), FaultKind> {
    match repeated_word(field) {
        Some(word) => Err(FaultKind::RepeatedValue { column: shown(column.as_bytes()), value: shown(word) }),
        None => Ok(()),
    }
}
