//! Writing data sets, in the transaction of an import.

use judge_core::text::Text;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, types::Json};

use crate::{
    data::{
        model::{DataFile, Moment, NewSet},
        sums,
    },
    kernel::ids::{CompetitionId, DataSetId, DataVersionId, PhaseId},
};

/// Before phases change: no set refers to one, and contestants read none of those that are not written again.
pub async fn lay_aside(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE data_sets SET dropped = true, from_phase_id = NULL, until_phase_id = NULL WHERE competition_id = $1",
        competition.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a set; a version is added if its files differ from the newest one's.
pub async fn put(
    conn: &mut PgConnection,
    competition: CompetitionId,
    position: i32,
    set: &NewSet,
) -> sqlx::Result<()> {
    let id = put_set(conn, competition, position, set).await?;
    let mut ordered: Vec<&DataFile> = set.files.iter().collect();
    ordered.sort_by(|a, b| a.path.cmp(&b.path));
    let content = sums(ordered.iter().map(|f| (f.path.as_str(), f.sha256.as_slice())));
    let hash = Sha256::digest(content).to_vec();
    let newest = sqlx::query!(
        r#"SELECT id AS "id: DataVersionId", number, content_hash FROM data_versions
           WHERE set_id = $1 ORDER BY number DESC LIMIT 1"#,
        id.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    match newest {
        Some(newest) if newest.content_hash == hash => describe(conn, newest.id, &set.files).await?,
        newest => {
            let number = newest.map_or(1, |v| v.number + 1);
            let version = DataVersionId::new();
            sqlx::query!(
                "INSERT INTO data_versions (id, set_id, number, content_hash) VALUES ($1, $2, $3, $4)",
                version.0,
                id.0,
                number,
                hash
            )
            .execute(&mut *conn)
            .await?;
            insert_files(conn, version, &set.files).await?;
        }
    }
    sqlx::query!(
        "UPDATE data_versions SET withdrawn = (number = ANY($2)) WHERE set_id = $1",
        id.0,
        &set.withdrawn
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn put_set(
    conn: &mut PgConnection,
    competition: CompetitionId,
    position: i32,
    set: &NewSet,
) -> sqlx::Result<DataSetId> {
    let (from, from_phase) = moment(conn, competition, set.from.as_ref()).await?;
    let (until, until_phase) = moment(conn, competition, set.until.as_ref()).await?;
    sqlx::query_scalar!(
        r#"INSERT INTO data_sets (id, competition_id, slug, position, title, access, visible_from, visible_until,
                                  from_phase_id, until_phase_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT (competition_id, slug) DO UPDATE SET position = excluded.position, title = excluded.title,
                  access = excluded.access, visible_from = excluded.visible_from,
                  visible_until = excluded.visible_until, from_phase_id = excluded.from_phase_id,
                  until_phase_id = excluded.until_phase_id, dropped = false
           RETURNING id AS "id: DataSetId""#,
        DataSetId::new().0,
        competition.0,
        set.slug,
        position,
        Json(&set.title) as _,
        set.access.as_str(),
        from,
        until,
        from_phase.map(|p| p.0),
        until_phase.map(|p| p.0)
    )
    .fetch_one(conn)
    .await
}

/// A moment as an instant or a phase of the competition.
async fn moment(
    conn: &mut PgConnection,
    competition: CompetitionId,
    moment: Option<&Moment>,
) -> sqlx::Result<(Option<crate::kernel::Timestamp>, Option<PhaseId>)> {
    let (track, phase) = match moment {
        None => return Ok((None, None)),
        Some(Moment::At(at)) => return Ok((Some(*at), None)),
        Some(Moment::Phase { track, phase }) => (track, phase),
    };
    let id = sqlx::query_scalar!(
        r#"SELECT p.id AS "id: PhaseId" FROM phases p JOIN tracks t ON t.id = p.track_id
           WHERE t.competition_id = $1 AND t.slug = $2 AND p.slug = $3"#,
        competition.0,
        track,
        phase
    )
    .fetch_one(conn)
    .await?;
    Ok((None, Some(id)))
}

async fn insert_files(
    conn: &mut PgConnection,
    version: DataVersionId,
    files: &[DataFile],
) -> sqlx::Result<()> {
    let paths: Vec<String> = files.iter().map(|f| f.path.clone()).collect();
    let titles: Vec<Option<Json<Text>>> = files.iter().map(|f| f.title.clone().map(Json)).collect();
    let sizes: Vec<i64> = files.iter().map(|f| f.size).collect();
    let hashes: Vec<Vec<u8>> = files.iter().map(|f| f.sha256.clone()).collect();
    let blobs: Vec<Option<uuid::Uuid>> = files.iter().map(|f| f.blob.as_ref().map(|b| b.id.0)).collect();
    let mirrors: Vec<Json<Vec<String>>> = files.iter().map(|f| Json(f.mirrors.clone())).collect();
    sqlx::query!(
        "INSERT INTO data_files (version_id, path, position, title, size, sha256, blob_id, mirrors)
         SELECT $1, f.path, f.position - 1, f.title, f.size, f.sha256, f.blob, f.mirrors
         FROM unnest($2::text[], $3::jsonb[], $4::bigint[], $5::bytea[], $6::uuid[], $7::jsonb[])
              WITH ORDINALITY AS f (path, title, size, sha256, blob, mirrors, position)",
        version.0,
        &paths,
        &titles as _,
        &sizes,
        &hashes,
        &blobs as _,
        &mirrors as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is said of the files of a version without being part of it: order, titles, mirrors.
async fn describe(conn: &mut PgConnection, version: DataVersionId, files: &[DataFile]) -> sqlx::Result<()> {
    let paths: Vec<String> = files.iter().map(|f| f.path.clone()).collect();
    let titles: Vec<Option<Json<Text>>> = files.iter().map(|f| f.title.clone().map(Json)).collect();
    let mirrors: Vec<Json<Vec<String>>> = files.iter().map(|f| Json(f.mirrors.clone())).collect();
    let blobs: Vec<Option<uuid::Uuid>> = files.iter().map(|f| f.blob.as_ref().map(|b| b.id.0)).collect();
    sqlx::query!(
        "UPDATE data_files d SET position = f.position - 1, title = f.title, mirrors = f.mirrors,
                                 blob_id = coalesce(d.blob_id, f.blob)
         FROM unnest($2::text[], $3::jsonb[], $4::jsonb[], $5::uuid[])
              WITH ORDINALITY AS f (path, title, mirrors, blob, position)
         WHERE d.version_id = $1 AND d.path = f.path",
        version.0,
        &paths,
        &titles as _,
        &mirrors as _,
        &blobs as _
    )
    .execute(conn)
    .await?;
    Ok(())
}
