//! Six digits that stand for the password once.

use std::time::Duration;

use sqlx::{PgConnection, postgres::types::PgInterval};

use crate::kernel::ids::UserId;

/// The person's code from now on; the one before is dead.
pub async fn replace(
    conn: &mut PgConnection,
    user: UserId,
    code_hash: &str,
    lasts: Duration,
) -> sqlx::Result<()> {
    let lasts = PgInterval::try_from(lasts).map_err(sqlx::Error::Encode)?;
    sqlx::query!(
        "INSERT INTO log_in_codes (user_id, code_hash, expires_at) VALUES ($1, $2, clock_timestamp() + $3)
         ON CONFLICT (user_id) DO UPDATE
         SET code_hash = excluded.code_hash, tries = 0, created_at = clock_timestamp(),
             expires_at = excluded.expires_at",
        user.0,
        code_hash,
        lasts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The hash to compare with; counts a try first, so that guesses at once do not share one.
pub async fn try_one(conn: &mut PgConnection, user: UserId, most: i32) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "UPDATE log_in_codes SET tries = tries + 1
         WHERE user_id = $1 AND tries < $2 AND expires_at > clock_timestamp()
         RETURNING code_hash",
        user.0,
        most,
    )
    .fetch_optional(conn)
    .await
}

/// False where the code was used or replaced meanwhile.
pub async fn use_up(conn: &mut PgConnection, user: UserId, code_hash: &str) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("DELETE FROM log_in_codes WHERE user_id = $1 AND code_hash = $2", user.0, code_hash)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn delete(conn: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM log_in_codes WHERE user_id = $1", user.0).execute(conn).await?;
    Ok(())
}
