//! Reading data sets, their versions and files.

use judge_core::text::Text;
use sqlx::{PgConnection, types::Json};

use crate::{
    data::model::{Access, DataFile, DataSet, Version},
    kernel::{
        Timestamp,
        ids::{BlobId, CompetitionId, DataSetId, DataVersionId, UserId},
    },
    storage::Blob,
};

/// The sets of a competition in their order, with the database's time; those that were dropped come last.
pub async fn list(
    conn: &mut PgConnection,
    competition: CompetitionId,
) -> sqlx::Result<(Vec<DataSet>, Option<Timestamp>)> {
    let rows = sqlx::query!(
        r#"SELECT s.id AS "id: DataSetId", s.slug, s.title AS "title: Json<Text>", s.access AS "access: Access",
                  coalesce(f.starts_at, s.visible_from) AS visible_from,
                  coalesce(u.ends_at, s.visible_until) AS visible_until, s.dropped, clock_timestamp() AS "now!"
           FROM data_sets s LEFT JOIN phases f ON f.id = s.from_phase_id LEFT JOIN phases u ON u.id = s.until_phase_id
           WHERE s.competition_id = $1 ORDER BY s.dropped, s.position, s.slug"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    let now = rows.last().map(|r| r.now);
    let set = rows.into_iter().map(|r| DataSet {
        id: r.id,
        slug: r.slug,
        title: r.title.0,
        access: r.access,
        from: r.visible_from,
        until: r.visible_until,
        dropped: r.dropped,
    });
    Ok((set.collect(), now))
}

/// The versions of all sets of a competition, newest first.
pub async fn versions(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<Version>> {
    sqlx::query_as!(
        Version,
        r#"SELECT v.id AS "id: DataVersionId", v.set_id AS "set: DataSetId", v.number, v.content_hash, v.withdrawn,
                  v.created_at, (SELECT count(*) FROM data_files f WHERE f.version_id = v.id) AS "files!",
                  (SELECT coalesce(sum(f.size), 0)::bigint FROM data_files f WHERE f.version_id = v.id) AS "bytes!"
           FROM data_versions v JOIN data_sets s ON s.id = v.set_id
           WHERE s.competition_id = $1 ORDER BY v.number DESC"#,
        competition.0
    )
    .fetch_all(conn)
    .await
}

/// A version's files in their order; one of them if a path is named.
pub async fn files(
    conn: &mut PgConnection,
    version: DataVersionId,
    path: Option<&str>,
) -> sqlx::Result<Vec<DataFile>> {
    let rows = sqlx::query!(
        r#"SELECT path, title AS "title: Json<Text>", size, sha256, blob_id AS "blob: BlobId",
                  mirrors AS "mirrors: Json<Vec<String>>"
           FROM data_files WHERE version_id = $1 AND ($2::text IS NULL OR path = $2) ORDER BY position"#,
        version.0,
        path
    )
    .fetch_all(conn)
    .await?;
    let file = rows.into_iter().map(|r| DataFile {
        path: r.path,
        title: r.title.map(|title| title.0),
        blob: r.blob.map(|id| Blob { id, sha256: r.sha256.clone(), size: r.size }),
        size: r.size,
        sha256: r.sha256,
        mirrors: r.mirrors.0,
    });
    Ok(file.collect())
}

/// Whether somebody is in a team that takes part in the competition.
pub async fn is_in_a_team(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM team_members m JOIN teams t ON t.id = m.team_id
                          WHERE m.competition_id = $1 AND m.user_id = $2 AND t.state = 'approved') AS "yes!""#,
        competition.0,
        user.0
    )
    .fetch_one(conn)
    .await
}
