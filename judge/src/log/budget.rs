//! Which part of a flood is kept: the first half of the limit and the last half of it.

use std::collections::VecDeque;

/// Splits text into what is sent at once and what waits for the end.
#[derive(Debug)]
pub struct Budget {
    head_left: usize,
    tail_limit: usize,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Budget {
    pub fn new(limit_bytes: u64) -> Self {
        let limit = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        Self { head_left: limit / 2, tail_limit: limit - limit / 2, tail: VecDeque::new(), dropped: 0 }
    }

    /// The part of `text` to send now; the rest is kept as long as newer text leaves it room.
    pub fn take<'t>(&mut self, text: &'t str) -> &'t str {
        let (now, later) = text.split_at(floor_boundary(text, self.head_left));
        self.head_left -= now.len();
        if !later.is_empty() {
            // Text that follows is no longer the beginning, even where a character's width was left over.
            self.head_left = 0;
            self.keep(later.as_bytes());
        }
        now
    }

    fn keep(&mut self, bytes: &[u8]) {
        let fitting = &bytes[bytes.len().saturating_sub(self.tail_limit)..];
        let overflow = (self.tail.len() + fitting.len()).saturating_sub(self.tail_limit);
        self.tail.drain(..overflow);
        self.tail.extend(fitting);
        self.dropped += (overflow + bytes.len() - fitting.len()) as u64;
    }

    /// The end of what was printed, after a line that says how much is missing.
    pub fn finish(&mut self) -> String {
        let mut tail: Vec<u8> = std::mem::take(&mut self.tail).into();
        if self.dropped == 0 {
            return String::from_utf8_lossy(&tail).into_owned();
        }
        let partial = tail.iter().take_while(|byte| **byte & 0xC0 == 0x80).count();
        tail.drain(..partial);
        let dropped = self.dropped + partial as u64;
        format!("\n… {dropped} bytes …\n{}", String::from_utf8_lossy(&tail))
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    if at >= text.len() {
        text.len()
    } else {
        (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_the_limit_everything_is_kept() {
        let mut budget = Budget::new(100);
        let mut all = budget.take(&"a".repeat(60)).to_owned();
        all += budget.take(&"b".repeat(40));
        all += &budget.finish();
        assert_eq!(all, "a".repeat(60) + &"b".repeat(40));
    }

    #[test]
    fn a_flood_keeps_its_two_ends_and_says_what_is_missing() {
        let mut budget = Budget::new(10);
        let mut all = String::new();
        for letter in 'a'..='z' {
            all += budget.take(&letter.to_string());
        }
        all += &budget.finish();
        assert_eq!(all, "abcde\n… 16 bytes …\nvwxyz");
    }

    #[test]
    fn one_huge_piece_is_cut_like_many_small_ones() {
        let mut budget = Budget::new(10);
        let mut all = budget.take("abcdefghijklmnopqrstuvwxyz").to_owned();
        all += &budget.finish();
        assert_eq!(all, "abcde\n… 16 bytes …\nvwxyz");
    }

    #[test]
    fn characters_are_never_cut() {
        let mut budget = Budget::new(7);
        let text = "ườ".repeat(20);
        let mut all = budget.take(&text).to_owned();
        all += &budget.finish();
        assert!(!all.contains(char::REPLACEMENT_CHARACTER), "{all}");
    }
}
