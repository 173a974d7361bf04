use judge_core::text::Text;
use sqlx::{PgConnection, types::Json};

use crate::{
    competitions::{
        model::{BoardRules, Malformed, Pause, Phase, PhaseContext, Requirement, TrackKind},
        visibility::Visibility,
    },
    kernel::{
        Timestamp,
        ids::{CompetitionId, PhaseId, TrackId},
    },
};

struct Row {
    id: PhaseId,
    track_id: TrackId,
    slug: String,
    title: Json<Text>,
    starts_at: Timestamp,
    ends_at: Timestamp,
    attempts_daily: Option<i32>,
    attempts_total: Option<i32>,
    max_running: Option<i32>,
    malformed: Malformed,
    practice: bool,
    visibility: Json<Visibility>,
    board: Json<BoardRules>,
    freeze_at: Option<Timestamp>,
    hand_ins_paused_at: Option<Timestamp>,
    hand_ins_pause_reason: Option<String>,
    judging_paused_at: Option<Timestamp>,
    judging_pause_reason: Option<String>,
    requires_phase: Option<PhaseId>,
    requires_slug: Option<String>,
    requires_top: Option<i32>,
    advanced_at: Option<Timestamp>,
    kind: TrackKind,
    upload_max_bytes: i64,
    competition_id: CompetitionId,
    competition_slug: String,
    timezone: String,
}

fn pause(since: Option<Timestamp>, reason: Option<String>) -> Option<Pause> {
    since.map(|since| Pause { since, reason: reason.unwrap_or_default() })
}

fn requirement(phase: Option<PhaseId>, slug: Option<String>, top: Option<i32>) -> Option<Requirement> {
    Some(Requirement { phase: phase?, slug: slug?, top: top? })
}

impl From<Row> for PhaseContext {
    fn from(row: Row) -> Self {
        Self {
            phase: Phase {
                id: row.id,
                track_id: row.track_id,
                slug: row.slug,
                title: row.title.0,
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                attempts_daily: row.attempts_daily,
                attempts_total: row.attempts_total,
                max_running: row.max_running,
                malformed: row.malformed,
                practice: row.practice,
                visibility: row.visibility.0,
                board: row.board.0,
                freeze_at: row.freeze_at,
                hand_ins_paused: pause(row.hand_ins_paused_at, row.hand_ins_pause_reason),
                judging_paused: pause(row.judging_paused_at, row.judging_pause_reason),
                requires: requirement(row.requires_phase, row.requires_slug, row.requires_top),
                advanced_at: row.advanced_at,
            },
            track_kind: row.kind,
            upload_max_bytes: row.upload_max_bytes,
            competition_id: row.competition_id,
            competition_slug: row.competition_slug,
            timezone: row.timezone,
        }
    }
}

/// In the order of the definition.
pub async fn phases(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<Phase>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT p.id AS "id: PhaseId", p.track_id AS "track_id: TrackId", p.slug, p.title AS "title: Json<Text>",
                  p.starts_at, p.ends_at, p.attempts_daily, p.attempts_total, p.max_running,
                  p.malformed AS "malformed: Malformed",
                  p.practice, p.visibility AS "visibility: Json<Visibility>",
                  p.board AS "board: Json<BoardRules>", p.freeze_at, p.hand_ins_paused_at, p.hand_ins_pause_reason,
                  p.judging_paused_at, p.judging_pause_reason,
                  p.requires_phase AS "requires_phase: PhaseId", r.slug AS "requires_slug?", p.requires_top,
                  p.advanced_at, t.kind AS "kind: TrackKind", t.upload_max_bytes,
                  c.id AS "competition_id: CompetitionId", c.slug AS competition_slug, c.timezone
           FROM phases p JOIN tracks t ON t.id = p.track_id JOIN competitions c ON c.id = t.competition_id
           LEFT JOIN phases r ON r.id = p.requires_phase
           WHERE t.competition_id = $1 ORDER BY t.position, p.position"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| PhaseContext::from(row).phase).collect())
}

pub async fn phase(conn: &mut PgConnection, id: PhaseId) -> sqlx::Result<Option<PhaseContext>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT p.id AS "id: PhaseId", p.track_id AS "track_id: TrackId", p.slug, p.title AS "title: Json<Text>",
                  p.starts_at, p.ends_at, p.attempts_daily, p.attempts_total, p.max_running,
                  p.malformed AS "malformed: Malformed",
                  p.practice, p.visibility AS "visibility: Json<Visibility>",
                  p.board AS "board: Json<BoardRules>", p.freeze_at, p.hand_ins_paused_at, p.hand_ins_pause_reason,
                  p.judging_paused_at, p.judging_pause_reason,
                  p.requires_phase AS "requires_phase: PhaseId", r.slug AS "requires_slug?", p.requires_top,
                  p.advanced_at, t.kind AS "kind: TrackKind", t.upload_max_bytes,
                  c.id AS "competition_id: CompetitionId", c.slug AS competition_slug, c.timezone
           FROM phases p JOIN tracks t ON t.id = p.track_id JOIN competitions c ON c.id = t.competition_id
           LEFT JOIN phases r ON r.id = p.requires_phase
           WHERE p.id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(PhaseContext::from))
}

/// The name of the lock that whoever changes a phase holds alone, and whoever acts by its rules holds together
/// with others. A lock of the row itself would wait for every result that is committed.
pub fn phase_key(phase: PhaseId) -> String {
    format!("phase {phase}")
}

/// Waits until nobody acts by the rules of the phases, and keeps everybody from it until the transaction ends.
/// Always in the same order, so that two who want several never wait for each other.
pub async fn lock_phases(conn: &mut PgConnection, phases: &[PhaseId]) -> sqlx::Result<()> {
    let mut phases = phases.to_vec();
    phases.sort_unstable();
    let keys: Vec<String> = phases.into_iter().map(phase_key).collect();
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest($1::text[]) AS key",
        &keys
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the rules of the phase as they are until the transaction ends.
pub async fn hold_phase(conn: &mut PgConnection, phase: PhaseId) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))", phase_key(phase))
        .execute(conn)
        .await?;
    Ok(())
}
