//! Rows of the table `blobs`.

use sqlx::PgConnection;

use super::Stored;
use crate::kernel::ids::BlobId;

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
