//! What people and their guardians agreed to.

use std::time::Duration;

use sqlx::{PgConnection, postgres::types::PgInterval};

use crate::{
    accounts::profile::{Consent, Guardian},
    kernel::ids::{ConsentId, UserId},
};

/// Once more of the same version changes nothing.
pub async fn give(
    conn: &mut PgConnection,
    user: UserId,
    document: &str,
    version: &str,
    text_hash: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO consents (id, user_id, document, version, text_hash) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id, document, version) WHERE withdrawn_at IS NULL DO NOTHING",
        ConsentId::new().0,
        user.0,
        document,
        version,
        text_hash,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn withdraw(conn: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE consents SET withdrawn_at = clock_timestamp() WHERE user_id = $1 AND withdrawn_at IS NULL",
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Oldest first, the withdrawn ones among them.
pub async fn list(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<Consent>> {
    sqlx::query_as!(
        Consent,
        "SELECT document, version, given_at, withdrawn_at FROM consents WHERE user_id = $1 ORDER BY given_at, id",
        user.0,
    )
    .fetch_all(conn)
    .await
}

/// Names a guardian; what one before agreed to no longer counts.
pub async fn name_guardian(
    conn: &mut PgConnection,
    user: UserId,
    address: &str,
    secret_hash: &[u8],
    lasts: Duration,
) -> sqlx::Result<()> {
    let lasts = PgInterval::try_from(lasts).map_err(sqlx::Error::Encode)?;
    sqlx::query!(
        "INSERT INTO guardians (user_id, address, secret_hash, expires_at)
         VALUES ($1, $2, $3, clock_timestamp() + $4)
         ON CONFLICT (user_id) DO UPDATE
         SET address = excluded.address, secret_hash = excluded.secret_hash, asked_at = clock_timestamp(),
             expires_at = excluded.expires_at, name = '', version = '', consented_at = NULL, withdrawn_at = NULL",
        user.0,
        address,
        secret_hash,
        lasts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn guardian(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Option<Guardian>> {
    sqlx::query_as!(
        Guardian,
        "SELECT address, asked_at, name, version, consented_at, withdrawn_at FROM guardians WHERE user_id = $1",
        user.0,
    )
    .fetch_optional(conn)
    .await
}

/// Whose guardian holds this link.
#[derive(Debug)]
pub struct Ward {
    pub user: UserId,
    pub name: String,
    pub consented: bool,
    /// Whether the link can still agree.
    pub open: bool,
}

pub async fn ward(conn: &mut PgConnection, secret_hash: &[u8]) -> sqlx::Result<Option<Ward>> {
    sqlx::query_as!(
        Ward,
        r#"SELECT u.id AS "user: UserId", u.name,
                  g.consented_at IS NOT NULL AND g.withdrawn_at IS NULL AS "consented!",
                  g.expires_at > clock_timestamp() AS "open!"
           FROM guardians g JOIN users u ON u.id = g.user_id WHERE g.secret_hash = $1"#,
        secret_hash,
    )
    .fetch_optional(conn)
    .await
}

/// False where the link can agree no more.
pub async fn agree(
    conn: &mut PgConnection,
    secret_hash: &[u8],
    name: &str,
    version: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE guardians SET name = $2, version = $3, consented_at = clock_timestamp(), withdrawn_at = NULL
         WHERE secret_hash = $1 AND expires_at > clock_timestamp()",
        secret_hash,
        name,
        version,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False where nothing was agreed to.
pub async fn disagree(conn: &mut PgConnection, secret_hash: &[u8]) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE guardians SET withdrawn_at = clock_timestamp()
         WHERE secret_hash = $1 AND consented_at IS NOT NULL AND withdrawn_at IS NULL",
        secret_hash,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
