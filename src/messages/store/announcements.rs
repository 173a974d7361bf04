use judge_core::text::Text;
use sqlx::{PgConnection, types::Json};

use crate::{
    kernel::{
        ids::{AnnouncementId, CompetitionId, UserId},
        paging::Cursor,
    },
    messages::model::Announcement,
};

pub async fn insert(
    conn: &mut PgConnection,
    competition: CompetitionId,
    author: UserId,
    title: &Text,
    body: &Text,
) -> sqlx::Result<Announcement> {
    let id = AnnouncementId::new();
    let published_at = sqlx::query_scalar!(
        "INSERT INTO announcements (id, competition_id, author_id, title, body) VALUES ($1, $2, $3, $4, $5)
         RETURNING published_at",
        id.0,
        competition.0,
        author.0,
        Json(title) as _,
        Json(body) as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(Announcement { id, title: title.clone(), body: body.clone(), published_at })
}

/// Newest first, without those that were withdrawn.
pub async fn list(
    conn: &mut PgConnection,
    competition: CompetitionId,
    before: Cursor,
    fetch: i64,
) -> sqlx::Result<Vec<Announcement>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: AnnouncementId", title AS "title: Json<Text>", body AS "body: Json<Text>", published_at
           FROM announcements
           WHERE competition_id = $1 AND withdrawn_at IS NULL AND (published_at, id) < ($2, $3)
           ORDER BY published_at DESC, id DESC LIMIT $4"#,
        competition.0,
        before.at,
        before.id,
        fetch,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Announcement { id: r.id, title: r.title.0, body: r.body.0, published_at: r.published_at })
        .collect())
}

/// The competition of an announcement that still stands.
pub async fn competition_of(
    conn: &mut PgConnection,
    id: AnnouncementId,
) -> sqlx::Result<Option<CompetitionId>> {
    sqlx::query_scalar!(
        r#"SELECT competition_id AS "id: CompetitionId" FROM announcements
           WHERE id = $1 AND withdrawn_at IS NULL"#,
        id.0
    )
    .fetch_optional(conn)
    .await
}

/// False where it was withdrawn already.
pub async fn withdraw(conn: &mut PgConnection, id: AnnouncementId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE announcements SET withdrawn_at = clock_timestamp() WHERE id = $1 AND withdrawn_at IS NULL",
        id.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
