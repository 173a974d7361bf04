//! Taking evaluations out of the queue, and putting them back.

use sqlx::PgConnection;

use crate::{
    competitions::model::PhasePriority,
    judging::{
        model::Step,
        rules::{self, Level},
        store::queue,
    },
    kernel::ids::{EvaluationId, JobId, RejudgingId, SubmissionId, TeamId},
};

/// Whose evaluations an act is about.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
    Submission(SubmissionId),
    Team(TeamId),
    Rejudging(RejudgingId),
}

impl Scope {
    fn submission(self) -> Option<uuid::Uuid> {
        if let Scope::Submission(id) = self { Some(id.0) } else { None }
    }

    fn team(self) -> Option<uuid::Uuid> {
        if let Scope::Team(id) = self { Some(id.0) } else { None }
    }

    fn rejudging(self) -> Option<uuid::Uuid> {
        if let Scope::Rejudging(id) = self { Some(id.0) } else { None }
    }
}

/// An evaluation that was taken out of the queue.
#[derive(Debug, Clone, Copy)]
pub struct Cancelled {
    pub submission: SubmissionId,
    pub evaluation: EvaluationId,
    /// Some worker had claimed it.
    pub was_begun: bool,
    pub is_rejudged: bool,
}

/// Cancels every evaluation that waits or runs. A worker that holds one learns it with its next heartbeat, and its
/// report is refused.
pub async fn cancel(conn: &mut PgConnection, scope: Scope) -> sqlx::Result<Vec<Cancelled>> {
    let mut all = Vec::new();
    loop {
        let cancelled = cancel_once(conn, scope).await?;
        let end = cancelled.is_empty() && !is_any_left(conn, scope).await?;
        all.extend(cancelled);
        // A report that was waited for may have brought its scoring job.
        if end {
            return Ok(all);
        }
    }
}

async fn cancel_once(conn: &mut PgConnection, scope: Scope) -> sqlx::Result<Vec<Cancelled>> {
    sqlx::query_as!(
        Cancelled,
        r#"WITH doomed AS MATERIALIZED (
               SELECT j.id FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id
               WHERE j.state IN ('ready', 'leased') AND ($1::uuid IS NULL OR e.submission_id = $1)
                 AND ($2::uuid IS NULL OR j.team_id = $2) AND ($3::uuid IS NULL OR e.rejudging_id = $3)
               ORDER BY j.id FOR UPDATE OF j
           ), cancelled AS (
               UPDATE jobs SET state = 'cancelled', lease_until = NULL, finished_at = clock_timestamp()
               FROM doomed WHERE jobs.id = doomed.id RETURNING jobs.evaluation_id, jobs.fence, jobs.step
           )
           UPDATE evaluations e SET state = 'cancelled', finished_at = clock_timestamp()
           FROM cancelled c WHERE e.id = c.evaluation_id
           RETURNING e.submission_id AS "submission: SubmissionId", e.id AS "evaluation: EvaluationId",
                     (c.fence > 0 OR c.step = 'score' AND e.artifact_id IS NOT NULL) AS "was_begun!",
                     (e.rejudging_id IS NOT NULL) AS "is_rejudged!""#,
        scope.submission(),
        scope.team(),
        scope.rejudging()
    )
    .fetch_all(conn)
    .await
}

async fn is_any_left(conn: &mut PgConnection, scope: Scope) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT 1 FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id
               WHERE j.state IN ('ready', 'leased') AND ($1::uuid IS NULL OR e.submission_id = $1)
                 AND ($2::uuid IS NULL OR j.team_id = $2) AND ($3::uuid IS NULL OR e.rejudging_id = $3)
           ) AS "any!""#,
        scope.submission(),
        scope.team(),
        scope.rejudging()
    )
    .fetch_one(conn)
    .await
}

/// Puts cancelled evaluations back into the queue, except those of rejudgings and of submissions that ended or are
/// disqualified, themselves or with their team. Returns how many.
pub async fn requeue(conn: &mut PgConnection, scope: Scope) -> sqlx::Result<usize> {
    let rows = sqlx::query!(
        r#"SELECT j.id AS "job: JobId", j.team_id AS "team: TeamId", j.step, p.priority AS "priority: PhasePriority"
           FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id JOIN submissions s ON s.id = e.submission_id
           JOIN phases p ON p.id = s.phase_id JOIN teams t ON t.id = s.team_id
           WHERE j.state = 'cancelled' AND ($1::uuid IS NULL OR s.id = $1) AND ($2::uuid IS NULL OR s.team_id = $2)
             AND e.rejudging_id IS NULL AND s.ended IS NULL AND s.disqualified_at IS NULL
             AND t.disqualified_at IS NULL
           ORDER BY j.id FOR UPDATE OF j"#,
        scope.submission(),
        scope.team()
    )
    .fetch_all(&mut *conn)
    .await?;
    for row in &rows {
        let level = Level::from(row.priority);
        let step = if row.step == Step::Score.as_str() { Step::Score } else { Step::Predict };
        let (head, last) = queue::turns(conn, row.team, level).await?;
        sqlx::query!(
            "WITH back AS (
                 UPDATE jobs SET state = 'ready', priority = $2, turn = $3, queued_at = clock_timestamp(),
                        worker_id = NULL, boot = NULL, started_at = NULL, finished_at = NULL
                 WHERE id = $1 RETURNING evaluation_id, step
             )
             UPDATE evaluations e SET finished_at = NULL,
                    state = CASE WHEN back.step = 'score' AND e.artifact_id IS NOT NULL THEN 'scoring' ELSE 'queued' END
             FROM back WHERE e.id = back.evaluation_id",
            row.job.0,
            level.priority(step),
            rules::turn(head, last)
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(rows.len())
}

/// Gives the jobs of a submission that wait or run another level; a prediction's scoring inherits it. Returns how
/// many.
pub async fn set_level(
    conn: &mut PgConnection,
    submission: SubmissionId,
    level: Level,
    turn: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "UPDATE jobs SET priority = CASE step WHEN 'score' THEN $3::smallint ELSE $2::smallint END,
                turn = CASE state WHEN 'ready' THEN $4 ELSE turn END
         WHERE id IN (SELECT j.id FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id
                      WHERE e.submission_id = $1 AND j.state IN ('ready', 'leased') ORDER BY j.id FOR UPDATE OF j)",
        submission.0,
        level.priority(Step::Predict),
        level.priority(Step::Score),
        turn
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
