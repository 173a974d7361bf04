//! What was decided about submissions and teams, and what it does to attempts.

use sqlx::PgConnection;

use crate::{
    judging::model::{Ended, Refund, Submitted},
    kernel::ids::{CompetitionId, PhaseId, SubmissionId, TeamId, UserId},
};

pub async fn find(conn: &mut PgConnection, id: SubmissionId) -> sqlx::Result<Option<Submitted>> {
    sqlx::query_as!(
        Submitted,
        r#"SELECT s.id AS "id: SubmissionId", s.phase_id AS "phase: PhaseId", s.team_id AS "team: TeamId",
                  m.name AS team_name, k.competition_id AS "competition: CompetitionId", s.charged,
                  s.ended AS "ended: Ended", (s.disqualified_at IS NOT NULL) AS "is_disqualified!"
           FROM submissions s JOIN teams m ON m.id = s.team_id JOIN phases p ON p.id = s.phase_id
           JOIN tracks k ON k.id = p.track_id
           WHERE s.id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await
}

/// The same, with the submission's row locked until the transaction ends. Lock its jobs first.
pub async fn lock(conn: &mut PgConnection, id: SubmissionId) -> sqlx::Result<Option<Submitted>> {
    sqlx::query_as!(
        Submitted,
        r#"SELECT s.id AS "id: SubmissionId", s.phase_id AS "phase: PhaseId", s.team_id AS "team: TeamId",
                  m.name AS team_name, k.competition_id AS "competition: CompetitionId", s.charged,
                  s.ended AS "ended: Ended", (s.disqualified_at IS NOT NULL) AS "is_disqualified!"
           FROM submissions s JOIN teams m ON m.id = s.team_id JOIN phases p ON p.id = s.phase_id
           JOIN tracks k ON k.id = p.track_id
           WHERE s.id = $1 FOR NO KEY UPDATE OF s"#,
        id.0
    )
    .fetch_optional(conn)
    .await
}

/// Whether some evaluation of the hand-in has a verdict.
pub async fn is_judged(conn: &mut PgConnection, id: SubmissionId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM evaluations WHERE submission_id = $1 AND rejudging_id IS NULL
                                                      AND verdict IS NOT NULL) AS "judged!""#,
        id.0
    )
    .fetch_one(conn)
    .await
}

pub async fn end(
    conn: &mut PgConnection,
    id: SubmissionId,
    how: Ended,
    reason: Option<&str>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE submissions SET ended = $2, ended_at = clock_timestamp(), ended_reason = $3
         WHERE id = $1 AND ended IS NULL",
        id.0,
        how.as_str(),
        reason
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives the attempt of a submission back, once.
pub async fn refund(
    conn: &mut PgConnection,
    id: SubmissionId,
    cause: Refund,
    reason: Option<&str>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH refunded AS (
             UPDATE submissions SET charged = false, refund = $2, refund_reason = $3 WHERE id = $1 AND charged
             RETURNING phase_id, team_id, charged_day
         )
         UPDATE attempts a
         SET used_total = a.used_total - 1,
             used_today = a.used_today - CASE WHEN a.day = r.charged_day THEN 1 ELSE 0 END
         FROM refunded r WHERE a.phase_id = r.phase_id AND a.team_id = r.team_id",
        id.0,
        cause.as_str(),
        reason
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts an attempt again that was given back for a fault which no longer holds. What an organizer or a withdrawal
/// gave back stays given back.
pub async fn charge(conn: &mut PgConnection, id: SubmissionId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH charged AS (
             UPDATE submissions SET charged = true, refund = NULL, refund_reason = NULL
             WHERE id = $1 AND NOT charged AND refund = 'fault'
             RETURNING phase_id, team_id, charged_day
         )
         UPDATE attempts a
         SET used_total = a.used_total + 1,
             used_today = a.used_today + CASE WHEN a.day = c.charged_day THEN 1 ELSE 0 END
         FROM charged c WHERE a.phase_id = c.phase_id AND a.team_id = c.team_id",
        id.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn disqualify(conn: &mut PgConnection, id: SubmissionId, reason: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE submissions SET disqualified_at = clock_timestamp(), disqualified_reason = $2
         WHERE id = $1 AND disqualified_at IS NULL",
        id.0,
        reason
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn reinstate(conn: &mut PgConnection, id: SubmissionId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE submissions SET disqualified_at = NULL, disqualified_reason = NULL
         WHERE id = $1 AND disqualified_at IS NOT NULL",
        id.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Phases in which a team handed something in, in the order of their ids.
pub async fn phases_of(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<Vec<PhaseId>> {
    sqlx::query_scalar!(
        r#"SELECT DISTINCT phase_id AS "phase: PhaseId" FROM submissions WHERE team_id = $1 ORDER BY phase_id"#,
        team.0
    )
    .fetch_all(conn)
    .await
}

/// Who is told what is decided about a team.
pub async fn members(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"SELECT user_id AS "user: UserId" FROM team_members WHERE team_id = $1 ORDER BY user_id"#,
        team.0
    )
    .fetch_all(conn)
    .await
}
