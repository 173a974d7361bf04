//! Reads what a difference is made of.

use std::collections::{BTreeMap, HashMap};

use judge_core::verdict::Verdict;
use sqlx::PgConnection;

use super::{
    difference::{change, difference},
    model::{Choice, Difference, Judged, Outcome, SubmissionChange},
};
use crate::{
    competitions::model::PhaseContext,
    judging::{
        Judging, rules,
        store::{
            rejudgings,
            rejudgings::{ComparedRow, Values},
        },
    },
    kernel::{
        Timestamp,
        ids::{EvaluationId, RejudgingId, SubmissionId},
    },
    leaderboard::{Origin, counting, standings},
};

impl Judging {
    /// What a rejudging changes, as things are now; writes nothing.
    pub(super) async fn compare(
        &self,
        conn: &mut PgConnection,
        phase: &PhaseContext,
        id: RejudgingId,
    ) -> sqlx::Result<Difference> {
        let made = rejudgings::compared(conn, id, false).await?;
        let replaced = rejudgings::compared(conn, id, true).await?;
        let evaluations: Vec<EvaluationId> = made.iter().chain(&replaced).map(|row| row.evaluation).collect();
        let mut scores = rejudgings::scores(conn, &evaluations).await?;
        let mut old: HashMap<EvaluationId, Outcome> =
            replaced.iter().map(|row| (row.evaluation, outcome(row, &mut scores))).collect();
        let mut changes = Vec::with_capacity(made.len());
        for row in made {
            let new = outcome(&row, &mut scores);
            let old = row.replaces.and_then(|replaces| old.remove(&replaces));
            let is_pending = !["done", "cancelled"].contains(&row.state.as_str());
            changes.push(SubmissionChange {
                change: change(old.as_ref(), &new, is_pending),
                submission: row.submission,
                team: row.team,
                team_name: row.team_name,
                task: row.task,
                old,
                new,
            });
        }
        let before = standings(conn, phase, None).await?;
        let after = standings(conn, phase, Some(id)).await?;
        let charged = charged(conn, phase, id).await?;
        Ok(difference(changes, &before, &after, charged))
    }
}

fn outcome(row: &ComparedRow, scores: &mut BTreeMap<EvaluationId, (Values, Values)>) -> Outcome {
    let (public, private) = scores.remove(&row.evaluation).unwrap_or_default();
    Outcome { evaluation: row.evaluation, version: row.version, verdict: row.verdict, public, private }
}

/// Submissions whose attempt a fault gave back that is no more once the rejudging is applied.
async fn charged(
    conn: &mut PgConnection,
    phase: &PhaseContext,
    id: RejudgingId,
) -> sqlx::Result<Vec<SubmissionId>> {
    let submissions = rejudgings::given_back_for_faults(conn, id).await?;
    if submissions.is_empty() {
        return Ok(submissions);
    }
    let choice = Choice { submissions: Some(submissions.clone()), ..Choice::default() };
    let mut judged = rejudgings::judged(conn, phase.phase.id, &choice).await?;
    for judged in judged.iter_mut().filter(|j| j.rejudging == Some(id)) {
        judged.origin = Origin::Applied(Timestamp::MAX_UTC);
    }
    let is_charged = |of: &[Judged]| {
        let tasks = of.chunk_by(|a, b| a.task == b.task);
        let verdicts: Vec<Verdict> =
            tasks.filter_map(|task| counting(task, Judged::candidate)?.verdict).collect();
        rules::is_charged(&verdicts)
    };
    let by_submission = judged.chunk_by(|a, b| a.submission == b.submission);
    let again: Vec<SubmissionId> =
        by_submission.filter(|of| is_charged(of)).map(|of| of[0].submission).collect();
    // In the order in which attempts are locked.
    Ok(submissions.into_iter().filter(|id| again.contains(id)).collect())
}
