//! When a letter is tried again.

use std::time::Duration;

/// After so many tries a letter stays unsent; they take a day and a half.
pub const MOST_TRIES: i32 = 10;
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_hours(6);

/// How long to wait after a letter failed for the `tries`-th time; none where it is given up.
pub fn pause(tries: i32) -> Option<Duration> {
    if tries >= MOST_TRIES {
        return None;
    }
    let fours = u32::try_from(tries.max(1) - 1).expect("at least zero");
    Some(FIRST_PAUSE.saturating_mul(4_u32.saturating_pow(fours)).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_fourfold_to_six_hours_until_the_letter_is_given_up() {
        let seconds: Vec<_> = (1..=10).map(|tries| pause(tries).map(|pause| pause.as_secs())).collect();
        let some = |list: [u64; 9]| list.map(Some).to_vec();
        assert_eq!(seconds[..9], some([30, 120, 480, 1920, 7680, 21_600, 21_600, 21_600, 21_600]));
        assert_eq!(seconds[9], None);
        assert_eq!(pause(0), pause(1));
        assert_eq!(pause(i32::MAX), None);
    }
}
