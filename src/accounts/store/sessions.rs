use std::time::Duration;

use sqlx::{PgConnection, postgres::types::PgInterval};

use crate::{
    accounts::model::{Role, Session},
    kernel::{
        ids::{SessionId, UserId},
        paging::Cursor,
    },
};

/// A session that a browser's cookie opened.
#[derive(Debug)]
pub struct Live {
    pub id: SessionId,
    pub user: UserId,
    pub roles: Vec<Role>,
    /// The last sighting was recorded more than a minute ago.
    pub stale: bool,
}

pub async fn insert(
    conn: &mut PgConnection,
    user: UserId,
    secret_hash: &[u8],
    user_agent: &str,
    lasts: Duration,
) -> sqlx::Result<SessionId> {
    let id = SessionId::new();
    let lasts = PgInterval::try_from(lasts).map_err(sqlx::Error::Encode)?;
    sqlx::query!(
        "INSERT INTO sessions (id, user_id, secret_hash, user_agent, expires_at)
         VALUES ($1, $2, $3, $4, clock_timestamp() + $5)",
        id.0,
        user.0,
        secret_hash,
        user_agent,
        lasts,
    )
    .execute(conn)
    .await?;
    Ok(id)
}

pub async fn find_live(conn: &mut PgConnection, secret_hash: &[u8]) -> sqlx::Result<Option<Live>> {
    sqlx::query_as!(
        Live,
        r#"SELECT s.id AS "id: SessionId", s.user_id AS "user: UserId",
                  ARRAY(SELECT r.role FROM user_roles r WHERE r.user_id = s.user_id) AS "roles!: Vec<Role>",
                  s.last_seen_at < clock_timestamp() - interval '1 minute' AS "stale!"
           FROM sessions s WHERE s.secret_hash = $1 AND s.expires_at > clock_timestamp()"#,
        secret_hash,
    )
    .fetch_optional(conn)
    .await
}

pub async fn is_live(conn: &mut PgConnection, id: SessionId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM sessions WHERE id = $1 AND expires_at > clock_timestamp()) AS "live!""#,
        id.0,
    )
    .fetch_one(conn)
    .await
}

/// Records that the session was seen, unless another request just did.
pub async fn touch(conn: &mut PgConnection, id: SessionId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE sessions SET last_seen_at = clock_timestamp()
         WHERE id = $1 AND last_seen_at < clock_timestamp() - interval '1 minute'",
        id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Newest first, without those that have expired.
pub async fn list(
    conn: &mut PgConnection,
    user: UserId,
    before: Cursor,
    fetch: i64,
) -> sqlx::Result<Vec<Session>> {
    sqlx::query_as!(
        Session,
        r#"SELECT id AS "id: SessionId", user_agent, created_at, last_seen_at, expires_at
           FROM sessions
           WHERE user_id = $1 AND expires_at > clock_timestamp() AND (created_at, id) < ($2, $3)
           ORDER BY created_at DESC, id DESC
           LIMIT $4"#,
        user.0,
        before.at,
        before.id,
        fetch,
    )
    .fetch_all(conn)
    .await
}

/// False where the user has no such session.
pub async fn delete(conn: &mut PgConnection, user: UserId, id: SessionId) -> sqlx::Result<bool> {
    let done = sqlx::query!("DELETE FROM sessions WHERE id = $1 AND user_id = $2", id.0, user.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn delete_others(conn: &mut PgConnection, user: UserId, keep: SessionId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1 AND id <> $2", user.0, keep.0)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn delete_all(conn: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1", user.0).execute(conn).await?;
    Ok(())
}

pub async fn delete_expired(conn: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1 AND expires_at <= clock_timestamp()", user.0)
        .execute(conn)
        .await?;
    Ok(())
}
