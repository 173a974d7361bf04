//! SQL that writes competitions, and reads again what an export needs.

pub mod kept;
mod phases;

use judge_core::text::Text;
use sqlx::{PgConnection, types::Json};

pub use phases::{keep_phases, put_phase, put_requirement};

use super::model::{Definition, DivisionDefinition, PageDefinition, TrackDefinition};
use crate::{
    accounts::profile::Status,
    competitions::model::Judging,
    kernel::ids::{BlobId, CompetitionId, DivisionId, TaskId, TaskVersionId, TrackId, UserId},
};

/// Serializes imports under one name until the transaction ends, also the first ones, which find no row to lock.
pub async fn lock(conn: &mut PgConnection, slug: &str) -> sqlx::Result<()> {
    let key = format!("definition {slug}");
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key).execute(conn).await?;
    Ok(())
}

/// The competition of that name and the hash of its kept definition.
pub async fn find(
    conn: &mut PgConnection,
    slug: &str,
) -> sqlx::Result<Option<(CompetitionId, Option<Vec<u8>>)>> {
    let row = sqlx::query!(
        r#"SELECT id AS "id: CompetitionId", CASE WHEN definition IS NOT NULL THEN definition_hash END AS hash
           FROM competitions WHERE slug = $1 FOR UPDATE"#,
        slug
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.id, r.hash)))
}

/// Whether a competition names this as the source of its data.
pub async fn is_from(conn: &mut PgConnection, id: CompetitionId, source: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM competitions WHERE id = $1 AND source = $2) AS "yes!""#,
        id.0,
        source
    )
    .fetch_one(conn)
    .await
}

pub async fn put_competition(
    conn: &mut PgConnection,
    id: CompetitionId,
    definition: &Definition,
    hash: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO competitions (id, slug, title, summary, timezone, source, licence, max_team_members,
                                   definition_hash, definition, rules_page, rules_required)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (id) DO UPDATE SET title = excluded.title, summary = excluded.summary,
                timezone = excluded.timezone, source = excluded.source, licence = excluded.licence,
                max_team_members = excluded.max_team_members, definition_hash = excluded.definition_hash,
                definition = excluded.definition, rules_page = excluded.rules_page,
                rules_required = excluded.rules_required",
        id.0,
        definition.slug,
        Json(&definition.title) as _,
        Json(&definition.summary) as _,
        definition.timezone,
        definition.source,
        definition.licence,
        definition.teams.max_members,
        hash,
        Json(definition) as _,
        definition.rules.page,
        definition.rules.required
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How teams register. Where organizers approve teams no more, nobody waits for them any longer.
pub async fn put_registration(
    conn: &mut PgConnection,
    id: CompetitionId,
    definition: &Definition,
) -> sqlx::Result<()> {
    let (teams, registration) = (&definition.teams, &definition.registration);
    sqlx::query!(
        "UPDATE competitions SET min_team_members = $2, registration_opens_at = $3, registration_closes_at = $4,
                team_approval = $5, merge_until = $6, registration_fields = $7
         WHERE id = $1",
        id.0,
        teams.min_members,
        registration.opens.map(|at| at.to_utc()),
        registration.closes.map(|at| at.to_utc()),
        registration.approval.as_str(),
        teams.merge_until.map(|at| at.to_utc()),
        Json(&registration.fields) as _
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE teams SET state = 'approved' WHERE competition_id = $1 AND state = 'waiting' AND $2 = 'none'",
        id.0,
        registration.approval.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn add_organizer(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO competition_organizers (competition_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        competition.0,
        user.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn put_pages(
    conn: &mut PgConnection,
    competition: CompetitionId,
    pages: &[(PageDefinition, Text)],
) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM competition_pages WHERE competition_id = $1", competition.0)
        .execute(&mut *conn)
        .await?;
    for (position, (page, body)) in (0..).zip(pages) {
        sqlx::query!(
            "INSERT INTO competition_pages (competition_id, slug, position, title, body) VALUES ($1, $2, $3, $4, $5)",
            competition.0,
            page.slug,
            position,
            Json(&page.title) as _,
            Json(body) as _
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

pub async fn put_divisions(
    conn: &mut PgConnection,
    competition: CompetitionId,
    divisions: &[DivisionDefinition],
) -> sqlx::Result<()> {
    let slugs: Vec<String> = divisions.iter().map(|d| d.slug.clone()).collect();
    sqlx::query!(
        "DELETE FROM divisions WHERE competition_id = $1 AND slug <> ALL($2)",
        competition.0,
        &slugs
    )
    .execute(&mut *conn)
    .await?;
    for (position, division) in (0..).zip(divisions) {
        sqlx::query!(
            "INSERT INTO divisions (id, competition_id, slug, position, title, min_members, max_members, requires)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (competition_id, slug) DO UPDATE SET position = excluded.position, title = excluded.title,
                    min_members = excluded.min_members, max_members = excluded.max_members,
                    requires = excluded.requires",
            DivisionId::new().0,
            competition.0,
            division.slug,
            position,
            Json(&division.title) as _,
            division.min_members,
            division.max_members,
            division.requires.map(Status::as_str)
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Removes tracks that the definition no longer has; what teams used refuses by its foreign keys.
pub async fn keep_tracks(
    conn: &mut PgConnection,
    competition: CompetitionId,
    slugs: &[String],
) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM tracks WHERE competition_id = $1 AND slug <> ALL($2)", competition.0, slugs)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn put_track(
    conn: &mut PgConnection,
    competition: CompetitionId,
    position: i32,
    track: &TrackDefinition,
) -> sqlx::Result<TrackId> {
    sqlx::query_scalar!(
        r#"INSERT INTO tracks (id, competition_id, slug, position, kind, title, upload_max_bytes)
           VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (competition_id, slug) DO UPDATE SET position = excluded.position, kind = excluded.kind,
                  title = excluded.title, upload_max_bytes = excluded.upload_max_bytes
           RETURNING id AS "id: TrackId""#,
        TrackId::new().0,
        competition.0,
        track.slug,
        position,
        track.kind.as_str(),
        Json(&track.title) as _,
        track.upload.max_bytes
    )
    .fetch_one(conn)
    .await
}

pub async fn keep_tasks(conn: &mut PgConnection, track: TrackId, slugs: &[String]) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM tasks WHERE track_id = $1 AND slug <> ALL($2)", track.0, slugs)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn put_task(
    conn: &mut PgConnection,
    track: TrackId,
    slug: &str,
    title: &Text,
) -> sqlx::Result<TaskId> {
    sqlx::query_scalar!(
        r#"INSERT INTO tasks (id, track_id, slug, title) VALUES ($1, $2, $3, $4)
           ON CONFLICT (track_id, slug) DO UPDATE SET title = excluded.title RETURNING id AS "id: TaskId""#,
        TaskId::new().0,
        track.0,
        slug,
        Json(title) as _
    )
    .fetch_one(conn)
    .await
}

/// The bytes of a task version.
#[derive(Debug, Clone, Copy)]
pub struct TaskBlobs {
    pub input: Option<BlobId>,
    pub truth: BlobId,
    pub scorer: Option<BlobId>,
    pub ingestion: Option<BlobId>,
}

impl TaskBlobs {
    /// In the order of `TaskDefinition::parts`.
    pub fn all(&self) -> [Option<BlobId>; 4] {
        [Some(self.truth), self.input, self.ingestion, self.scorer]
    }
}

/// An image as it was when a task version was made.
#[derive(Debug, Clone)]
pub struct PinnedImage {
    pub name: String,
    pub image_id: String,
    pub blob: BlobId,
}

/// Adds a version unless the newest one has the same content.
pub async fn put_version(
    conn: &mut PgConnection,
    task: TaskId,
    judging: &Judging,
    blobs: TaskBlobs,
    images: &[&PinnedImage],
    content_hash: &[u8],
) -> sqlx::Result<()> {
    let version = TaskVersionId::new();
    let added = sqlx::query!(
        "INSERT INTO task_versions (id, task_id, number, judging, input_blob_id, truth_blob_id, scorer_blob_id,
                                    ingestion_blob_id, content_hash)
         SELECT $1, $2, coalesce(max(v.number), 0) + 1, $3, $4, $5, $6, $7, $8
         FROM (SELECT number, content_hash FROM task_versions WHERE task_id = $2 ORDER BY number DESC LIMIT 1) v
         HAVING coalesce(bool_and(v.content_hash <> $8), true)",
        version.0,
        task.0,
        Json(judging) as _,
        blobs.input.map(|b| b.0),
        blobs.truth.0,
        blobs.scorer.map(|b| b.0),
        blobs.ingestion.map(|b| b.0),
        content_hash
    )
    .execute(&mut *conn)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(());
    }
    for image in images {
        sqlx::query!(
            "INSERT INTO task_version_images (task_version_id, name, image_id, blob_id) VALUES ($1, $2, $3, $4)",
            version.0,
            image.name,
            image.image_id,
            image.blob.0
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
