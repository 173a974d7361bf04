//! SQL of the log of acts.

use sqlx::PgConnection;

use super::model::Act;

pub async fn insert(conn: &mut PgConnection, act: &Act<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO audit_acts (actor_id, verb, competition_id, subject_kind, subject_id, reason, facts)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        act.actor.map(|actor| actor.0),
        act.verb,
        act.competition.map(|competition| competition.0),
        act.subject_kind,
        act.subject,
        act.reason,
        act.facts,
    )
    .execute(conn)
    .await?;
    Ok(())
}
