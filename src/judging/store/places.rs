//! Where jobs stand in the queue, and how fast it moves.

use sqlx::PgConnection;

use crate::{
    judging::{model::Pace, rules::Ahead},
    kernel::ids::{EvaluationId, SubmissionId},
};

/// A job that waits.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    pub evaluation: EvaluationId,
    pub ahead: Ahead,
    /// Its phase's judging is paused.
    pub is_paused: bool,
}

/// The jobs of some evaluations that wait, each with what is claimed before it: one walk along the index that
/// claims use, past the jobs of paused phases as claims pass over them. Of a priority the lowest bit says scoring.
pub async fn waiting(conn: &mut PgConnection, evaluations: &[EvaluationId]) -> sqlx::Result<Vec<Waiting>> {
    let ids: Vec<uuid::Uuid> = evaluations.iter().map(|evaluation| evaluation.0).collect();
    let rows = sqlx::query!(
        r#"SELECT j.evaluation_id AS "evaluation: EvaluationId", a.predict AS "predict!", a.score AS "score!",
                  ((j.phase_id = ANY (paused.phases)) IS TRUE) AS "is_paused!"
           FROM jobs j
           CROSS JOIN (SELECT ARRAY(SELECT id FROM phases WHERE judging_paused_at IS NOT NULL) AS phases) paused
           CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE o.priority % 2 = 0) AS predict,
                      count(*) FILTER (WHERE o.priority % 2 = 1) AS score
               FROM jobs o
               WHERE o.state = 'ready' AND (o.phase_id = ANY (paused.phases)) IS NOT TRUE AND (o.priority > j.priority OR
                     (o.priority = j.priority AND (o.turn, o.queued_at, o.id) < (j.turn, j.queued_at, j.id)))
           ) a
           WHERE j.evaluation_id = ANY($1) AND j.state = 'ready'"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Waiting {
            evaluation: r.evaluation,
            ahead: Ahead { predict: r.predict, score: r.score },
            is_paused: r.is_paused,
        })
        .collect())
}

/// Evaluations of some submissions that have a job which waits, without those of rejudgings.
pub async fn waiting_of(
    conn: &mut PgConnection,
    submissions: &[SubmissionId],
) -> sqlx::Result<Vec<(EvaluationId, SubmissionId)>> {
    let ids: Vec<uuid::Uuid> = submissions.iter().map(|submission| submission.0).collect();
    let rows = sqlx::query!(
        r#"SELECT e.id AS "id: EvaluationId", e.submission_id AS "submission: SubmissionId" 
           FROM evaluations e JOIN jobs j ON j.evaluation_id = e.id
           WHERE e.submission_id = ANY($1) AND e.rejudging_id IS NULL AND j.state = 'ready'"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.submission)).collect())
}

/// From the workers that were heard of within a minute and the jobs that ended last.
pub async fn pace(conn: &mut PgConnection) -> sqlx::Result<Pace> {
    sqlx::query_as!(
        Pace,
        r#"SELECT (SELECT coalesce(sum(slots), 0) FROM workers
                   WHERE revoked_at IS NULL AND last_seen_at > clock_timestamp() - interval '1 minute') AS "slots!",
                  (avg(seconds) FILTER (WHERE step = 'predict'))::float8 AS predict_seconds,
                  (avg(seconds) FILTER (WHERE step = 'score'))::float8 AS score_seconds
           FROM (SELECT step, extract(epoch FROM finished_at - started_at) AS seconds
                 FROM jobs WHERE state = 'done' ORDER BY finished_at DESC LIMIT 200) recent"#
    )
    .fetch_one(conn)
    .await
}
