//! What organizers see of queue, workers and alerts.

use sqlx::PgConnection;

use crate::{
    judging::{
        model::{AlertItem, QueueItem, WorkerItem},
        rules::Level,
    },
    kernel::{
        ids::{AlertId, EvaluationId, JobId, RejudgingId, SubmissionId, UserId, WorkerId},
        paging::Cursor,
    },
};

/// Jobs that wait, run, or are quarantined, of the competitions that the person organizes; `None`: of all.
pub async fn queue(
    conn: &mut PgConnection,
    organizer: Option<UserId>,
    before: Cursor,
    limit: i64,
) -> sqlx::Result<Vec<QueueItem>> {
    let rows = sqlx::query!(
        r#"SELECT j.id AS "job: JobId", j.evaluation_id AS "evaluation: EvaluationId",
                  e.submission_id AS "submission: SubmissionId", m.name AS team, c.slug AS competition, j.step,
                  j.state, j.queued_at, j.started_at, w.name AS "worker?", j.deaths, j.priority,
                  e.rejudging_id AS "rejudging: RejudgingId"
           FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id JOIN teams m ON m.id = j.team_id
           JOIN competitions c ON c.id = m.competition_id LEFT JOIN workers w ON w.id = j.worker_id
           WHERE j.state IN ('ready', 'leased', 'quarantined') AND (j.queued_at, j.id) < ($2, $3)
             AND ($1::uuid IS NULL OR EXISTS (SELECT 1 FROM competition_organizers o
                                              WHERE o.competition_id = c.id AND o.user_id = $1))
           ORDER BY j.queued_at DESC, j.id DESC LIMIT $4"#,
        organizer.map(|u| u.0),
        before.at,
        before.id,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| QueueItem {
            job: r.job,
            evaluation: r.evaluation,
            submission: r.submission,
            team: r.team,
            competition: r.competition,
            step: r.step,
            state: r.state,
            queued_at: r.queued_at,
            started_at: r.started_at,
            worker: r.worker,
            deaths: r.deaths,
            level: Level::of(r.priority),
            rejudging: r.rejudging,
            queue: None,
        })
        .collect())
}

pub async fn workers(conn: &mut PgConnection) -> sqlx::Result<Vec<WorkerItem>> {
    sqlx::query_as!(
        WorkerItem,
        r#"SELECT w.id AS "id: WorkerId", w.name, w.enrolled_at, w.revoked_at, w.last_seen_at, w.slots,
                  (SELECT count(*) FROM jobs j WHERE j.worker_id = w.id AND j.state = 'leased') AS "busy!",
                  w.version, w.sandbox, w.probe
           FROM workers w ORDER BY w.enrolled_at"#
    )
    .fetch_all(conn)
    .await
}

/// Alerts of the competitions that the person organizes; `None`: of all.
pub async fn alerts(
    conn: &mut PgConnection,
    organizer: Option<UserId>,
    before: Cursor,
    limit: i64,
) -> sqlx::Result<Vec<AlertItem>> {
    sqlx::query_as!(
        AlertItem,
        r#"SELECT a.id AS "id: AlertId", c.slug AS competition, a.evaluation_id AS "evaluation: EvaluationId",
                  e.submission_id AS "submission: SubmissionId", m.name AS team, a.kind, a.detail, a.created_at
           FROM alerts a JOIN competitions c ON c.id = a.competition_id
           JOIN evaluations e ON e.id = a.evaluation_id JOIN submissions s ON s.id = e.submission_id
           JOIN teams m ON m.id = s.team_id
           WHERE (a.created_at, a.id) < ($2, $3)
             AND ($1::uuid IS NULL OR EXISTS (SELECT 1 FROM competition_organizers o
                                              WHERE o.competition_id = c.id AND o.user_id = $1))
           ORDER BY a.created_at DESC, a.id DESC LIMIT $4"#,
        organizer.map(|u| u.0),
        before.at,
        before.id,
        limit
    )
    .fetch_all(conn)
    .await
}
