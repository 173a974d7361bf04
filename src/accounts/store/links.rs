//! Links in letters.

use std::time::Duration;

use sqlx::{PgConnection, postgres::types::PgInterval};
use uuid::Uuid;

use crate::{
    accounts::model::Purpose,
    kernel::ids::{MailLinkId, UserId},
};

/// A link that works.
#[derive(Debug)]
pub struct Live {
    pub user: UserId,
    pub address: String,
}

/// The person's link of this purpose from now on; the one before is dead.
pub async fn replace(
    conn: &mut PgConnection,
    user: UserId,
    purpose: Purpose,
    secret_hash: &[u8],
    address: &str,
    lasts: Duration,
) -> sqlx::Result<()> {
    let lasts = PgInterval::try_from(lasts).map_err(sqlx::Error::Encode)?;
    let id: Uuid = MailLinkId::new().0;
    sqlx::query!(
        "INSERT INTO mail_links (id, user_id, purpose, secret_hash, address, expires_at)
         VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6)
         ON CONFLICT (user_id, purpose) DO UPDATE
         SET id = excluded.id, secret_hash = excluded.secret_hash, address = excluded.address,
             created_at = clock_timestamp(), expires_at = excluded.expires_at",
        id,
        user.0,
        purpose.as_str(),
        secret_hash,
        address,
        lasts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the link works, without using it.
pub async fn is_live(conn: &mut PgConnection, purpose: Purpose, secret_hash: &[u8]) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM mail_links WHERE secret_hash = $1 AND purpose = $2
                          AND expires_at > clock_timestamp()) AS "live!""#,
        secret_hash,
        purpose.as_str(),
    )
    .fetch_one(conn)
    .await
}

/// Uses the link up: of two calls at once one gets it.
pub async fn take(
    conn: &mut PgConnection,
    purpose: Purpose,
    secret_hash: &[u8],
) -> sqlx::Result<Option<Live>> {
    sqlx::query_as!(
        Live,
        r#"DELETE FROM mail_links WHERE secret_hash = $1 AND purpose = $2 AND expires_at > clock_timestamp()
           RETURNING user_id AS "user: UserId", address"#,
        secret_hash,
        purpose.as_str(),
    )
    .fetch_optional(conn)
    .await
}

/// Where the last letter of this purpose went, whether or not its link still works.
pub async fn address(
    conn: &mut PgConnection,
    user: UserId,
    purpose: Purpose,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT address FROM mail_links WHERE user_id = $1 AND purpose = $2",
        user.0,
        purpose.as_str(),
    )
    .fetch_optional(conn)
    .await
}

pub async fn delete(conn: &mut PgConnection, user: UserId, purpose: Purpose) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM mail_links WHERE user_id = $1 AND purpose = $2", user.0, purpose.as_str())
        .execute(conn)
        .await?;
    Ok(())
}
