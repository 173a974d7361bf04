//! SQL of notices.

use judge_core::text::Lang;
use serde_json::Value;
use sqlx::{PgConnection, types::Json};

use super::model::Notice;
use crate::kernel::ids::{NotificationId, UserId};

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
