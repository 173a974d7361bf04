//! SQL that writes phases.

use sqlx::{PgConnection, types::Json};

use crate::{
    competitions::model::BoardRules,
    definitions::model::{PhaseDefinition, RequirementDefinition},
    kernel::ids::{PhaseId, TrackId},
};

pub async fn keep_phases(conn: &mut PgConnection, track: TrackId, slugs: &[String]) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM phases WHERE track_id = $1 AND slug <> ALL($2)", track.0, slugs)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes a phase and its tasks. `true`: the rules of an existing board changed.
pub async fn put_phase(
    conn: &mut PgConnection,
    track: TrackId,
    position: i32,
    phase: &PhaseDefinition,
) -> sqlx::Result<(PhaseId, bool)> {
    let rules = phase.board.rules();
    let freeze = phase.board.freeze.map(|t| t.to_utc());
    let before = sqlx::query!(
        r#"SELECT p.board AS "board: Json<BoardRules>", p.freeze_at,
                  ARRAY(SELECT k.slug FROM phase_tasks pt JOIN tasks k ON k.id = pt.task_id
                        WHERE pt.phase_id = p.id ORDER BY pt.position) AS "tasks!"
           FROM phases p WHERE p.track_id = $1 AND p.slug = $2"#,
        track.0,
        phase.slug
    )
    .fetch_optional(&mut *conn)
    .await?;
    let changed =
        before.is_some_and(|b| b.board.0 != rules || b.freeze_at != freeze || b.tasks != phase.tasks);
    let id = sqlx::query_scalar!(
        r#"INSERT INTO phases (id, track_id, slug, position, title, starts_at, ends_at, attempts_daily,
                               attempts_total, board, freeze_at, max_running, malformed, priority, practice,
                               visibility)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
           ON CONFLICT (track_id, slug) DO UPDATE SET position = excluded.position, title = excluded.title,
                  starts_at = excluded.starts_at, ends_at = excluded.ends_at,
                  attempts_daily = excluded.attempts_daily, attempts_total = excluded.attempts_total,
                  board = excluded.board, freeze_at = excluded.freeze_at, max_running = excluded.max_running,
                  malformed = excluded.malformed, priority = excluded.priority,
                  practice = excluded.practice, visibility = excluded.visibility
           RETURNING id AS "id: PhaseId""#,
        PhaseId::new().0,
        track.0,
        phase.slug,
        position,
        Json(&phase.title) as _,
        phase.starts.to_utc(),
        phase.ends.to_utc(),
        phase.attempts.per_day,
        phase.attempts.total,
        Json(&rules) as _,
        freeze,
        phase.attempts.max_running,
        phase.malformed.as_str(),
        phase.priority.as_str(),
        phase.practice,
        Json(phase.visibility) as _
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM phase_tasks WHERE phase_id = $1", id.0).execute(&mut *conn).await?;
    sqlx::query!(
        "INSERT INTO phase_tasks (phase_id, task_id, position)
         SELECT $1, k.id, array_position($3, k.slug) FROM tasks k WHERE k.track_id = $2 AND k.slug = ANY($3)",
        id.0,
        track.0,
        &phase.tasks
    )
    .execute(conn)
    .await?;
    Ok((id, changed))
}

/// Writes which phase another one requires; both are written already.
pub async fn put_requirement(
    conn: &mut PgConnection,
    track: TrackId,
    phase: PhaseId,
    required: Option<&RequirementDefinition>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE phases SET requires_phase = (SELECT id FROM phases WHERE track_id = $2 AND slug = $3), requires_top = $4
         WHERE id = $1",
        phase.0,
        track.0,
        required.map(|r| r.phase.as_str()),
        required.map(|r| r.top)
    )
    .execute(conn)
    .await?;
    Ok(())
}
