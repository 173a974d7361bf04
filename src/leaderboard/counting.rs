//! Which evaluation of a task counts. Pure.
//!
//! | rule | |
//! | --- | --- |
//! | 1 | what a rejudging made counts only once the rejudging is applied |
//! | 2 | of several applied rejudgings the one that was applied last counts |
//! | 3 | an evaluation that failed through a fault of the platform or the organizer replaces nothing |
//! | 4 | otherwise the judging that followed the hand-in counts |

use judge_core::verdict::Verdict;

use crate::kernel::Timestamp;

/// Where an evaluation comes from; later ones outweigh earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A rejudging that is not decided, or was dropped.
    Beside,
    /// The judging that followed the hand-in.
    HandIn,
    /// A rejudging that was applied at this moment.
    Applied(Timestamp),
}

impl Origin {
    /// From what an evaluation's row says.
    pub fn of(is_rejudged: bool, applied_at: Option<Timestamp>) -> Self {
        match (is_rejudged, applied_at) {
            (false, _) => Origin::HandIn,
            (true, None) => Origin::Beside,
            (true, Some(at)) => Origin::Applied(at),
        }
    }
}

/// What is known of an evaluation when it is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    pub origin: Origin,
    /// Number of the task's version.
    pub version: i32,
    /// `None`: not judged yet, or cancelled.
    pub verdict: Option<Verdict>,
}

impl Candidate {
    fn may_count(&self) -> bool {
        match self.origin {
            Origin::Beside => false,
            Origin::HandIn => true,
            Origin::Applied(_) => replaces(self.verdict),
        }
    }
}

/// Whether an evaluation with this verdict takes the place of an earlier one when its rejudging is applied.
pub fn replaces(verdict: Option<Verdict>) -> bool {
    verdict.is_some_and(|verdict| !verdict.is_refunded())
}

/// The one of a task's evaluations of a submission that counts.
pub fn counting<T>(evaluations: &[T], candidate: impl Fn(&T) -> Candidate) -> Option<&T> {
    let weight = |evaluation: &&T| {
        let Candidate { origin, version, .. } = candidate(evaluation);
        (origin, version)
    };
    evaluations.iter().filter(|evaluation| candidate(evaluation).may_count()).max_by_key(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(second, 0).unwrap()
    }

    fn candidate(origin: Origin, version: i32, verdict: Option<Verdict>) -> Candidate {
        Candidate { origin, version, verdict }
    }

    fn chosen(candidates: &[Candidate]) -> Option<&Candidate> {
        counting(candidates, |c| *c)
    }

    const SCORED: Option<Verdict> = Some(Verdict::Scored);

    #[test]
    fn what_a_rejudging_made_counts_only_once_it_is_applied() {
        let first = candidate(Origin::HandIn, 1, SCORED);
        let beside = candidate(Origin::of(true, None), 2, SCORED);
        assert_eq!(chosen(&[first, beside]), Some(&first));
        let applied = candidate(Origin::of(true, Some(at(5))), 2, SCORED);
        assert_eq!(chosen(&[applied, first]), Some(&applied));
        assert_eq!(chosen(&[beside]), None);
    }

    #[test]
    fn of_several_the_one_that_was_applied_last_counts_whatever_its_version() {
        let earlier = candidate(Origin::Applied(at(5)), 3, SCORED);
        let later = candidate(Origin::Applied(at(6)), 2, Some(Verdict::RuntimeError));
        assert_eq!(chosen(&[later, earlier]), Some(&later));
    }

    #[test]
    fn a_failure_that_is_not_the_teams_replaces_nothing() {
        let first = candidate(Origin::HandIn, 1, SCORED);
        for verdict in Verdict::ALL {
            let rejudged = candidate(Origin::Applied(at(5)), 2, Some(verdict));
            let expected = if verdict.is_refunded() { first } else { rejudged };
            assert_eq!(chosen(&[first, rejudged]), Some(&expected), "{verdict:?}");
        }
        let cancelled = candidate(Origin::Applied(at(5)), 2, None);
        assert_eq!(chosen(&[first, cancelled]), Some(&first));
    }
}
