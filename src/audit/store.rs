//! SQL of the log of acts.

use serde_json::Value;
use sqlx::PgConnection;

use super::model::{Act, RecordedAct, Seal};
use crate::kernel::ids::{CompetitionId, UserId};

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

/// Whether this transaction may seal; one at a time, over all servers.
pub async fn lock_chain(conn: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock(hashtextextended('audit seals', 0)) AS "mine!""#)
        .fetch_one(conn)
        .await
}

/// The number and hash of the last seal.
pub async fn head(conn: &mut PgConnection) -> sqlx::Result<Option<(i64, Vec<u8>)>> {
    let row = sqlx::query!("SELECT number, hash FROM audit_seals ORDER BY number DESC LIMIT 1")
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| (row.number, row.hash)))
}

/// Takes acts that wait for a seal, oldest first; who takes them seals them in the same transaction.
pub async fn take_unsealed(conn: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<RecordedAct>> {
    sqlx::query_as!(
        RecordedAct,
        r#"WITH taken AS (
               DELETE FROM audit_unsealed
               WHERE act_id IN (SELECT act_id FROM audit_unsealed ORDER BY act_id LIMIT $1)
               RETURNING act_id
           )
           SELECT a.id, a.at, a.actor_id AS actor, a.verb, a.competition_id AS competition, a.subject_kind,
                  a.subject_id AS subject, a.reason, a.facts::text AS "facts!"
           FROM audit_acts a JOIN taken t ON t.act_id = a.id ORDER BY a.id"#,
        limit
    )
    .fetch_all(conn)
    .await
}

pub async fn insert_seal(conn: &mut PgConnection, number: i64, act: i64, hash: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("INSERT INTO audit_seals (number, act_id, hash) VALUES ($1, $2, $3)", number, act, hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Seals in their order, with the acts under them.
pub async fn seals_after(conn: &mut PgConnection, number: i64, limit: i64) -> sqlx::Result<Vec<Seal>> {
    let rows = sqlx::query!(
        r#"SELECT s.number, s.hash, s.act_id, a.id AS "id?", a.at AS "at?", a.actor_id, a.verb AS "verb?",
                  a.competition_id, a.subject_kind AS "subject_kind?", a.subject_id AS "subject_id?",
                  a.reason AS "reason?", a.facts::text AS facts
           FROM audit_seals s LEFT JOIN audit_acts a ON a.id = s.act_id
           WHERE s.number > $1 ORDER BY s.number LIMIT $2"#,
        number,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Seal {
            number: r.number,
            hash: r.hash,
            act_id: r.act_id,
            act: r.id.zip(r.at).map(|(id, at)| RecordedAct {
                id,
                at,
                actor: r.actor_id,
                verb: r.verb.unwrap_or_default(),
                competition: r.competition_id,
                subject_kind: r.subject_kind.unwrap_or_default(),
                subject: r.subject_id.unwrap_or_default(),
                reason: r.reason.unwrap_or_default(),
                facts: r.facts.unwrap_or_default(),
            }),
        })
        .collect())
}

pub async fn count_waiting(conn: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM audit_unsealed"#).fetch_one(conn).await
}

/// Acts that are neither sealed nor waiting.
pub async fn count_lost(conn: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM audit_acts a
           WHERE NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.act_id = a.id)
             AND NOT EXISTS (SELECT 1 FROM audit_unsealed u WHERE u.act_id = a.id)"#
    )
    .fetch_one(conn)
    .await
}

/// Acts older than `before`, newest first; of one competition, or all.
pub async fn list(
    conn: &mut PgConnection,
    competition: Option<CompetitionId>,
    before: i64,
    limit: i64,
) -> sqlx::Result<Vec<RecordedAct>> {
    sqlx::query_as!(
        RecordedAct,
        r#"SELECT id, at, actor_id AS actor, verb, competition_id AS competition, subject_kind,
                  subject_id AS subject, reason, facts::text AS "facts!"
           FROM audit_acts
           WHERE ($1::uuid IS NULL OR competition_id = $1) AND id < $2
           ORDER BY id DESC LIMIT $3"#,
        competition.map(|competition| competition.0),
        before,
        limit
    )
    .fetch_all(conn)
    .await
}
