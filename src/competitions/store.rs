//! SQL of competitions, for reading. `definitions/` writes them.

mod phases;

use judge_core::{retrieval::AnswerRules, text::Text};
use serde_json::Value;
use sqlx::{PgConnection, types::Json};

pub use phases::{hold_phase, lock_phases, phase, phase_key, phases};

use super::model::{Competition, Division, InfoPage, PublicFile, Task, Track, TrackKind};
use crate::kernel::{
    ids::{CompetitionId, DivisionId, PhaseId, TaskId, TrackId, UserId},
    paging::Cursor,
};

pub async fn list(conn: &mut PgConnection, before: Cursor, limit: i64) -> sqlx::Result<Vec<Competition>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: CompetitionId", slug, title AS "title: Json<Text>", summary AS "summary: Json<Text>",
                  timezone, source, licence, max_team_members, created_at
           FROM competitions WHERE (created_at, id) < ($1, $2)
           ORDER BY created_at DESC, id DESC LIMIT $3"#,
        before.at,
        before.id,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Competition {
            id: r.id,
            slug: r.slug,
            title: r.title.0,
            summary: r.summary.0,
            timezone: r.timezone,
            source: r.source,
            licence: r.licence,
            max_team_members: r.max_team_members,
            created_at: r.created_at,
        })
        .collect())
}

pub async fn find(conn: &mut PgConnection, slug: &str) -> sqlx::Result<Option<Competition>> {
    let row = sqlx::query!(
        r#"SELECT id AS "id: CompetitionId", slug, title AS "title: Json<Text>", summary AS "summary: Json<Text>",
                  timezone, source, licence, max_team_members, created_at
           FROM competitions WHERE slug = $1"#,
        slug
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Competition {
        id: r.id,
        slug: r.slug,
        title: r.title.0,
        summary: r.summary.0,
        timezone: r.timezone,
        source: r.source,
        licence: r.licence,
        max_team_members: r.max_team_members,
        created_at: r.created_at,
    }))
}

pub async fn is_organizer(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM competition_organizers WHERE competition_id = $1 AND user_id = $2) AS "yes!""#,
        competition.0,
        user.0
    )
    .fetch_one(conn)
    .await
}

pub async fn divisions(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<Division>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: DivisionId", slug, title AS "title: Json<Text>"
           FROM divisions WHERE competition_id = $1 ORDER BY position"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| Division { id: r.id, slug: r.slug, title: r.title.0 }).collect())
}

pub async fn tracks(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<Track>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: TrackId", slug, kind AS "kind: TrackKind", title AS "title: Json<Text>", upload_max_bytes
           FROM tracks WHERE competition_id = $1 ORDER BY position"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Track {
            id: r.id,
            slug: r.slug,
            kind: r.kind,
            title: r.title.0,
            upload_max_bytes: r.upload_max_bytes,
        })
        .collect())
}

/// The tasks of a competition, each with its newest version's number.
pub async fn tasks(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<Task>> {
    let rows = sqlx::query!(
        r#"SELECT k.id AS "id: TaskId", k.track_id AS "track_id: TrackId", k.slug, k.title AS "title: Json<Text>",
                  v.number AS version,
                  v.judging -> 'scorer' -> 'retrieval' -> 'answers' AS "answers: Json<AnswerRules>"
           FROM tasks k JOIN tracks t ON t.id = k.track_id
           JOIN LATERAL (SELECT number, judging FROM task_versions WHERE task_id = k.id
                         ORDER BY number DESC LIMIT 1) v ON true
           WHERE t.competition_id = $1 ORDER BY t.position, k.slug"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Task {
            id: r.id,
            track_id: r.track_id,
            slug: r.slug,
            title: r.title.0,
            version: r.version,
            answers: r.answers.map(|answers| answers.0),
        })
        .collect())
}

/// Slugs of a phase's tasks, in order.
pub async fn phase_tasks(conn: &mut PgConnection, phase: PhaseId) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "SELECT k.slug FROM phase_tasks pt JOIN tasks k ON k.id = pt.task_id WHERE pt.phase_id = $1 ORDER BY pt.position",
        phase.0
    )
    .fetch_all(conn)
    .await
}

pub async fn pages(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<InfoPage>> {
    let rows = sqlx::query!(
        r#"SELECT slug, title AS "title: Json<Text>", body AS "body: Json<Text>"
           FROM competition_pages WHERE competition_id = $1 ORDER BY position"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| InfoPage { slug: r.slug, title: r.title.0, body: r.body.0 }).collect())
}

/// The files that everybody may download: the data set of the section `files`, as it is now.
pub async fn files(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<PublicFile>> {
    let rows = sqlx::query!(
        r#"SELECT f.path, f.title AS "title!: Json<Text>", f.size, f.sha256
           FROM data_sets s
                JOIN LATERAL (SELECT v.id FROM data_versions v WHERE v.set_id = s.id
                              ORDER BY v.number DESC LIMIT 1) newest ON true
                JOIN data_files f ON f.version_id = newest.id
           WHERE s.competition_id = $1 AND s.slug = 'files' AND NOT s.dropped ORDER BY f.position"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| PublicFile { path: r.path, title: r.title.0, size: r.size, sha256: hex::encode(r.sha256) })
        .collect())
}

/// The competitions that a person is named as an organizer of.
pub async fn organized_by(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(jsonb_agg(c.slug ORDER BY c.slug), '[]') AS "held!: Value"
           FROM competition_organizers o JOIN competitions c ON c.id = o.competition_id WHERE o.user_id = $1"#,
        user.0,
    )
    .fetch_one(conn)
    .await
}
