//! Which rules there are, and who accepted them.

use sqlx::PgConnection;

use crate::{
    data::model::CurrentRules,
    kernel::{
        Timestamp,
        ids::{CompetitionId, UserId},
    },
};

/// The rules of a competition as they are now.
pub async fn rules(
    conn: &mut PgConnection,
    competition: CompetitionId,
) -> sqlx::Result<Option<CurrentRules>> {
    sqlx::query_as!(
        CurrentRules,
        r#"SELECT c.id AS "competition: CompetitionId", c.rules_page AS page, c.rules_required AS required,
                  sha256(convert_to((p.body->>'vi') || E'\n' || (p.body->>'en'), 'UTF8')) AS version
           FROM competitions c
                LEFT JOIN competition_pages p ON p.competition_id = c.id AND p.slug = c.rules_page
           WHERE c.id = $1"#,
        competition.0
    )
    .fetch_optional(conn)
    .await
}

pub async fn find(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
    version: &[u8],
) -> sqlx::Result<Option<Timestamp>> {
    sqlx::query_scalar!(
        "SELECT accepted_at FROM rules_acceptances WHERE competition_id = $1 AND user_id = $2 AND rules_hash = $3",
        competition.0,
        user.0,
        version
    )
    .fetch_optional(conn)
    .await
}

/// Writes an acceptance down, once. `false`: it was there before.
pub async fn insert(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
    version: &[u8],
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO rules_acceptances (competition_id, user_id, rules_hash) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING",
        competition.0,
        user.0,
        version
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
