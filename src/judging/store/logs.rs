//! What containers printed.

use sqlx::{PgConnection, postgres::types::PgInterval, types::Json};

use crate::{
    competitions::visibility::{LogVisibility, Visibility},
    kernel::ids::{EvaluationId, JobId, SubmissionId, WorkerId},
};

/// Stores a chunk once, if the worker holds the job under this fence. Returns the chunk's position, or `None`
/// where it was stored before or the fence is stale.
pub async fn append(
    conn: &mut PgConnection,
    worker: WorkerId,
    job: JobId,
    fence: i64,
    seq: i32,
    text: &str,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!(
        "INSERT INTO job_logs (job_id, fence, seq, text)
         SELECT id, $3, $4, $5 FROM jobs WHERE id = $1 AND worker_id = $2 AND fence = $3 AND state = 'leased'
         ON CONFLICT (job_id, fence, seq) DO NOTHING
         RETURNING id",
        job.0,
        worker.0,
        fence,
        seq,
        text
    )
    .fetch_optional(conn)
    .await
}

/// A chunk of a log.
#[derive(Debug)]
pub struct LogRow {
    pub id: i64,
    pub step: String,
    pub text: String,
}

/// Chunks after a position, of each job's latest claim; scorers' logs only where the reader may see them.
pub async fn read(
    conn: &mut PgConnection,
    evaluation: EvaluationId,
    after: i64,
    with_scorer: bool,
    limit: i64,
) -> sqlx::Result<Vec<LogRow>> {
    sqlx::query_as!(
        LogRow,
        "SELECT l.id, j.step, l.text FROM job_logs l JOIN jobs j ON j.id = l.job_id AND l.fence = j.fence
         WHERE j.evaluation_id = $1 AND l.id > $2 AND ($3 OR j.step = 'predict')
         ORDER BY l.id LIMIT $4",
        evaluation.0,
        after,
        with_scorer,
        limit
    )
    .fetch_all(conn)
    .await
}

/// The submission and step of a job, to tell readers of its log, and which readers there are; `None` for a job of a
/// rejudging.
pub async fn place_of(
    conn: &mut PgConnection,
    job: JobId,
) -> sqlx::Result<Option<(SubmissionId, EvaluationId, String, LogVisibility)>> {
    let row = sqlx::query!(
        r#"SELECT e.submission_id AS "submission: SubmissionId", e.id AS "evaluation: EvaluationId", j.step,
                  p.visibility AS "visibility: Json<Visibility>"
           FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id JOIN submissions s ON s.id = e.submission_id
           JOIN phases p ON p.id = s.phase_id
           WHERE j.id = $1 AND e.rejudging_id IS NULL"#,
        job.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.submission, r.evaluation, r.step, r.visibility.0.logs)))
}

/// Forgets logs of jobs that ended longer ago; returns how many pieces.
pub async fn forget_older(conn: &mut PgConnection, age: PgInterval) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM job_logs WHERE job_id IN (SELECT id FROM jobs WHERE finished_at < clock_timestamp() - $1::interval)",
        age
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Lets go of what prediction steps left, where the evaluation ended longer ago; the bytes go with the next
/// storage check.
pub async fn release_artifacts(conn: &mut PgConnection, age: PgInterval) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "UPDATE evaluations SET artifact_id = NULL
         WHERE artifact_id IS NOT NULL AND state = 'done' AND finished_at < clock_timestamp() - $1::interval",
        age
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
