//! Error rates of texts: transcripts of speech, text read from pictures.
//!
//! A rate is of the whole corpus: `Σ edits / Σ length of the truth`, edits being the fewest insertions, deletions
//! and substitutions that turn the predicted text into the true one (Levenshtein). From 0 (perfect) up; more
//! insertions than there is text take it above 1. Nothing is normalized: upper and lower case, punctuation and the
//! forms of Unicode count as they stand.
//! Source: V. I. Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals", 1966;
//! `jiwer.wer` and `jiwer.cer`.

use foldhash::quality::RandomState;
use hashbrown::HashMap;
use rapidfuzz::distance::levenshtein;

use super::error::{MetricError, real};

/// What turns one predicted text into the true one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edits {
    edits: u64,
    /// Words or characters of the truth.
    length: u64,
}

/// Compares word by word. A word is what stands between white space.
pub fn word_edits(truth: &str, predicted: &str) -> Edits {
    let mut numbers = HashMap::with_hasher(RandomState::default());
    let mut numbered = |text| words(text, &mut numbers);
    let (truth, predicted) = (numbered(truth), numbered(predicted));
    Edits {
        edits: levenshtein::distance(truth.iter().copied(), predicted.iter().copied()) as u64,
        length: truth.len() as u64,
    }
}

/// Compares character by character (Unicode scalar values); white space at either end does not count.
pub fn character_edits(truth: &str, predicted: &str) -> Edits {
    let (truth, predicted) = (truth.trim(), predicted.trim());
    Edits {
        edits: levenshtein::distance(truth.chars(), predicted.chars()) as u64,
        length: truth.chars().count() as u64,
    }
}

/// Word error rate or character error rate, by what was compared.
///
/// Not defined where the truth is empty from the first to the last row; a single empty row is no matter.
pub fn error_rate(rows: &[Edits]) -> Result<f64, MetricError> {
    if rows.is_empty() {
        return Err(MetricError::Empty);
    }
    let (edits, length) = rows.iter().fold((0_u128, 0_u128), |(edits, length), row| {
        (edits + u128::from(row.edits), length + u128::from(row.length))
    });
    if length == 0 { Err(MetricError::NoText) } else { Ok(real(edits) / real(length)) }
}

/// The words of a text, equal ones with equal numbers.
fn words<'a>(text: &'a str, numbers: &mut HashMap<&'a str, u32, RandomState>) -> Vec<u32> {
    let number = |word| {
        let next = u32::try_from(numbers.len()).expect("files of 4 GiB and more are refused");
        *numbers.entry(word).or_insert(next)
    };
    text.split_whitespace().map(number).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edits(edits: u64, length: u64) -> Edits {
        Edits { edits, length }
    }

    #[test]
    fn the_edits_of_known_texts_are_known() {
        assert_eq!(word_edits("xin chào thành phố", "xin chao phố"), edits(2, 4));
        assert_eq!(character_edits("kitten", "sitting"), edits(3, 6));
        assert_eq!(character_edits("phố", "pho"), edits(1, 3));
    }

    #[test]
    fn white_space_separates_words_and_its_amount_does_not_count() {
        assert_eq!(word_edits(" a  b\tc\n", "a b c"), edits(0, 3));
        assert_eq!(character_edits(" a b ", "a b"), edits(0, 3));
        assert_eq!(character_edits("a  b", "a b"), edits(1, 4));
    }

    #[test]
    fn nothing_is_normalized() {
        assert_eq!(word_edits("Hà Nội.", "hà nội"), edits(2, 2));
        assert_eq!(character_edits("\u{1ed1}", "o\u{302}\u{301}"), edits(3, 1));
    }

    #[test]
    fn the_rate_is_of_the_whole_corpus() {
        let rows = [word_edits("a b c d", "a b c"), word_edits("", "x y"), word_edits("a", "")];
        assert_eq!(error_rate(&rows), Ok(4.0 / 5.0));
        assert_eq!(error_rate(&[word_edits("a", "b c d")]), Ok(3.0));
    }

    #[test]
    fn a_truth_without_text_has_no_rate() {
        assert_eq!(error_rate(&[]), Err(MetricError::Empty));
        assert_eq!(error_rate(&[word_edits(" ", "a")]), Err(MetricError::NoText));
    }

    /// The textbook's table, one row at a time.
    fn distance(a: &[char], b: &[char]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, y) in b.iter().enumerate() {
                let substituted = diagonal + usize::from(x != y);
                diagonal = row[j + 1];
                row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn characters_and_words_are_edited_as_in_the_textbook(
            truth in prop::collection::vec(prop::sample::select(vec!['a', 'b', 'ư', '\u{301}']), 0..200),
            predicted in prop::collection::vec(prop::sample::select(vec!['a', 'b', 'ư', '\u{301}']), 0..200),
        ) {
            let expected = edits(distance(&truth, &predicted) as u64, truth.len() as u64);
            let joined = |text: &[char], by| text.iter().map(char::to_string).collect::<Vec<_>>().join(by);
            prop_assert_eq!(character_edits(&joined(&truth, ""), &joined(&predicted, "")), expected);
            prop_assert_eq!(word_edits(&joined(&truth, " "), &joined(&predicted, " ")), expected);
        }
    }
}
