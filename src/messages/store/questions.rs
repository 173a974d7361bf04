use serde_json::Value;
use sqlx::PgConnection;

use crate::{
    kernel::{
        ids::{CompetitionId, QuestionId, UserId},
        paging::Cursor,
    },
    messages::model::Question,
};

/// Which questions of a competition are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub competition: CompetitionId,
    /// An organizer sees all; others the public ones and those that `reader` asked.
    pub all: bool,
    pub reader: Option<UserId>,
    pub unanswered_only: bool,
}

/// Makes the person's other requests to ask wait until the transaction ends, so that none slips past the limit.
pub async fn lock_asker(conn: &mut PgConnection, asker: UserId) -> sqlx::Result<()> {
    let key = format!("questions {asker}");
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key).execute(conn).await?;
    Ok(())
}

/// The person's questions that wait for an answer.
pub async fn count_open(
    conn: &mut PgConnection,
    competition: CompetitionId,
    asker: UserId,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM questions
           WHERE asker_id = $1 AND competition_id = $2 AND answer IS NULL"#,
        asker.0,
        competition.0
    )
    .fetch_one(conn)
    .await
}

pub async fn insert(
    conn: &mut PgConnection,
    competition: CompetitionId,
    asker: UserId,
    subject: &str,
    body: &str,
) -> sqlx::Result<QuestionId> {
    let id = QuestionId::new();
    sqlx::query!(
        "INSERT INTO questions (id, competition_id, asker_id, subject, body) VALUES ($1, $2, $3, $4, $5)",
        id.0,
        competition.0,
        asker.0,
        subject,
        body
    )
    .execute(conn)
    .await?;
    Ok(id)
}

pub async fn find(conn: &mut PgConnection, id: QuestionId) -> sqlx::Result<Option<Question>> {
    sqlx::query_as!(
        Question,
        r#"SELECT q.id AS "id: QuestionId", q.competition_id AS "competition: CompetitionId",
                  q.asker_id AS "asker: UserId", u.name AS "asker_name?", q.subject, q.body, q.asked_at, q.answer,
                  q.answered_at, q.is_public
           FROM questions q LEFT JOIN users u ON u.id = q.asker_id WHERE q.id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await
}

/// Newest first.
pub async fn list(
    conn: &mut PgConnection,
    wanted: Wanted,
    before: Cursor,
    fetch: i64,
) -> sqlx::Result<Vec<Question>> {
    let reader = wanted.reader.map(|user| user.0);
    sqlx::query_as!(
        Question,
        r#"SELECT q.id AS "id: QuestionId", q.competition_id AS "competition: CompetitionId",
                  q.asker_id AS "asker: UserId", u.name AS "asker_name?", q.subject, q.body, q.asked_at, q.answer,
                  q.answered_at, q.is_public
           FROM questions q LEFT JOIN users u ON u.id = q.asker_id
           WHERE q.competition_id = $1 AND ($2 OR q.is_public OR q.asker_id = $3)
             AND (q.answer IS NULL OR NOT $4) AND (q.asked_at, q.id) < ($5, $6)
           ORDER BY q.asked_at DESC, q.id DESC LIMIT $7"#,
        wanted.competition.0,
        wanted.all,
        reader,
        wanted.unanswered_only,
        before.at,
        before.id,
        fetch
    )
    .fetch_all(conn)
    .await
}

/// Writes the answer, or a better one.
pub async fn answer(
    conn: &mut PgConnection,
    id: QuestionId,
    by: UserId,
    text: &str,
    is_public: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE questions SET answer = $2, is_public = $3, answered_by = $4, answered_at = clock_timestamp()
         WHERE id = $1",
        id.0,
        text,
        is_public,
        by.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn held(conn: &mut PgConnection, asker: UserId) -> sqlx::Result<Value> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(jsonb_agg(to_jsonb(q) - 'asker_id' - 'answered_by' ORDER BY asked_at), '[]') AS "held!: Value"
           FROM questions q WHERE asker_id = $1"#,
        asker.0
    )
    .fetch_one(conn)
    .await
}
