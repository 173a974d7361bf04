//! SQL of letters.

use std::time::Duration;

use serde_json::Value;
use sqlx::{PgConnection, postgres::types::PgInterval};

use super::model::{Due, Letter};
use crate::kernel::ids::{MailId, UserId};

pub async fn insert(conn: &mut PgConnection, letters: &[Letter<'_>]) -> sqlx::Result<()> {
    let ids: Vec<uuid::Uuid> = letters.iter().map(|_| MailId::new().0).collect();
    let users: Vec<Option<uuid::Uuid>> = letters.iter().map(|l| l.user.map(|user| user.0)).collect();
    let texts = |field: fn(&Letter<'_>) -> String| letters.iter().map(field).collect::<Vec<String>>();
    sqlx::query!(
        "INSERT INTO mails (id, user_id, address, subject, body)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])",
        &ids,
        &users as &[Option<uuid::Uuid>],
        &texts(|l| l.address.to_owned()),
        &texts(|l| l.subject.to_owned()),
        &texts(|l| l.body.to_owned()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the letter that has been due the longest and counts a try. It comes back in five minutes unless its
/// fate is written before.
pub async fn claim(conn: &mut PgConnection, most_tries: i32) -> sqlx::Result<Option<Due>> {
    sqlx::query_as!(
        Due,
        r#"UPDATE mails SET tries = tries + 1, due_at = clock_timestamp() + interval '5 minutes'
           WHERE id = (SELECT id FROM mails
                       WHERE sent_at IS NULL AND due_at <= clock_timestamp() AND tries < $1
                       ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id AS "id: MailId", address, subject, body, tries"#,
        most_tries,
    )
    .fetch_optional(conn)
    .await
}

/// The text is forgotten with it.
pub async fn mark_sent(conn: &mut PgConnection, id: MailId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE mails SET sent_at = clock_timestamp(), body = '', failure = NULL WHERE id = $1 AND sent_at IS NULL",
        id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tried again after the pause, or never without one.
pub async fn put_off(
    conn: &mut PgConnection,
    id: MailId,
    pause: Option<Duration>,
    failure: &str,
) -> sqlx::Result<()> {
    let pause = pause.map(PgInterval::try_from).transpose().map_err(sqlx::Error::Encode)?;
    sqlx::query!(
        "UPDATE mails SET due_at = coalesce(clock_timestamp() + $2, 'infinity'), failure = $3
         WHERE id = $1 AND sent_at IS NULL",
        id.0,
        pause,
        failure,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Letters of more than so many days, whatever became of them.
pub async fn delete_old(conn: &mut PgConnection, days: i32) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM mails WHERE created_at < clock_timestamp() - make_interval(days => $1)", days)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn delete_of(conn: &mut PgConnection, user: UserId, address: &str) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM mails WHERE user_id = $1 OR lower(address) = lower($2)", user.0, address)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn held(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(jsonb_agg(jsonb_build_object('address', address, 'subject', subject,
                           'created_at', created_at, 'sent_at', sent_at) ORDER BY created_at), '[]') AS "held!: Value"
           FROM mails WHERE user_id = $1"#,
        user.0,
    )
    .fetch_one(conn)
    .await
}

/// Forgets letters that were sent longer ago.
pub async fn forget_sent(conn: &mut PgConnection, age: PgInterval) -> sqlx::Result<u64> {
    let done = sqlx::query!("DELETE FROM mails WHERE sent_at < clock_timestamp() - $1::interval", age)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
