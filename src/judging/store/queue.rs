//! The queue: rows of the table `jobs`.
//!
//! Whoever locks several jobs locks them in the order of their ids, and jobs before evaluations, submissions and
//! attempts, so that nobody waits in a circle.

use std::time::Duration;

use sqlx::{PgConnection, postgres::types::PgInterval, types::Json};
use uuid::Uuid;

use crate::{
    competitions::model::Judging as JudgingRules,
    judging::{
        model::{Claimed, Held, Step},
        rules::Level,
    },
    kernel::ids::{
        BlobId, CompetitionId, EvaluationId, JobId, PhaseId, RejudgingId, SubmissionId, TaskVersionId,
        TeamId, WorkerId,
    },
};

pub fn interval(duration: Duration) -> PgInterval {
    PgInterval::try_from(duration).expect("settings are whole seconds, far below PostgreSQL's range")
}

fn step(text: &str) -> Step {
    if text == "score" { Step::Score } else { Step::Predict }
}

/// Turns of a level's head, paused phases aside, and of the team's last job of it, for `rules::turn`.
pub async fn turns(
    conn: &mut PgConnection,
    team: TeamId,
    level: Level,
) -> sqlx::Result<(Option<i64>, Option<i64>)> {
    let (predict, score) = (level.priority(Step::Predict), level.priority(Step::Score));
    let row = sqlx::query!(
        "WITH paused AS (SELECT ARRAY(SELECT id FROM phases WHERE judging_paused_at IS NOT NULL) AS phases)
         SELECT coalesce(
                    (SELECT turn FROM jobs WHERE state = 'ready' AND priority = $3
                     AND (phase_id = ANY ((SELECT phases FROM paused)::uuid[])) IS NOT TRUE ORDER BY turn LIMIT 1),
                    (SELECT turn FROM jobs WHERE state = 'ready' AND priority = $2
                     AND (phase_id = ANY ((SELECT phases FROM paused)::uuid[])) IS NOT TRUE ORDER BY turn LIMIT 1)) AS head,
                (SELECT max(turn) FROM jobs WHERE team_id = $1 AND state IN ('ready', 'leased')
                                              AND priority BETWEEN $2 AND $3) AS last",
        team.0,
        predict,
        score
    )
    .fetch_one(conn)
    .await?;
    Ok((row.head, row.last))
}

pub async fn insert(
    conn: &mut PgConnection,
    evaluation: EvaluationId,
    team: TeamId,
    step: Step,
    level: Level,
    turn: i64,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO jobs (id, evaluation_id, step, team_id, state, priority, turn, phase_id)
         SELECT $1, e.id, $3, $4, 'ready', $5, $6, s.phase_id
         FROM evaluations e JOIN submissions s ON s.id = e.submission_id WHERE e.id = $2",
        JobId::new().0,
        evaluation.0,
        step.as_str(),
        team.0,
        level.priority(step),
        turn
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the next job: highest priority, then turn, then age. Jobs that others are claiming are passed over, and
/// those of paused phases.
pub async fn claim(
    conn: &mut PgConnection,
    worker: WorkerId,
    boot: Uuid,
    lease: Duration,
) -> sqlx::Result<Option<Claimed>> {
    let row = sqlx::query!(
        r#"WITH next AS (
               SELECT id FROM jobs
               WHERE state = 'ready'
                 AND (phase_id = ANY (ARRAY(SELECT id FROM phases WHERE judging_paused_at IS NOT NULL))) IS NOT TRUE
               ORDER BY priority DESC, turn, queued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
           ), claimed AS (
               UPDATE jobs SET state = 'leased', fence = fence + 1, worker_id = $1, boot = $2,
                      lease_until = clock_timestamp() + $3, started_at = clock_timestamp()
               FROM next WHERE jobs.id = next.id
               RETURNING jobs.id, jobs.fence, jobs.evaluation_id, jobs.step, jobs.team_id
           ), running AS (
               UPDATE evaluations e SET state = CASE c.step WHEN 'score' THEN 'scoring' ELSE 'predicting' END
               FROM claimed c WHERE e.id = c.evaluation_id
               RETURNING e.id, e.submission_id, e.task_version_id, e.artifact_id, e.rejudging_id
           )
           SELECT c.id AS "job: JobId", c.fence, c.evaluation_id AS "evaluation: EvaluationId", c.step,
                  c.team_id AS "team: TeamId", r.submission_id AS "submission: SubmissionId",
                  v.id AS "version: TaskVersionId", r.rejudging_id AS "rejudging: RejudgingId",
                  s.blob_id AS "submission_blob: BlobId", s.filename, r.artifact_id AS "artifact: BlobId",
                  v.judging AS "judging: Json<JudgingRules>", v.input_blob_id AS "input: BlobId",
                  v.truth_blob_id AS "truth: BlobId", v.scorer_blob_id AS "scorer: BlobId",
                  v.ingestion_blob_id AS "ingestion: BlobId"
           FROM claimed c JOIN running r ON r.id = c.evaluation_id
           JOIN submissions s ON s.id = r.submission_id
           JOIN task_versions v ON v.id = r.task_version_id"#,
        worker.0,
        boot,
        interval(lease)
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Claimed {
        job: r.job,
        fence: r.fence,
        evaluation: r.evaluation,
        submission: r.submission,
        version: r.version,
        rejudging: r.rejudging,
        team: r.team,
        step: step(&r.step),
        judging: r.judging.0,
        submission_blob: r.submission_blob,
        filename: r.filename,
        input: r.input,
        truth: r.truth,
        scorer: r.scorer,
        ingestion: r.ingestion,
        artifact: r.artifact,
    }))
}

/// Lengthens a lease; `false`: it is not held under this fence.
pub async fn heartbeat(
    conn: &mut PgConnection,
    worker: WorkerId,
    job: JobId,
    fence: i64,
    lease: Duration,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE jobs SET lease_until = clock_timestamp() + $4
         WHERE id = $1 AND worker_id = $2 AND fence = $3 AND state = 'leased' AND lease_until > clock_timestamp()",
        job.0,
        worker.0,
        fence,
        interval(lease)
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether the job was cancelled while the worker held it under this fence.
pub async fn is_cancelled(
    conn: &mut PgConnection,
    worker: WorkerId,
    job: JobId,
    fence: i64,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM jobs WHERE id = $1 AND worker_id = $2 AND fence = $3 AND state = 'cancelled')
           AS "cancelled!""#,
        job.0,
        worker.0,
        fence
    )
    .fetch_one(conn)
    .await
}

/// Whether the worker holds the job under this fence.
pub async fn is_held(
    conn: &mut PgConnection,
    worker: WorkerId,
    job: JobId,
    fence: i64,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM jobs WHERE id = $1 AND worker_id = $2 AND fence = $3 AND state = 'leased')
           AS "held!""#,
        job.0,
        worker.0,
        fence
    )
    .fetch_one(conn)
    .await
}

/// Locks a job with all that committing its report needs.
pub async fn lock(conn: &mut PgConnection, job: JobId) -> sqlx::Result<Option<Held>> {
    // Read after the lock, by a statement of its own: while this waited the job's team may have gone up in another.
    sqlx::query_scalar!("SELECT id FROM jobs WHERE id = $1 FOR UPDATE", job.0)
        .fetch_optional(&mut *conn)
        .await?;
    let row = sqlx::query!(
        r#"SELECT j.id AS "job: JobId", j.evaluation_id AS "evaluation: EvaluationId", j.step, j.state, j.fence,
                  j.worker_id AS "worker: WorkerId", j.priority, j.turn, j.report, e.rejudging_id AS "rejudging: RejudgingId",
                  e.artifact_id AS "artifact: BlobId",
                  s.id AS "submission: SubmissionId", s.phase_id AS "phase: PhaseId", s.team_id AS "team: TeamId",
                  t.competition_id AS "competition: CompetitionId"
           FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id JOIN submissions s ON s.id = e.submission_id
           JOIN phases p ON p.id = s.phase_id JOIN tracks t ON t.id = p.track_id
           WHERE j.id = $1"#,
        job.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Held {
        job: r.job,
        evaluation: r.evaluation,
        submission: r.submission,
        phase: r.phase,
        team: r.team,
        competition: r.competition,
        rejudging: r.rejudging,
        step: step(&r.step),
        priority: r.priority,
        state: r.state,
        fence: r.fence,
        worker: r.worker,
        turn: r.turn,
        report: r.report,
        artifact: r.artifact,
    }))
}

/// Ends a held job. `false`: it was not held under this fence.
pub async fn finish(
    conn: &mut PgConnection,
    job: JobId,
    fence: i64,
    report: &serde_json::Value,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE jobs SET state = 'done', lease_until = NULL, finished_at = clock_timestamp(), report = $3
         WHERE id = $1 AND fence = $2 AND state = 'leased'",
        job.0,
        fence,
        report
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a job back that a worker hands back: nobody died, nothing is charged.
pub async fn hand_back(
    conn: &mut PgConnection,
    worker: WorkerId,
    job: JobId,
    fence: i64,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH back AS (
             UPDATE jobs SET state = 'ready', lease_until = NULL, worker_id = NULL, boot = NULL, started_at = NULL
             WHERE id = $1 AND worker_id = $2 AND fence = $3 AND state = 'leased' RETURNING evaluation_id, step
         )
         UPDATE evaluations e SET state = CASE back.step WHEN 'score' THEN 'scoring' ELSE 'queued' END
         FROM back WHERE e.id = back.evaluation_id",
        job.0,
        worker.0,
        fence
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts back what the worker's earlier processes still held; each counts as one death. Returns how many.
pub async fn release_earlier_boots(
    conn: &mut PgConnection,
    worker: WorkerId,
    boot: Uuid,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "UPDATE jobs SET state = 'ready', lease_until = NULL, worker_id = NULL, boot = NULL, started_at = NULL,
                deaths = deaths + 1
         WHERE id IN (SELECT id FROM jobs WHERE worker_id = $1 AND state = 'leased' AND boot IS DISTINCT FROM $2
                      ORDER BY id FOR UPDATE)",
        worker.0,
        boot
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Gives every held job a full lease: while no server was there, no heartbeat could be heard.
pub async fn renew_leases(conn: &mut PgConnection, lease: Duration) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "UPDATE jobs SET lease_until = greatest(lease_until, clock_timestamp() + $1)
         WHERE id IN (SELECT id FROM jobs WHERE state = 'leased' ORDER BY id FOR UPDATE)",
        interval(lease)
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Puts back every job whose lease ran out. Returns how many.
pub async fn release_expired(conn: &mut PgConnection) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "UPDATE jobs SET state = 'ready', lease_until = NULL, worker_id = NULL, boot = NULL, started_at = NULL,
                deaths = deaths + 1
         WHERE id IN (SELECT id FROM jobs WHERE state = 'leased' AND lease_until <= clock_timestamp()
                      FOR UPDATE SKIP LOCKED)"
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Takes one job whose workers died too often out of the queue.
pub async fn quarantine_one(conn: &mut PgConnection, deaths: i16) -> sqlx::Result<Option<JobId>> {
    sqlx::query_scalar!(
        r#"UPDATE jobs SET state = 'quarantined', finished_at = clock_timestamp()
           WHERE id = (SELECT id FROM jobs WHERE state = 'ready' AND deaths >= $1 LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id AS "id: JobId""#,
        deaths
    )
    .fetch_optional(conn)
    .await
}

pub async fn depth(conn: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM jobs WHERE state = 'ready'"#).fetch_one(conn).await
}
