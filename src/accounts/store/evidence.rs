//! Photos and scans that show a person's status.

use sqlx::{PgConnection, error::DatabaseError};

use crate::{
    accounts::profile::{Evidence, EvidenceState, Status},
    kernel::ids::{BlobId, EvidenceId, UserId},
};

pub async fn insert(
    conn: &mut PgConnection,
    user: UserId,
    claim: Status,
    media_type: &str,
    blob: BlobId,
) -> sqlx::Result<EvidenceId> {
    let id = EvidenceId::new();
    sqlx::query!(
        "INSERT INTO status_evidence (id, user_id, claim, media_type, blob_id) VALUES ($1, $2, $3, $4, $5)",
        id.0,
        user.0,
        claim.as_str(),
        media_type,
        blob.0,
    )
    .execute(conn)
    .await?;
    Ok(id)
}

pub async fn of(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Option<Evidence>> {
    sqlx::query_as!(
        Evidence,
        r#"SELECT id AS "id: EvidenceId", claim AS "claim: Status", state AS "state: EvidenceState", reason,
                  created_at, decided_at, user_id AS "user: UserId", blob_id AS "blob: BlobId", media_type
           FROM status_evidence WHERE user_id = $1"#,
        user.0,
    )
    .fetch_optional(conn)
    .await
}

pub async fn find(conn: &mut PgConnection, id: EvidenceId) -> sqlx::Result<Option<Evidence>> {
    sqlx::query_as!(
        Evidence,
        r#"SELECT id AS "id: EvidenceId", claim AS "claim: Status", state AS "state: EvidenceState", reason,
                  created_at, decided_at, user_id AS "user: UserId", blob_id AS "blob: BlobId", media_type
           FROM status_evidence WHERE id = $1"#,
        id.0,
    )
    .fetch_optional(conn)
    .await
}

/// The file that nothing names any more, where there was one.
pub async fn delete(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Option<BlobId>> {
    sqlx::query_scalar!(
        r#"DELETE FROM status_evidence WHERE user_id = $1 RETURNING blob_id AS "blob: BlobId""#,
        user.0,
    )
    .fetch_optional(conn)
    .await
}

/// False where something else names the same bytes, and the transaction is lost.
pub async fn delete_blob(conn: &mut PgConnection, blob: BlobId) -> sqlx::Result<bool> {
    match sqlx::query!("DELETE FROM blobs WHERE id = $1", blob.0).execute(conn).await {
        Ok(_) => Ok(true),
        Err(error) if error.as_database_error().is_some_and(DatabaseError::is_foreign_key_violation) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Of what waits or was decided otherwise; false where it is gone or says so already.
pub async fn decide(
    conn: &mut PgConnection,
    id: EvidenceId,
    accepted: bool,
    reason: &str,
) -> sqlx::Result<bool> {
    let state = if accepted { "accepted" } else { "refused" };
    let done = sqlx::query!(
        "UPDATE status_evidence SET state = $2, reason = $3, decided_at = clock_timestamp()
         WHERE id = $1 AND state <> $2",
        id.0,
        state,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What was accepted is looked at again, because something that it was compared with has changed.
pub async fn reopen(conn: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE status_evidence SET state = 'waiting', decided_at = NULL WHERE user_id = $1 AND state = 'accepted'",
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
