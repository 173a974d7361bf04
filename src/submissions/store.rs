//! SQL of submissions and of what became of them.

pub mod checks;
pub(super) mod teams;

use judge_core::faults::Fault;
use serde_json::Value;
use sqlx::{PgConnection, types::Json};

use super::model::{Attempts, EvaluationRow, Gate, ScoreRow, SubmissionRow};
use crate::{
    competitions,
    judging::model::{Ended, Refund},
    kernel::{
        Timestamp,
        ids::{BlobId, EvaluationId, PhaseId, RejudgingId, SubmissionId, TeamId, UploadId, UserId},
        paging::Cursor,
    },
    leaderboard::Origin,
    uploads::Finished,
};

/// Makes the hand-ins of a team in a phase wait for each other, and for whoever changes the phase, until the
/// transaction ends: what `accept` counts in its own statement is then all there is.
pub async fn queue_up(conn: &mut PgConnection, phase: PhaseId, team: TeamId) -> sqlx::Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0)), pg_advisory_xact_lock(hashtextextended($2, 0))",
        competitions::store::phase_key(phase),
        format!("hand-in {phase} {team}")
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts the attempt and inserts the submission, in one statement: the phase is open at `arrived`, an instant of
/// the database's clock, and the limits hold however many requests come at once, because they meet at the team's
/// row of `attempts`. `None`: closed, paused, not for this team, no attempt left, or too many submissions still on their way.
pub async fn accept(
    conn: &mut PgConnection,
    phase: PhaseId,
    team: TeamId,
    user: UserId,
    upload: &Finished,
    arrived: Timestamp,
) -> sqlx::Result<Option<SubmissionId>> {
    let id = SubmissionId::new();
    sqlx::query_scalar!(
        r#"WITH t AS MATERIALIZED (SELECT $8::timestamptz AS now),
         p AS (
             SELECT p.id, p.attempts_daily, p.attempts_total, t.now, (t.now AT TIME ZONE c.timezone)::date AS day
             FROM t, phases p JOIN tracks k ON k.id = p.track_id JOIN competitions c ON c.id = k.competition_id
             WHERE p.id = $1 AND p.starts_at <= t.now AND t.now < p.ends_at AND p.hand_ins_paused_at IS NULL
               AND (p.requires_phase IS NULL
                    OR EXISTS (SELECT 1 FROM advanced_teams v WHERE v.phase_id = p.id AND v.team_id = $2))
               AND (p.max_running IS NULL OR p.max_running > (
                   SELECT count(DISTINCT e.submission_id) FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id
                   JOIN submissions s ON s.id = e.submission_id
                   WHERE j.team_id = $2 AND j.state IN ('ready', 'leased') AND s.phase_id = $1 AND e.rejudging_id IS NULL AND e.rejudging_id IS NULL))
         ), counted AS (
             INSERT INTO attempts AS a (phase_id, team_id, day, used_today, used_total)
             SELECT id, $2, day, 1, 1 FROM p
             ON CONFLICT (phase_id, team_id) DO UPDATE
             SET day = greatest(a.day, excluded.day),
                 used_today = CASE WHEN a.day >= excluded.day THEN a.used_today + 1 ELSE 1 END,
                 used_total = a.used_total + 1
             WHERE ((SELECT attempts_total FROM p) IS NULL OR a.used_total < (SELECT attempts_total FROM p))
               AND ((SELECT attempts_daily FROM p) IS NULL OR a.day < excluded.day
                    OR a.used_today < (SELECT attempts_daily FROM p))
             RETURNING a.day
         )
         INSERT INTO submissions (id, phase_id, team_id, user_id, blob_id, upload_id, filename, accepted_at,
                                  charged_day)
         SELECT $3, p.id, $2, $4, $5, $6, $7, p.now, counted.day FROM p, counted
         RETURNING id AS "id: SubmissionId""#,
        phase.0,
        team.0,
        id.0,
        user.0,
        upload.blob.id.0,
        upload.id.0,
        upload.filename,
        arrived
    )
    .fetch_optional(conn)
    .await
}

/// The database's clock.
pub async fn now(conn: &mut PgConnection) -> sqlx::Result<Timestamp> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(conn).await
}

/// How a team stands with its attempts now, and what else keeps it from handing in.
pub async fn attempts(
    conn: &mut PgConnection,
    phase: PhaseId,
    team: TeamId,
) -> sqlx::Result<Option<(Gate, Attempts)>> {
    let row = sqlx::query!(
        r#"WITH t AS MATERIALIZED (SELECT clock_timestamp() AS now)
           SELECT p.attempts_daily, p.attempts_total, p.max_running, p.ends_at,
                  (p.starts_at <= t.now AND t.now < p.ends_at) AS "open!", p.hand_ins_paused_at IS NOT NULL AS "paused!",
                  (p.requires_phase IS NULL OR EXISTS (SELECT 1 FROM advanced_teams v
                   WHERE v.phase_id = p.id AND v.team_id = $2)) AS "advanced!",
                  p.hand_ins_pause_reason, coalesce(a.used_total, 0) AS "used_total!",
                  CASE WHEN a.day >= (t.now AT TIME ZONE c.timezone)::date THEN a.used_today ELSE 0 END
                      AS "used_today!",
                  next_day_in_zone(t.now, c.timezone) AS "next_day!",
                  (SELECT count(DISTINCT e.submission_id) FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id
                   JOIN submissions s ON s.id = e.submission_id
                   WHERE j.team_id = $2 AND j.state IN ('ready', 'leased') AND s.phase_id = $1 AND e.rejudging_id IS NULL AND e.rejudging_id IS NULL) AS "running!"
           FROM t, phases p JOIN tracks k ON k.id = p.track_id JOIN competitions c ON c.id = k.competition_id
           LEFT JOIN attempts a ON a.phase_id = p.id AND a.team_id = $2
           WHERE p.id = $1"#,
        phase.0,
        team.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| {
        let attempts = Attempts {
            used_today: r.used_today,
            per_day: r.attempts_daily,
            used_total: r.used_total,
            total: r.attempts_total,
            running: r.running,
            max_running: r.max_running,
            returns_at: None,
        };
        let paused = r.paused.then(|| r.hand_ins_pause_reason.unwrap_or_default());
        (Gate { open: r.open, advanced: r.advanced, paused }, attempts.returning(r.next_day, r.ends_at))
    }))
}

/// The submission that an upload of this person became.
pub async fn of_upload(
    conn: &mut PgConnection,
    user: UserId,
    upload: UploadId,
) -> sqlx::Result<Option<SubmissionId>> {
    sqlx::query_scalar!(
        r#"SELECT s.id AS "id: SubmissionId" FROM submissions s JOIN uploads u ON u.id = s.upload_id
           WHERE s.upload_id = $2 AND u.user_id = $1"#,
        user.0,
        upload.0
    )
    .fetch_optional(conn)
    .await
}

pub async fn find(conn: &mut PgConnection, id: SubmissionId) -> sqlx::Result<Option<SubmissionRow>> {
    sqlx::query_as!(
        SubmissionRow,
        r#"SELECT s.id AS "id: SubmissionId", s.phase_id AS "phase: PhaseId", s.team_id AS "team: TeamId",
                  t.name AS team_name, s.filename, b.id AS "blob: BlobId", b.size, b.sha256, s.accepted_at, s.charged,
                  s.refund AS "refund: Refund", s.refund_reason, s.ended AS "ended: Ended", s.ended_at, s.ended_reason,
                  coalesce(s.disqualified_at, t.disqualified_at) AS disqualified_at,
                  coalesce(s.disqualified_reason, t.disqualified_reason) AS disqualified_reason
           FROM submissions s JOIN teams t ON t.id = s.team_id JOIN blobs b ON b.id = s.blob_id WHERE s.id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await
}

/// Submissions of a phase, newest first; of one team, or of all.
pub async fn list(
    conn: &mut PgConnection,
    phase: PhaseId,
    team: Option<TeamId>,
    before: Cursor,
    limit: i64,
) -> sqlx::Result<Vec<SubmissionRow>> {
    sqlx::query_as!(
        SubmissionRow,
        r#"SELECT s.id AS "id: SubmissionId", s.phase_id AS "phase: PhaseId", s.team_id AS "team: TeamId",
                  t.name AS team_name, s.filename, b.id AS "blob: BlobId", b.size, b.sha256, s.accepted_at, s.charged,
                  s.refund AS "refund: Refund", s.refund_reason, s.ended AS "ended: Ended", s.ended_at, s.ended_reason,
                  coalesce(s.disqualified_at, t.disqualified_at) AS disqualified_at,
                  coalesce(s.disqualified_reason, t.disqualified_reason) AS disqualified_reason
           FROM submissions s JOIN teams t ON t.id = s.team_id JOIN blobs b ON b.id = s.blob_id
           WHERE s.phase_id = $1 AND ($2::uuid IS NULL OR s.team_id = $2) AND (s.accepted_at, s.id) < ($3, $4)
           ORDER BY s.accepted_at DESC, s.id DESC LIMIT $5"#,
        phase.0,
        team.map(|t| t.0),
        before.at,
        before.id,
        limit
    )
    .fetch_all(conn)
    .await
}

pub async fn evaluations(
    conn: &mut PgConnection,
    submissions: &[SubmissionId],
) -> sqlx::Result<Vec<EvaluationRow>> {
    let ids: Vec<uuid::Uuid> = submissions.iter().map(|s| s.0).collect();
    let rows = sqlx::query!(
        r#"SELECT e.id AS "id: EvaluationId", e.submission_id AS "submission: SubmissionId", k.slug AS task,
                  v.number AS task_version, e.state, e.verdict, e.faults AS "faults: Json<Vec<Fault>>", e.created_at,
                  e.finished_at, e.rejudging_id AS "rejudging: RejudgingId", r.state AS "rejudging_state?",
                  r.decided_at AS "decided_at?"
           FROM evaluations e JOIN task_versions v ON v.id = e.task_version_id JOIN tasks k ON k.id = v.task_id
           LEFT JOIN rejudgings r ON r.id = e.rejudging_id
           WHERE e.submission_id = ANY($1) ORDER BY e.submission_id, e.id"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| EvaluationRow {
            id: r.id,
            submission: r.submission,
            task: r.task,
            task_version: r.task_version,
            state: r.state,
            verdict: r.verdict,
            rejudging: r.rejudging,
            origin: Origin::of(
                r.rejudging.is_some(),
                r.decided_at.filter(|_| r.rejudging_state.as_deref() == Some("applied")),
            ),
            faults: r.faults.0,
            created_at: r.created_at,
            finished_at: r.finished_at,
        })
        .collect())
}

pub async fn scores(conn: &mut PgConnection, submissions: &[SubmissionId]) -> sqlx::Result<Vec<ScoreRow>> {
    let ids: Vec<uuid::Uuid> = submissions.iter().map(|s| s.0).collect();
    sqlx::query_as!(
        ScoreRow,
        r#"SELECT c.evaluation_id AS "evaluation: EvaluationId", c.split, c.metric, c.value
           FROM evaluation_scores c JOIN evaluations e ON e.id = c.evaluation_id
           WHERE e.submission_id = ANY($1) AND e.verdict = 'scored'"#,
        &ids
    )
    .fetch_all(conn)
    .await
}

/// The submission that an evaluation belongs to, and whether it was judged beside what counts, for organizers only.
pub async fn of_evaluation(
    conn: &mut PgConnection,
    evaluation: EvaluationId,
) -> sqlx::Result<Option<(SubmissionId, bool)>> {
    let row = sqlx::query!(
        r#"SELECT e.submission_id AS "id: SubmissionId", coalesce(r.state <> 'applied', false) AS "beside!"
           FROM evaluations e LEFT JOIN rejudgings r ON r.id = e.rejudging_id WHERE e.id = $1"#,
        evaluation.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.id, r.beside)))
}

/// What a person handed in.
pub async fn held(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'phase', s.phase_id, 'team', s.team_id,
                           'filename', s.filename, 'accepted_at', s.accepted_at, 'size', b.size,
                           'sha256', encode(b.sha256, 'hex'), 'file', '/api/v1/submissions/' || s.id || '/file')
                           ORDER BY s.accepted_at), '[]') AS "held!: Value"
           FROM submissions s JOIN blobs b ON b.id = s.blob_id WHERE s.user_id = $1"#,
        user.0,
    )
    .fetch_one(conn)
    .await
}

/// What a person handed in stays their team's; the names that they gave the files go.
pub async fn let_go(conn: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        r"UPDATE submissions SET filename = 'submission' || coalesce(substring(filename FROM '\.[A-Za-z0-9]{1,10}$'), '')
         WHERE user_id = $1",
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
