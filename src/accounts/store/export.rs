//! All that this room holds of a person.

use serde_json::Value;
use sqlx::PgConnection;

use crate::kernel::ids::UserId;

pub async fn account(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    sqlx::query_scalar!(
        r#"SELECT jsonb_build_object(
               'user', (SELECT jsonb_build_object('id', id, 'email', email, 'name', name, 'lang', lang,
                               'created_at', created_at, 'email_confirmed_at', email_confirmed_at)
                        FROM users WHERE id = $1),
               'roles', (SELECT coalesce(jsonb_agg(role), '[]') FROM user_roles WHERE user_id = $1),
               'profile', (SELECT to_jsonb(p) - 'user_id' FROM profiles p WHERE user_id = $1),
               'sessions', (SELECT coalesce(jsonb_agg(to_jsonb(s) - 'user_id' - 'secret_hash'), '[]')
                            FROM sessions s WHERE user_id = $1),
               'tokens', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'user_id' - 'secret_hash'), '[]')
                          FROM api_tokens t WHERE user_id = $1),
               'consents', (SELECT coalesce(jsonb_agg(to_jsonb(c) - 'user_id'), '[]')
                            FROM consents c WHERE user_id = $1),
               'guardian', (SELECT to_jsonb(g) - 'user_id' - 'secret_hash' FROM guardians g WHERE user_id = $1),
               'evidence', (SELECT to_jsonb(e) - 'user_id' - 'blob_id' FROM status_evidence e WHERE user_id = $1)
           ) AS "held!: Value""#,
        user.0,
    )
    .fetch_one(conn)
    .await
}

/// The row of a person; all that hangs on it goes or forgets it.
pub async fn delete(conn: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let done = sqlx::query!("DELETE FROM users WHERE id = $1", user.0).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}
