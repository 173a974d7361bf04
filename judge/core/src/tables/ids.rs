//! Finds the row of an id.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::{HashTable, hash_table::Entry};

/// The truth's ids and where each stands.
///
/// Ids are compared byte by byte. A hostile file cannot slow the look-up down: the hash is seeded at random in
/// each process.
#[derive(Debug)]
pub(super) struct IdIndex<'a> {
    ids: Vec<&'a [u8]>,
    lookup: Lookup,
}

#[derive(Debug)]
enum Lookup {
    /// All ids are whole numbers and lie close together: `rows[id - first]` is the row, or [`NO_ROW`].
    Dense {
        first: u64,
        rows: Vec<u32>,
    },
    Hashed {
        rows: HashTable<u32>,
        seed: RandomState,
    },
}

const NO_ROW: u32 = u32::MAX;

/// Two rows with the same id.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Duplicate {
    pub(super) row: usize,
    pub(super) first: usize,
}

impl<'a> IdIndex<'a> {
    /// Indexes fewer than 2³² ids; lists every row whose id an earlier row has.
    pub(super) fn build(ids: Vec<&'a [u8]>) -> (Self, Vec<Duplicate>) {
        let mut duplicates = Vec::new();
        let lookup = match range_of_numbers(&ids) {
            Some((first, width)) => dense(&ids, first, width, &mut duplicates),
            None => hashed(&ids, &mut duplicates),
        };
        (Self { ids, lookup }, duplicates)
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn id(&self, row: usize) -> &'a [u8] {
        self.ids[row]
    }

    pub(super) fn row_of(&self, id: &[u8]) -> Option<usize> {
        match &self.lookup {
            Lookup::Dense { first, rows } => {
                let slot = usize::try_from(whole_number(id)?.checked_sub(*first)?).ok()?;
                rows.get(slot).filter(|row| **row != NO_ROW).map(|row| *row as usize)
            }
            Lookup::Hashed { rows, seed } => {
                rows.find(seed.hash_one(id), |row| self.ids[*row as usize] == id).map(|row| *row as usize)
            }
        }
    }
}

fn dense(ids: &[&[u8]], first: u64, width: usize, duplicates: &mut Vec<Duplicate>) -> Lookup {
    let mut rows = vec![NO_ROW; width];
    for (row, id) in ids.iter().enumerate() {
        let number = whole_number(id).expect("range_of_numbers has read every id");
        let slot = usize::try_from(number - first).expect("the slots' number is a usize");
        if rows[slot] == NO_ROW {
            rows[slot] = row_number(row);
        } else {
            duplicates.push(Duplicate { row, first: rows[slot] as usize });
        }
    }
    Lookup::Dense { first, rows }
}

fn hashed(ids: &[&[u8]], duplicates: &mut Vec<Duplicate>) -> Lookup {
    let seed = RandomState::default();
    let mut rows = HashTable::with_capacity(ids.len());
    for (row, id) in ids.iter().enumerate() {
        let same = |other: &u32| ids[*other as usize] == *id;
        match rows.entry(seed.hash_one(id), same, |other| seed.hash_one(ids[*other as usize])) {
            Entry::Occupied(entry) => duplicates.push(Duplicate { row, first: *entry.get() as usize }),
            Entry::Vacant(entry) => {
                entry.insert(row_number(row));
            }
        }
    }
    Lookup::Hashed { rows, seed }
}

fn row_number(row: usize) -> u32 {
    u32::try_from(row).expect("files of 4 GiB and more are refused")
}

/// The smallest id and how many slots reach to the largest, if all ids are whole numbers and fill at least a
/// quarter of the slots.
fn range_of_numbers(ids: &[&[u8]]) -> Option<(u64, usize)> {
    let mut least = u64::MAX;
    let mut largest = 0;
    for id in ids {
        let number = whole_number(id)?;
        least = least.min(number);
        largest = largest.max(number);
    }
    let width = usize::try_from(largest.checked_sub(least)?).ok()?.checked_add(1)?;
    (width / 4 <= ids.len()).then_some((least, width))
}

/// The number that an id spells, if no other id spells the same: digits without sign or leading zero.
fn whole_number(id: &[u8]) -> Option<u64> {
    const MOST_DIGITS: usize = 18;
    if id.is_empty() || id.len() > MOST_DIGITS || (id[0] == b'0' && id.len() > 1) {
        return None;
    }
    id.iter().try_fold(0, |number: u64, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then(|| number * 10 + u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn build<'a>(ids: &[&'a str]) -> (IdIndex<'a>, Vec<Duplicate>) {
        IdIndex::build(ids.iter().map(|id| id.as_bytes()).collect())
    }

    #[test]
    fn ids_that_spell_one_number_differently_are_different() {
        let (index, duplicates) = build(&["1", "01", "1.0", "+1", "00", "0"]);
        assert_eq!(duplicates, []);
        assert_eq!(index.row_of(b"01"), Some(1));
        let (index, _) = build(&["1", "2"]);
        assert!(matches!(index.lookup, Lookup::Dense { .. }));
        for unknown in ["01", "", "0", "3", "18446744073709551617", "१", " 1", "1\0"] {
            assert_eq!(index.row_of(unknown.as_bytes()), None, "{unknown:?}");
        }
    }

    #[test]
    fn every_repetition_is_reported_with_its_first_row() {
        for ids in [["7", "8", "7", "7"], ["a", "b", "a", "a"]] {
            let (index, duplicates) = build(&ids);
            assert_eq!(duplicates, [Duplicate { row: 2, first: 0 }, Duplicate { row: 3, first: 0 }]);
            assert_eq!(index.row_of(ids[0].as_bytes()), Some(0));
        }
    }

    #[test]
    fn numbers_far_apart_take_no_memory() {
        let (index, _) = build(&["1", "999999999999999999"]);
        assert!(matches!(index.lookup, Lookup::Hashed { .. }));
        assert_eq!(index.row_of(b"999999999999999999"), Some(1));
    }

    proptest! {
        #[test]
        fn ids_are_found_as_in_a_map(
            ids in prop::collection::vec("[0-9]{1,2}|[a-c]{0,2}|1[0-9]", 1..20),
            probes in prop::collection::vec("[0-9]{1,2}|[a-c]{0,2}", 20),
            only_numbers: bool,
        ) {
            let ids: Vec<&str> = ids
                .iter()
                .map(String::as_str)
                .filter(|id| !only_numbers || whole_number(id.as_bytes()).is_some())
                .collect();
            let mut expected = HashMap::new();
            for (row, id) in ids.iter().enumerate() {
                expected.entry(*id).or_insert(row);
            }
            let (index, duplicates) = build(&ids);
            prop_assert_eq!(duplicates.len(), ids.len() - expected.len());
            for probe in probes.iter().map(String::as_str).chain(ids) {
                prop_assert_eq!(index.row_of(probe.as_bytes()), expected.get(probe).copied());
            }
        }
    }
}
