//! SQL of letters.

use sqlx::PgConnection;

use super::model::Letter;
use crate::kernel::ids::MailId;

pub async fn insert(conn: &mut PgConnection, letter: &Letter<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO mails (id, user_id, address, subject, body) VALUES ($1, $2, $3, $4, $5)",
        MailId::new().0,
        letter.user.map(|user| user.0),
        letter.address,
        letter.subject,
        letter.body,
    )
    .execute(conn)
    .await?;
    Ok(())
}
