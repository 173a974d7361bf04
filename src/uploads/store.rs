//! SQL of uploads and their pieces.

use sqlx::{PgConnection, postgres::types::PgInterval};

use super::model::Upload;
use crate::{
    kernel::ids::{BlobId, PhaseId, UploadId, UserId},
    storage::Part,
};

pub async fn insert(
    conn: &mut PgConnection,
    user: UserId,
    phase: Option<PhaseId>,
    filename: &str,
    length: i64,
    lifetime: PgInterval,
) -> sqlx::Result<UploadId> {
    let id = UploadId::new();
    sqlx::query!(
        "INSERT INTO uploads (id, user_id, phase_id, filename, length, expires_at)
         VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6)",
        id.0,
        user.0,
        phase.map(|p| p.0),
        filename,
        length,
        lifetime
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// How many uploads of a person wait to be finished or used.
pub async fn count_open(conn: &mut PgConnection, user: UserId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM uploads
           WHERE user_id = $1 AND used_at IS NULL AND expires_at > clock_timestamp()"#,
        user.0
    )
    .fetch_one(conn)
    .await
}

/// Lets the oldest upload of a person expire that was complete and yet refused. `false`: there is none.
pub async fn give_up_refused(conn: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE uploads SET expires_at = clock_timestamp() WHERE id = (
             SELECT id FROM uploads
             WHERE user_id = $1 AND used_at IS NULL AND blob_id IS NOT NULL AND expires_at > clock_timestamp()
             ORDER BY created_at LIMIT 1)",
        user.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An upload of this person. Expired ones are gone.
pub async fn find(conn: &mut PgConnection, user: UserId, id: UploadId) -> sqlx::Result<Option<Upload>> {
    sqlx::query_as!(
        Upload,
        r#"SELECT id AS "id: UploadId", user_id AS "user: UserId", phase_id AS "phase: PhaseId", filename, length,
                  received, blob_id AS "blob: BlobId", used_at, expires_at
           FROM uploads WHERE id = $1 AND user_id = $2 AND (expires_at > clock_timestamp() OR used_at IS NOT NULL)"#,
        id.0,
        user.0
    )
    .fetch_optional(conn)
    .await
}

/// Counts a durable piece, if the upload still stands where the piece begins.
pub async fn append(
    conn: &mut PgConnection,
    id: UploadId,
    start: i64,
    size: i64,
    part: &Part,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH moved AS (
             UPDATE uploads SET received = received + $3 WHERE id = $1 AND received = $2 RETURNING id
         )
         INSERT INTO upload_parts (upload_id, start, size, part_key) SELECT id, $2, $3, $4 FROM moved",
        id.0,
        start,
        size,
        part.key
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn parts(conn: &mut PgConnection, id: UploadId) -> sqlx::Result<Vec<Part>> {
    let rows =
        sqlx::query!("SELECT part_key, size FROM upload_parts WHERE upload_id = $1 ORDER BY start", id.0)
            .fetch_all(conn)
            .await?;
    let part = |key, size: i64| Part { key, size: u64::try_from(size).expect("the database checks it") };
    Ok(rows.into_iter().map(|r| part(r.part_key, r.size)).collect())
}

/// Names the assembled blob, once. `false`: another request was first.
pub async fn set_blob(conn: &mut PgConnection, id: UploadId, blob: BlobId) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("UPDATE uploads SET blob_id = $2 WHERE id = $1 AND blob_id IS NULL", id.0, blob.0)
            .execute(&mut *conn)
            .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!("DELETE FROM upload_parts WHERE upload_id = $1", id.0).execute(conn).await?;
    Ok(true)
}

/// Marks an upload as used; `false`: it was used before.
pub async fn mark_used(conn: &mut PgConnection, id: UploadId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE uploads SET used_at = clock_timestamp() WHERE id = $1 AND used_at IS NULL",
        id.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes one expired, unused upload out of the table and says which bytes go with it.
pub async fn remove_expired(conn: &mut PgConnection) -> sqlx::Result<Option<(Vec<Part>, Option<BlobId>)>> {
    let row = sqlx::query!(
        r#"SELECT id AS "id: UploadId", blob_id AS "blob: BlobId" FROM uploads
           WHERE used_at IS NULL AND expires_at <= clock_timestamp() LIMIT 1 FOR UPDATE SKIP LOCKED"#
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let parts = parts(conn, row.id).await?;
    sqlx::query!("DELETE FROM uploads WHERE id = $1", row.id.0).execute(&mut *conn).await?;
    if let Some(blob) = row.blob {
        sqlx::query!("DELETE FROM blobs WHERE id = $1", blob.0).execute(conn).await?;
    }
    Ok(Some((parts, row.blob)))
}

/// The assembled blob of an upload.
pub async fn blob(conn: &mut PgConnection, id: UploadId) -> sqlx::Result<Option<BlobId>> {
    let blob = sqlx::query_scalar!(r#"SELECT blob_id AS "blob: BlobId" FROM uploads WHERE id = $1"#, id.0)
        .fetch_optional(conn)
        .await?;
    Ok(blob.flatten())
}
