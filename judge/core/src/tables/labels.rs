//! Labels as class numbers.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::{HashTable, hash_table::Entry};

/// The task's labels, numbered from 0 in the order of their first appearance in the truth.
#[derive(Debug, Default)]
pub(super) struct Labels<'a> {
    names: Vec<&'a [u8]>,
    numbers: HashTable<u32>,
    seed: RandomState,
}

impl<'a> Labels<'a> {
    /// The label's number; a new label gets the next one.
    pub(super) fn intern(&mut self, name: &'a [u8]) -> u32 {
        let (names, seed) = (&mut self.names, &self.seed);
        let same = |number: &u32| names[*number as usize] == name;
        match self.numbers.entry(seed.hash_one(name), same, |number| seed.hash_one(names[*number as usize])) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let number = u32::try_from(names.len()).expect("files of 4 GiB and more are refused");
                entry.insert(number);
                names.push(name);
                number
            }
        }
    }

    pub(super) fn number_of(&self, name: &[u8]) -> Option<u32> {
        self.numbers.find(self.seed.hash_one(name), |number| self.names[*number as usize] == name).copied()
    }

    pub(super) fn names(&self) -> &[&'a [u8]] {
        &self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_numbered_in_order_of_appearance_and_compared_exactly() {
        let mut labels = Labels::default();
        let numbers: Vec<u32> =
            ["mèo", "chó", "mèo", "Mèo"].map(|name| labels.intern(name.as_bytes())).into();
        assert_eq!(numbers, [0, 1, 0, 2]);
        assert_eq!(labels.number_of("chó".as_bytes()), Some(1));
        assert_eq!(labels.number_of("chó ".as_bytes()), None);
        assert_eq!(labels.names().len(), 3);
    }
}
