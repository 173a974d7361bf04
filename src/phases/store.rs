//! SQL of running phases.

pub mod advancement;
pub mod picks;

use sqlx::{PgConnection, types::Json};

use super::model::{ChangeKind, FieldChange, PhaseChange, Settings, Stops};
use crate::kernel::{
    Timestamp,
    ids::{CompetitionId, PhaseChangeId, PhaseId, TrackId, UserId},
    paging::Cursor,
};

/// The database's time.
pub async fn now(conn: &mut PgConnection) -> sqlx::Result<Timestamp> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(conn).await
}

/// The phase of a track that has this slug.
pub async fn of_slug(conn: &mut PgConnection, track: TrackId, slug: &str) -> sqlx::Result<Option<PhaseId>> {
    sqlx::query_scalar!(
        r#"SELECT id AS "id: PhaseId" FROM phases WHERE track_id = $1 AND slug = $2"#,
        track.0,
        slug
    )
    .fetch_optional(conn)
    .await
}

pub async fn set(conn: &mut PgConnection, phase: PhaseId, settings: &Settings) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE phases SET starts_at = $2, ends_at = $3, freeze_at = $4, attempts_daily = $5, attempts_total = $6,
                max_running = $7, visibility = $8, board = jsonb_set(board, '{private}', $9)
         WHERE id = $1",
        phase.0,
        settings.starts_at,
        settings.ends_at,
        settings.freeze_at,
        settings.attempts_daily,
        settings.attempts_total,
        settings.max_running,
        Json(settings.visibility) as _,
        Json(settings.private_board) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stops what is named, or lets it go on.
pub async fn set_paused(
    conn: &mut PgConnection,
    phase: PhaseId,
    stops: Stops,
    pause: bool,
    reason: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE phases
         SET hand_ins_paused_at = CASE WHEN NOT $2 THEN hand_ins_paused_at WHEN $4 THEN clock_timestamp() END,
             hand_ins_pause_reason = CASE WHEN NOT $2 THEN hand_ins_pause_reason WHEN $4 THEN $5 END,
             judging_paused_at = CASE WHEN NOT $3 THEN judging_paused_at WHEN $4 THEN clock_timestamp() END,
             judging_pause_reason = CASE WHEN NOT $3 THEN judging_pause_reason WHEN $4 THEN $5 END
         WHERE id = $1",
        phase.0,
        stops.hand_ins,
        stops.judging,
        pause,
        reason
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert_change(
    conn: &mut PgConnection,
    phase: PhaseId,
    kind: ChangeKind,
    fields: &[FieldChange],
    reason: &str,
) -> sqlx::Result<PhaseChange> {
    let id = PhaseChangeId::new();
    let made_at = sqlx::query_scalar!(
        "INSERT INTO phase_changes (id, phase_id, kind, fields, reason) VALUES ($1, $2, $3, $4, $5) RETURNING made_at",
        id.0,
        phase.0,
        kind.as_str(),
        Json(fields) as _,
        reason
    )
    .fetch_one(conn)
    .await?;
    Ok(PhaseChange { id, phase, kind, fields: fields.to_vec(), reason: reason.to_owned(), made_at })
}

/// Newest first.
pub async fn changes(
    conn: &mut PgConnection,
    phase: PhaseId,
    before: Cursor,
    limit: i64,
) -> sqlx::Result<Vec<PhaseChange>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: PhaseChangeId", kind AS "kind: ChangeKind", fields AS "fields: Json<Vec<FieldChange>>",
                  reason, made_at
           FROM phase_changes WHERE phase_id = $1 AND (made_at, id) < ($2, $3)
           ORDER BY made_at DESC, id DESC LIMIT $4"#,
        phase.0,
        before.at,
        before.id,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| PhaseChange {
            id: r.id,
            phase,
            kind: r.kind,
            fields: r.fields.0,
            reason: r.reason,
            made_at: r.made_at,
        })
        .collect())
}

/// Members of the competition's teams.
pub async fn participants(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"SELECT user_id AS "user: UserId" FROM team_members WHERE competition_id = $1 ORDER BY user_id"#,
        competition.0
    )
    .fetch_all(conn)
    .await
}
