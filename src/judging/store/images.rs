//! Sandbox images.

use sqlx::PgConnection;

use crate::{
    judging::model::ImageItem,
    kernel::ids::{BlobId, TaskVersionId},
    storage::Blob,
};

/// Records an image, or a newer archive under the same name.
pub async fn put(conn: &mut PgConnection, name: &str, image_id: &str, blob: BlobId) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO images (name, image_id, blob_id) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET image_id = excluded.image_id, blob_id = excluded.blob_id,
                created_at = clock_timestamp()",
        name,
        image_id,
        blob.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, name: &str) -> sqlx::Result<Option<(String, Blob)>> {
    let row = sqlx::query!(
        r#"SELECT i.image_id, b.id AS "id: BlobId", b.sha256, b.size
           FROM images i JOIN blobs b ON b.id = i.blob_id WHERE i.name = $1"#,
        name
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.image_id, Blob { id: r.id, sha256: r.sha256, size: r.size })))
}

/// The image that a task version was made with.
pub async fn pinned(
    conn: &mut PgConnection,
    version: TaskVersionId,
    name: &str,
) -> sqlx::Result<Option<(String, Blob)>> {
    let row = sqlx::query!(
        r#"SELECT i.image_id, b.id AS "id: BlobId", b.sha256, b.size
           FROM task_version_images i JOIN blobs b ON b.id = i.blob_id
           WHERE i.task_version_id = $1 AND i.name = $2"#,
        version.0,
        name
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.image_id, Blob { id: r.id, sha256: r.sha256, size: r.size })))
}

pub async fn list(conn: &mut PgConnection) -> sqlx::Result<Vec<ImageItem>> {
    let rows = sqlx::query!(
        "SELECT i.name, i.image_id, b.sha256, b.size FROM images i JOIN blobs b ON b.id = i.blob_id ORDER BY i.name"
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| ImageItem {
            name: r.name,
            image_id: r.image_id,
            archive_sha256: hex::encode(r.sha256),
            size: r.size,
        })
        .collect())
}
