//! Rows of the table `blobs`.

use sqlx::{Connection, PgConnection, error::DatabaseError};

use super::Stored;
use crate::kernel::{Timestamp, ids::BlobId};

/// What the database knows of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub id: BlobId,
    pub sha256: Vec<u8>,
    pub size: i64,
}

impl Blob {
    /// The hash as lower-case hexadecimal.
    pub fn sha256_hex(&self) -> String {
        hex::encode(&self.sha256)
    }
}

/// Records a blob whose bytes are already durable.
pub async fn insert(conn: &mut PgConnection, stored: &Stored) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO blobs (id, sha256, size) VALUES ($1, $2, $3)",
        stored.blob.0,
        &stored.sha256[..],
        stored.size
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, id: BlobId) -> sqlx::Result<Option<Blob>> {
    sqlx::query_as!(Blob, r#"SELECT id AS "id: BlobId", sha256, size FROM blobs WHERE id = $1"#, id.0)
        .fetch_optional(conn)
        .await
}

/// A lasting blob with the same bytes, if there is one. One whose upload is not used yet goes when that expires.
pub async fn find_by_hash(conn: &mut PgConnection, sha256: &[u8]) -> sqlx::Result<Option<Blob>> {
    sqlx::query_as!(
        Blob,
        r#"SELECT b.id AS "id: BlobId", b.sha256, b.size FROM blobs b
           WHERE b.sha256 = $1
             AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.blob_id = b.id AND u.used_at IS NULL)
           ORDER BY b.id LIMIT 1"#,
        sha256
    )
    .fetch_optional(conn)
    .await
}

/// The database's clock.
pub async fn now(conn: &mut PgConnection) -> sqlx::Result<Timestamp> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(conn).await
}

/// A blob as upkeep looks at it.
#[derive(Debug)]
pub struct Dated {
    pub id: BlobId,
    pub size: i64,
    pub created_at: Timestamp,
}

/// The next thousand blobs by id that were there before `until`.
pub async fn page(conn: &mut PgConnection, after: BlobId, until: Timestamp) -> sqlx::Result<Vec<Dated>> {
    sqlx::query_as!(
        Dated,
        r#"SELECT id AS "id: BlobId", size, created_at FROM blobs
           WHERE id > $1 AND created_at < $2 ORDER BY id LIMIT 1000"#,
        after.0,
        until
    )
    .fetch_all(conn)
    .await
}

/// Keys of the pieces of uploads that are not complete.
pub async fn part_keys(conn: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("SELECT part_key FROM upload_parts").fetch_all(conn).await
}

/// Whether no row of any table names the blob. The database itself is asked, by a removal that is taken back:
/// a list of tables kept here would one day lack one.
pub async fn is_unused(conn: &mut PgConnection, id: BlobId) -> sqlx::Result<bool> {
    let mut tx = conn.begin().await?;
    let unused = delete_unused(&mut tx, id).await?;
    tx.rollback().await?;
    Ok(unused)
}

/// Removes the row unless something names it; false where it stays.
pub async fn delete_unused(conn: &mut PgConnection, id: BlobId) -> sqlx::Result<bool> {
    match sqlx::query!("DELETE FROM blobs WHERE id = $1", id.0).execute(conn).await {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(error) if error.as_database_error().is_some_and(DatabaseError::is_foreign_key_violation) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}
