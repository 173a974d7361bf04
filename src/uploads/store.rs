//! SQL of uploads and their pieces.

use serde_json::Value;
use sqlx::{PgConnection, postgres::types::PgInterval};

use super::{model::Upload, rules::Metadata};
use crate::{
    kernel::{
        Timestamp,
        ids::{BlobId, PhaseId, UploadId, UserId},
    },
    storage::Part,
};

/// Makes an upload; until when it is kept.
pub async fn insert(
    conn: &mut PgConnection,
    id: UploadId,
    user: UserId,
    metadata: &Metadata,
    length: i64,
    lifetime: PgInterval,
) -> sqlx::Result<Timestamp> {
    sqlx::query_scalar!(
        "INSERT INTO uploads (id, user_id, phase_id, filename, metadata, length, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7) RETURNING expires_at",
        id.0,
        user.0,
        metadata.phase.map(|p| p.0),
        metadata.filename,
        metadata.whole,
        length,
        lifetime
    )
    .fetch_one(conn)
    .await
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

/// An upload of this person.
pub async fn find(conn: &mut PgConnection, user: UserId, id: UploadId) -> sqlx::Result<Option<Upload>> {
    sqlx::query_as!(
        Upload,
        r#"SELECT id AS "id: UploadId", user_id AS "user!: UserId", phase_id AS "phase: PhaseId", filename, metadata,
                  length, received, blob_id AS "blob: BlobId", used_at, expires_at,
                  (used_at IS NULL AND expires_at <= clock_timestamp()) AS "expired!"
           FROM uploads WHERE id = $1 AND user_id = $2"#,
        id.0,
        user.0
    )
    .fetch_optional(conn)
    .await
}

/// Whether there was such an upload of this person that ended without being used.
pub async fn has_ended(conn: &mut PgConnection, user: UserId, id: UploadId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM ended_uploads WHERE id = $1 AND user_id = $2) AS "yes!""#,
        id.0,
        user.0
    )
    .fetch_one(conn)
    .await
}

/// Counts durable pieces, if the upload still stands where they begin, and keeps it for another while; until
/// when. `None`: it stands elsewhere, or is gone.
pub async fn append(
    conn: &mut PgConnection,
    id: UploadId,
    start: i64,
    parts: &[Part],
    lifetime: PgInterval,
) -> sqlx::Result<Option<Timestamp>> {
    let sizes: Vec<i64> = parts.iter().map(Part::length).collect();
    let mut at = start;
    let mut starts = Vec::with_capacity(sizes.len());
    for size in &sizes {
        starts.push(at);
        at += size;
    }
    let keys: Vec<String> = parts.iter().map(|p| p.key.clone()).collect();
    sqlx::query_scalar!(
        r#"WITH moved AS (
               UPDATE uploads SET received = $3, expires_at = greatest(expires_at, clock_timestamp() + $7)
               WHERE id = $1 AND received = $2 AND used_at IS NULL AND expires_at > clock_timestamp()
               RETURNING id, expires_at
           ), kept AS (
               INSERT INTO upload_parts (upload_id, start, size, part_key)
               SELECT moved.id, p.start, p.size, p.key
               FROM moved, unnest($4::bigint[], $5::bigint[], $6::text[]) AS p (start, size, key)
           )
           SELECT expires_at FROM moved"#,
        id.0,
        start,
        at,
        &starts,
        &sizes,
        &keys,
        lifetime
    )
    .fetch_optional(conn)
    .await
}

/// Keeps an upload for another while, so that no sweep takes it from whoever finishes it. `false`: it is gone,
/// or used.
pub async fn hold(conn: &mut PgConnection, id: UploadId, lifetime: PgInterval) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE uploads SET expires_at = greatest(expires_at, clock_timestamp() + $2)
         WHERE id = $1 AND used_at IS NULL AND expires_at > clock_timestamp()",
        id.0,
        lifetime
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

/// Marks an upload as used and locks it until the transaction ends. `Some(false)`: it was used before; `None`:
/// it is gone.
pub async fn mark_used(conn: &mut PgConnection, id: UploadId) -> sqlx::Result<Option<bool>> {
    let done = sqlx::query!(
        "UPDATE uploads SET used_at = clock_timestamp() WHERE id = $1 AND used_at IS NULL",
        id.0
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(Some(true));
    }
    let there = sqlx::query_scalar!(r#"SELECT 1 AS "one!" FROM uploads WHERE id = $1"#, id.0);
    Ok(there.fetch_optional(conn).await?.map(|_| false))
}

/// The bytes that go with an upload that ended.
#[derive(Debug, Default)]
pub struct Remains {
    pub parts: Vec<Part>,
    pub blob: Option<BlobId>,
}

/// Takes an upload of this person out of the table. `Err` of the inner result: it was used, and stays.
pub async fn end(
    conn: &mut PgConnection,
    user: UserId,
    id: UploadId,
) -> sqlx::Result<Option<Result<Remains, Used>>> {
    let row = sqlx::query!(
        r#"SELECT blob_id AS "blob: BlobId", used_at FROM uploads WHERE id = $1 AND user_id = $2 FOR UPDATE"#,
        id.0,
        user.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    Ok(match row {
        None => None,
        Some(row) if row.used_at.is_some() => Some(Err(Used)),
        Some(row) => Some(Ok(take_out(conn, Some(user), id, row.blob).await?)),
    })
}

/// The upload was used.
#[derive(Debug)]
pub struct Used;

/// Takes one expired, unused upload out of the table.
pub async fn end_expired(conn: &mut PgConnection) -> sqlx::Result<Option<Remains>> {
    let row = sqlx::query!(
        r#"SELECT id AS "id: UploadId", user_id AS "user: UserId", blob_id AS "blob: BlobId" FROM uploads
           WHERE used_at IS NULL AND expires_at <= clock_timestamp() LIMIT 1 FOR UPDATE SKIP LOCKED"#
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(take_out(conn, row.user, row.id, row.blob).await?))
}

/// Removes the locked row and leaves a note that there was one, unless its owner was erased.
async fn take_out(
    conn: &mut PgConnection,
    user: Option<UserId>,
    id: UploadId,
    blob: Option<BlobId>,
) -> sqlx::Result<Remains> {
    let parts = parts(conn, id).await?;
    sqlx::query!("DELETE FROM uploads WHERE id = $1", id.0).execute(&mut *conn).await?;
    if let Some(blob) = blob {
        sqlx::query!("DELETE FROM blobs WHERE id = $1", blob.0).execute(&mut *conn).await?;
    }
    if let Some(user) = user {
        sqlx::query!("INSERT INTO ended_uploads (id, user_id) VALUES ($1, $2)", id.0, user.0)
            .execute(conn)
            .await?;
    }
    Ok(Remains { parts, blob })
}

/// Forgets uploads that ended so long ago that nobody asks for them any more.
pub async fn forget_ended(conn: &mut PgConnection, age: PgInterval) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM ended_uploads WHERE ended_at + $1 < clock_timestamp()", age)
        .execute(conn)
        .await?;
    Ok(())
}

/// All uploads of a person.
pub async fn held(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'filename', filename, 'length', length,
                           'created_at', created_at, 'used_at', used_at) ORDER BY created_at), '[]') AS "held!: Value"
           FROM uploads WHERE user_id = $1"#,
        user.0,
    )
    .fetch_one(conn)
    .await
}

/// Names of files go; what is not used yet expires now.
pub async fn let_go(conn: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE uploads SET filename = '', metadata = '', expires_at = CASE WHEN used_at IS NULL THEN clock_timestamp()
                                                             ELSE expires_at END
         WHERE user_id = $1",
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
