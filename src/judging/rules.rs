//! How the queue orders jobs, how long one waits, and what an attempt costs. Pure.
//!
//! Start-time fair queuing with the team as the flow and every job as one unit (P. Goyal, H. Vin, H. Cheng,
//! "Start-time Fair Queueing", SIGCOMM 1996), for each level of priority on its own: a job's turn is the later of
//! the level's virtual time (the turn at its head) and the turn after the team's last waiting job of that level. A
//! team with a thousand jobs waiting and a team with one get their next job in the same round, and nobody waits
//! for ever behind others of the same level.

use judge_core::verdict::Verdict;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{Pace, Step};
use crate::competitions::model::PhasePriority;

/// What goes first. A level goes wholly before the ones below it; timed rounds will stand above all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Rejudging: when nothing fresh waits.
    Background,
    Low,
    Normal,
    High,
    /// One submission that an organizer raised.
    Urgent,
}

impl Level {
    const ALL: [Level; 5] = [Level::Background, Level::Low, Level::Normal, Level::High, Level::Urgent];

    /// A job's `priority`. Scoring goes before prediction of the same level: it finishes what was begun.
    pub fn priority(self, step: Step) -> i16 {
        2 * self as i16 + i16::from(step == Step::Score)
    }

    /// The level of a job with this `priority`.
    pub fn of(priority: i16) -> Self {
        let place = usize::try_from(priority / 2).unwrap_or(0);
        Self::ALL.get(place).copied().unwrap_or(Level::Urgent)
    }
}

impl From<PhasePriority> for Level {
    fn from(priority: PhasePriority) -> Self {
        match priority {
            PhasePriority::Low => Level::Low,
            PhasePriority::Normal => Level::Normal,
            PhasePriority::High => Level::High,
        }
    }
}

/// The turn of a new job.
///
/// `head`: turn of the level's first job that waits, of any team. `last`: highest turn of the team's jobs of the
/// level that wait or run.
pub fn turn(head: Option<i64>, last: Option<i64>) -> i64 {
    let virtual_time = head.unwrap_or(0);
    last.map_or(virtual_time, |last| virtual_time.max(last + 1))
}

/// Jobs that are claimed before another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ahead {
    pub predict: i64,
    pub score: i64,
}

/// Seconds until a job is claimed, at the pace of late: the work ahead of it, and the rest of a job that runs, over
/// all slots. Each prediction ahead brings its scoring along. `None` where no worker is there, or nothing is known
/// of how long such jobs take.
#[expect(clippy::cast_precision_loss, reason = "a queue holds fewer than 2^52 jobs")]
pub fn wait_seconds(ahead: Ahead, pace: &Pace) -> Option<f64> {
    if pace.slots <= 0 {
        return None;
    }
    let score = pace.score_seconds;
    let of_predictions = match ahead.predict {
        0 => 0.0,
        n => n as f64 * (pace.predict_seconds? + score.unwrap_or(0.0)),
    };
    let of_scorings = match ahead.score {
        0 => 0.0,
        n => n as f64 * score?,
    };
    let running = score.or(pace.predict_seconds)?;
    Some((of_predictions + of_scorings + running) / pace.slots as f64)
}

/// Whether an attempt counts, from the verdicts that count of its submission: none of them is a fault of the
/// platform or the organizer.
pub fn is_charged(verdicts: &[Verdict]) -> bool {
    !verdicts.iter().any(|verdict| verdict.is_refunded())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_job_of_a_team_comes_one_turn_later() {
        assert_eq!(turn(None, None), 0);
        assert_eq!(turn(Some(0), Some(0)), 1);
        assert_eq!(turn(Some(0), Some(999)), 1000);
    }

    #[test]
    fn a_newcomer_starts_in_the_round_that_is_served_now() {
        assert_eq!(turn(Some(412), None), 412);
    }

    #[test]
    fn a_team_that_was_idle_gets_no_credit_for_it() {
        assert_eq!(turn(Some(412), Some(3)), 412);
    }

    #[test]
    fn scoring_goes_before_prediction_of_its_level_and_after_every_higher_level() {
        for level in Level::ALL {
            let (predict, score) = (level.priority(Step::Predict), level.priority(Step::Score));
            assert!(predict < score);
            assert_eq!((Level::of(predict), Level::of(score)), (level, level));
        }
        for pair in Level::ALL.windows(2) {
            assert!(pair[0].priority(Step::Score) < pair[1].priority(Step::Predict));
        }
    }

    #[test]
    fn rejudging_waits_for_everything_fresh() {
        let lowest = Level::from(PhasePriority::Low).priority(Step::Predict);
        assert!(Level::Background.priority(Step::Score) < lowest);
    }

    fn pace(slots: i64, predict: Option<f64>, score: Option<f64>) -> Pace {
        Pace { slots, predict_seconds: predict, score_seconds: score }
    }

    #[test]
    fn the_wait_is_the_work_ahead_over_all_slots() {
        let two = pace(2, Some(9.0), Some(1.0));
        assert_eq!(wait_seconds(Ahead { predict: 4, score: 3 }, &two), Some(22.0));
        assert_eq!(wait_seconds(Ahead::default(), &two), Some(0.5), "a slot must become free");
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let ahead = Ahead { predict: 1, score: 0 };
        assert_eq!(wait_seconds(ahead, &pace(0, Some(1.0), Some(1.0))), None, "no worker");
        assert_eq!(wait_seconds(ahead, &pace(1, None, Some(1.0))), None, "no prediction was ever timed");
        assert_eq!(wait_seconds(Ahead::default(), &pace(1, None, None)), None);
    }

    #[test]
    fn an_attempt_counts_unless_something_failed_that_is_not_the_teams() {
        assert!(is_charged(&[Verdict::Scored, Verdict::RuntimeError]));
        assert!(!is_charged(&[Verdict::Scored, Verdict::ScorerFailed]));
    }
}
