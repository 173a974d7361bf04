//! SQL of what an export writes: the kept definition and all that belongs to it.

use std::collections::HashMap;

use judge_core::text::Text;
use sqlx::{PgConnection, types::Json};

use super::TaskBlobs;
use crate::{
    competitions::model::Judging,
    definitions::model::{AttemptRules, Definition},
    kernel::{
        Timestamp,
        ids::{BlobId, CompetitionId},
    },
};

/// The competition of that name. Its definition is absent when it was imported before definitions were kept.
pub async fn definition(
    conn: &mut PgConnection,
    slug: &str,
) -> sqlx::Result<Option<(CompetitionId, Option<Definition>)>> {
    let row = sqlx::query!(
        r#"SELECT id AS "id: CompetitionId", definition AS "definition: Json<Definition>"
           FROM competitions WHERE slug = $1"#,
        slug
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.id, r.definition.map(|d| d.0))))
}

/// Slug of each page → its text.
pub async fn pages(
    conn: &mut PgConnection,
    competition: CompetitionId,
) -> sqlx::Result<HashMap<String, Text>> {
    let rows = sqlx::query!(
        r#"SELECT slug, body AS "body: Json<Text>" FROM competition_pages WHERE competition_id = $1"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.slug, r.body.0)).collect())
}

/// Set and path of each file of the data sets' newest versions → its bytes. What only mirrors have is not among
/// them.
pub async fn files(
    conn: &mut PgConnection,
    competition: CompetitionId,
) -> sqlx::Result<HashMap<(String, String), BlobId>> {
    let rows = sqlx::query!(
        r#"SELECT s.slug AS set, f.path, f.blob_id AS "blob!: BlobId"
           FROM data_sets s
                JOIN LATERAL (SELECT v.id FROM data_versions v WHERE v.set_id = s.id
                              ORDER BY v.number DESC LIMIT 1) newest ON true
                JOIN data_files f ON f.version_id = newest.id
           WHERE s.competition_id = $1 AND NOT s.dropped AND f.blob_id IS NOT NULL ORDER BY s.position, f.position"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| ((r.set, r.path), r.blob)).collect())
}

/// Slugs of track and task → the task's newest version.
pub async fn versions(
    conn: &mut PgConnection,
    competition: CompetitionId,
) -> sqlx::Result<HashMap<(String, String), (Judging, TaskBlobs)>> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (k.id) t.slug AS track, k.slug AS task, v.judging AS "judging: Json<Judging>",
                  v.input_blob_id AS "input: BlobId", v.truth_blob_id AS "truth: BlobId",
                  v.scorer_blob_id AS "scorer: BlobId", v.ingestion_blob_id AS "ingestion: BlobId"
           FROM tracks t JOIN tasks k ON k.track_id = t.id JOIN task_versions v ON v.task_id = k.id
           WHERE t.competition_id = $1 ORDER BY k.id, v.number DESC"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let blobs =
                TaskBlobs { input: r.input, truth: r.truth, scorer: r.scorer, ingestion: r.ingestion };
            ((r.track, r.task), (r.judging.0, blobs))
        })
        .collect())
}

/// What organizers may have changed of a phase since the import.
#[derive(Debug)]
pub struct KeptPhase {
    pub starts: Timestamp,
    pub ends: Timestamp,
    pub freeze: Option<Timestamp>,
    pub attempts: AttemptRules,
}

/// Slugs of track and phase → how the phase stands.
pub async fn phases(
    conn: &mut PgConnection,
    competition: CompetitionId,
) -> sqlx::Result<HashMap<(String, String), KeptPhase>> {
    let rows = sqlx::query!(
        "SELECT t.slug AS track, p.slug AS phase, p.starts_at, p.ends_at, p.freeze_at, p.attempts_daily,
                p.attempts_total, p.max_running
         FROM phases p JOIN tracks t ON t.id = p.track_id WHERE t.competition_id = $1",
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let attempts = AttemptRules {
                per_day: r.attempts_daily,
                total: r.attempts_total,
                max_running: r.max_running,
            };
            let phase = KeptPhase { starts: r.starts_at, ends: r.ends_at, freeze: r.freeze_at, attempts };
            ((r.track, r.phase), phase)
        })
        .collect())
}
