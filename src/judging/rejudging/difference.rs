//! What a rejudging changes. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Change, Counts, Difference, Outcome, SubmissionChange, TeamChange};
use crate::{
    kernel::ids::{SubmissionId, TeamId},
    leaderboard::{Placed, Standings, model::Split, replaces},
};

/// What becomes of a result. `is_pending`: the new one is not judged yet.
pub fn change(old: Option<&Outcome>, new: &Outcome, is_pending: bool) -> Change {
    if is_pending {
        return Change::Pending;
    }
    if !replaces(new.verdict) {
        return Change::Kept;
    }
    let Some(old) = old else { return Change::Verdict };
    if old.verdict != new.verdict {
        Change::Verdict
    } else if (&old.public, &old.private) == (&new.public, &new.private) {
        Change::Unchanged
    } else {
        Change::Scores
    }
}

/// Puts the difference together.
pub fn difference(
    changes: Vec<SubmissionChange>,
    before: &Standings,
    after: &Standings,
    charged: Vec<SubmissionId>,
) -> Difference {
    let count = |kind: Change| changes.iter().filter(|c| c.change == kind).count();
    let teams = team_changes(before, after);
    let counts = Counts {
        pending: count(Change::Pending),
        unchanged: count(Change::Unchanged),
        scores: count(Change::Scores),
        verdicts: count(Change::Verdict),
        kept: count(Change::Kept),
        teams: teams.iter().map(|t| t.team).collect::<BTreeSet<_>>().len(),
        charged: charged.len(),
    };
    let submissions = changes.into_iter().filter(|c| c.change != Change::Unchanged).collect();
    Difference { counts, submissions, teams, charged }
}

/// Teams whose rank or figures differ, by division, split and new rank; those that leave the board come last.
fn team_changes(before: &Standings, after: &Standings) -> Vec<TeamChange> {
    let mut changes = Vec::new();
    let keys: BTreeSet<(TeamId, Split)> = before.places.keys().chain(after.places.keys()).copied().collect();
    for (team, split) in keys {
        let place = |of: &BTreeMap<(TeamId, Split), Placed>| of.get(&(team, split)).cloned();
        let (old, new) = (place(&before.places), place(&after.places));
        if old == new {
            continue;
        }
        if let Some(member) = after.teams.get(&team).or_else(|| before.teams.get(&team)) {
            let (name, division) = (member.name.clone(), member.division.clone());
            changes.push(TeamChange { team, name, division, split, old, new });
        }
    }
    let rank = |change: &TeamChange| change.new.as_ref().map_or(i64::MAX, |placed| placed.rank);
    changes.sort_by(|a, b| {
        (&a.division, a.split, rank(a), &a.name).cmp(&(&b.division, b.split, rank(b), &b.name))
    });
    changes
}

#[cfg(test)]
mod tests {
    use judge_core::verdict::Verdict;

    use super::*;
    use crate::kernel::ids::EvaluationId;

    fn outcome(verdict: Option<Verdict>, value: f64) -> Outcome {
        let scores = BTreeMap::from([("accuracy".to_owned(), value)]);
        Outcome {
            evaluation: EvaluationId::new(),
            version: 1,
            verdict,
            public: scores.clone(),
            private: scores,
        }
    }

    #[test]
    fn verdict_and_scores_say_what_changed() {
        let scored = |value| outcome(Some(Verdict::Scored), value);
        let failed = outcome(Some(Verdict::RuntimeError), 0.0);
        let fault = outcome(Some(Verdict::ScorerFailed), 0.0);
        let old = scored(0.5);
        assert_eq!(change(Some(&old), &scored(0.5), false), Change::Unchanged);
        assert_eq!(change(Some(&old), &scored(0.6), false), Change::Scores);
        assert_eq!(change(Some(&old), &failed, false), Change::Verdict);
        assert_eq!(change(Some(&old), &fault, false), Change::Kept);
        assert_eq!(change(Some(&old), &outcome(None, 0.0), false), Change::Kept, "it was cancelled");
        assert_eq!(change(Some(&old), &outcome(None, 0.0), true), Change::Pending);
        assert_eq!(change(None, &scored(0.5), false), Change::Verdict, "a task that came later");
    }
}
