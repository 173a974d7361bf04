//! SQL of notices.

use judge_core::text::Lang;
use serde_json::Value;
use sqlx::{PgConnection, postgres::types::PgInterval, types::Json};

use super::model::{Notice, Notification};
use crate::kernel::{
    ids::{NotificationId, UserId},
    paging::Cursor,
};

/// Somebody who gets a letter.
#[derive(Debug)]
pub struct MailReader {
    pub user: UserId,
    pub email: String,
    pub lang: Lang,
}

pub async fn insert(conn: &mut PgConnection, users: &[UserId], notice: &Notice) -> sqlx::Result<()> {
    let ids: Vec<uuid::Uuid> = users.iter().map(|_| NotificationId::new().0).collect();
    let users: Vec<uuid::Uuid> = users.iter().map(|user| user.0).collect();
    sqlx::query!(
        "INSERT INTO notifications (id, user_id, notice) SELECT id, user_id, $3
         FROM unnest($1::uuid[], $2::uuid[]) AS told (id, user_id)",
        &ids,
        &users,
        Json(notice) as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of `users` who get letters of this kind; `default` where they said nothing.
pub async fn mail_readers(
    conn: &mut PgConnection,
    users: &[UserId],
    kind: &str,
    default: bool,
) -> sqlx::Result<Vec<MailReader>> {
    let users: Vec<uuid::Uuid> = users.iter().map(|user| user.0).collect();
    let rows = sqlx::query!(
        r#"SELECT u.id AS "id: UserId", u.email, u.lang
           FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id AND p.kind = $2
           WHERE u.id = ANY ($1) AND coalesce(p.by_mail, $3)"#,
        &users,
        kind,
        default,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| MailReader {
            user: r.id,
            email: r.email,
            lang: if r.lang == "en" { Lang::En } else { Lang::Vi },
        })
        .collect())
}

pub async fn held(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    sqlx::query_scalar!(
        r#"SELECT jsonb_build_object(
               'told', (SELECT coalesce(jsonb_agg(to_jsonb(n) - 'user_id' ORDER BY n.created_at), '[]')
                        FROM notifications n WHERE user_id = $1),
               'preferences', (SELECT coalesce(jsonb_agg(to_jsonb(p) - 'user_id'), '[]')
                               FROM notification_preferences p WHERE user_id = $1)) AS "held!: Value""#,
        user.0,
    )
    .fetch_one(conn)
    .await
}

/// Newest first.
pub async fn list(
    conn: &mut PgConnection,
    user: UserId,
    unread_only: bool,
    before: Cursor,
    fetch: i64,
) -> sqlx::Result<Vec<Notification>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: NotificationId", notice AS "notice: Json<Notice>", created_at, read_at
           FROM notifications
           WHERE user_id = $1 AND (read_at IS NULL OR NOT $2) AND (created_at, id) < ($3, $4)
           ORDER BY created_at DESC, id DESC LIMIT $5"#,
        user.0,
        unread_only,
        before.at,
        before.id,
        fetch,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Notification {
            id: r.id,
            created_at: r.created_at,
            read_at: r.read_at,
            sentence: r.notice.sentence(),
            notice: r.notice.0,
        })
        .collect())
}

pub async fn count_unread(conn: &mut PgConnection, user: UserId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM notifications WHERE user_id = $1 AND read_at IS NULL"#,
        user.0
    )
    .fetch_one(conn)
    .await
}

/// Of the person's own notices those with `ids`, or all.
pub async fn mark_read(
    conn: &mut PgConnection,
    user: UserId,
    ids: Option<&[NotificationId]>,
) -> sqlx::Result<()> {
    let ids: Option<Vec<uuid::Uuid>> = ids.map(|ids| ids.iter().map(|id| id.0).collect());
    sqlx::query!(
        "UPDATE notifications SET read_at = clock_timestamp()
         WHERE user_id = $1 AND read_at IS NULL AND ($2::uuid[] IS NULL OR id = ANY ($2))",
        user.0,
        ids.as_deref() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What the person said, by kind.
pub async fn preferences(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<(String, bool)>> {
    let rows = sqlx::query!("SELECT kind, by_mail FROM notification_preferences WHERE user_id = $1", user.0)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|r| (r.kind, r.by_mail)).collect())
}

pub async fn prefer(conn: &mut PgConnection, user: UserId, kind: &str, by_mail: bool) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO notification_preferences (user_id, kind, by_mail) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, kind) DO UPDATE SET by_mail = excluded.by_mail",
        user.0,
        kind,
        by_mail
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets notices that were read longer ago.
pub async fn forget_read(conn: &mut PgConnection, age: PgInterval) -> sqlx::Result<u64> {
    let done =
        sqlx::query!("DELETE FROM notifications WHERE read_at < clock_timestamp() - $1::interval", age)
            .execute(conn)
            .await?;
    Ok(done.rows_affected())
}
