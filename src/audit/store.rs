//! SQL of the log of acts.

use serde_json::Value;
use sqlx::PgConnection;

use super::model::Act;
use crate::kernel::ids::UserId;

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

pub async fn acts_of(conn: &mut PgConnection, actor: UserId) -> sqlx::Result<Value> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(jsonb_agg(to_jsonb(a) - 'actor_id' ORDER BY id), '[]') AS "held!: Value"
           FROM audit_acts a WHERE actor_id = $1"#,
        actor.0,
    )
    .fetch_one(conn)
    .await
}
