use sqlx::PgConnection;

use crate::{
    accounts::{
        model::{ApiToken, Role},
        scope::{Scope, Scopes},
    },
    kernel::{
        Timestamp,
        ids::{ApiTokenId, UserId},
        paging::Cursor,
    },
};

/// A token that a program showed.
#[derive(Debug)]
pub struct Live {
    pub id: ApiTokenId,
    pub user: UserId,
    pub roles: Vec<Role>,
    pub scopes: Vec<Scope>,
    /// The last use was recorded more than a minute ago, or never.
    pub stale: bool,
}

struct Row {
    id: ApiTokenId,
    name: String,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    scopes: Vec<Scope>,
}

impl From<Row> for ApiToken {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            scopes: row.scopes.into(),
        }
    }
}

pub async fn insert(
    conn: &mut PgConnection,
    user: UserId,
    name: &str,
    secret_hash: &[u8],
    scopes: &Scopes,
) -> sqlx::Result<ApiToken> {
    let scopes: Vec<String> = scopes.iter().map(|scope| scope.to_string()).collect();
    let row = sqlx::query_as!(
        Row,
        r#"INSERT INTO api_tokens (id, user_id, name, secret_hash, scopes) VALUES ($1, $2, $3, $4, $5)
           RETURNING id AS "id: ApiTokenId", name, created_at, last_used_at, scopes AS "scopes: Vec<Scope>""#,
        ApiTokenId::new().0,
        user.0,
        name,
        secret_hash,
        &scopes,
    )
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

/// Tokens of the user that still work.
pub async fn count(conn: &mut PgConnection, user: UserId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM api_tokens WHERE user_id = $1 AND revoked_at IS NULL"#,
        user.0,
    )
    .fetch_one(conn)
    .await
}

pub async fn find_live(conn: &mut PgConnection, secret_hash: &[u8]) -> sqlx::Result<Option<Live>> {
    sqlx::query_as!(
        Live,
        r#"SELECT t.id AS "id: ApiTokenId", t.user_id AS "user: UserId",
                  ARRAY(SELECT r.role FROM user_roles r WHERE r.user_id = t.user_id) AS "roles!: Vec<Role>",
                  t.scopes AS "scopes: Vec<Scope>",
                  coalesce(t.last_used_at < clock_timestamp() - interval '1 minute', true) AS "stale!"
           FROM api_tokens t WHERE t.secret_hash = $1 AND t.revoked_at IS NULL"#,
        secret_hash,
    )
    .fetch_optional(conn)
    .await
}

pub async fn is_live(conn: &mut PgConnection, id: ApiTokenId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM api_tokens WHERE id = $1 AND revoked_at IS NULL) AS "live!""#,
        id.0,
    )
    .fetch_one(conn)
    .await
}

/// Records that the token was used, unless another request just did.
pub async fn touch(conn: &mut PgConnection, id: ApiTokenId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE api_tokens SET last_used_at = clock_timestamp()
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')",
        id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Newest first, without those that are revoked.
pub async fn list(
    conn: &mut PgConnection,
    user: UserId,
    before: Cursor,
    fetch: i64,
) -> sqlx::Result<Vec<ApiToken>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id AS "id: ApiTokenId", name, created_at, last_used_at, scopes AS "scopes: Vec<Scope>"
           FROM api_tokens
           WHERE user_id = $1 AND revoked_at IS NULL AND (created_at, id) < ($2, $3)
           ORDER BY created_at DESC, id DESC
           LIMIT $4"#,
        user.0,
        before.at,
        before.id,
        fetch,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(ApiToken::from).collect())
}

/// False where the user has no such token that works.
pub async fn revoke(conn: &mut PgConnection, user: UserId, id: ApiTokenId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE api_tokens SET revoked_at = clock_timestamp()
         WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL",
        id.0,
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
