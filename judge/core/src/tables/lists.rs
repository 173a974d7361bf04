//! Lists of different lengths, one for each row.

use foldhash::quality::RandomState;
use hashbrown::HashSet;

/// The rows' lists, all in one block of memory.
#[derive(Debug)]
pub(super) struct Lists<T> {
    spans: Vec<(u32, u32)>,
    items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { spans: Vec::new(), items: Vec::new() }
    }
}

impl<T> Lists<T> {
    /// So many rows of nothing.
    pub(super) fn of_rows(rows: usize) -> Self {
        Self { spans: vec![(0, 0); rows], items: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, list: impl IntoIterator<Item = T>) {
        let span = self.append(list);
        self.spans.push(span);
    }

    /// Gives a row its list, once.
    pub(super) fn set(&mut self, row: usize, list: impl IntoIterator<Item = T>) {
        self.spans[row] = self.append(list);
    }

    fn append(&mut self, list: impl IntoIterator<Item = T>) -> (u32, u32) {
        let position = |at| u32::try_from(at).expect("files of 4 GiB and more are refused");
        let start = position(self.items.len());
        self.items.extend(list);
        (start, position(self.items.len()))
    }

    pub(super) fn of(&self, row: usize) -> &[T] {
        let (start, end) = self.spans[row];
        &self.items[start as usize..end as usize]
    }
}

/// The words of a field: what stands between spaces.
pub(super) fn words(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    field.split(|byte| *byte == b' ').filter(|word| !word.is_empty())
}

/// The first word that stands in the field a second time.
pub(super) fn repeated_word(field: &[u8]) -> Option<&[u8]> {
    /// Up to here comparing is quicker than hashing.
    const FEW: usize = 8;
    if words(field).nth(FEW).is_none() {
        return words(field)
            .enumerate()
            .find(|(at, word)| words(field).take(*at).any(|other| other == *word))
            .map(|(_, word)| word);
    }
    let mut seen = HashSet::with_hasher(RandomState::default());
    words(field).find(|word| !seen.insert(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_own_list_in_whatever_order_they_come() {
        let mut lists = Lists::of_rows(3);
        lists.set(2, [1, 2]);
        lists.set(0, [3]);
        assert_eq!([lists.of(0), lists.of(1), lists.of(2)], [&[3][..], &[], &[1, 2]]);
        lists.push([4, 5]);
        assert_eq!(lists.of(3), [4, 5]);
    }

    #[test]
    fn a_repeated_word_is_found_among_few_and_among_many() {
        let repeated = |field: &str| {
            repeated_word(field.as_bytes()).map(|word| String::from_utf8_lossy(word).into_owned())
        };
        assert_eq!(repeated(""), None);
        assert_eq!(repeated(" a  b A "), None);
        assert_eq!(repeated("a b c b a").as_deref(), Some("b"));
        let many: Vec<String> = (0..1000).map(|i| i.to_string()).collect();
        assert_eq!(repeated(&many.join(" ")), None);
        assert_eq!(repeated(&format!("{} 7", many.join(" "))).as_deref(), Some("7"));
    }
}
