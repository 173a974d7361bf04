//! SQL of standings.

use std::collections::BTreeMap;

use judge_core::text::Text;
use sqlx::{PgConnection, types::Json};

use super::model::{Row, RowDivision, RowTeam, Split, Standing, View};
use crate::kernel::{
    Timestamp,
    ids::{PhaseId, SubmissionId, TaskId, TeamId},
};

/// Serializes recomputations of one team's standings in one phase until the transaction ends.
pub async fn lock(conn: &mut PgConnection, phase: PhaseId, team: TeamId) -> sqlx::Result<()> {
    let key = format!("standing {phase} {team}");
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key).execute(conn).await?;
    Ok(())
}

/// One score of one task of one submission.
#[derive(Debug)]
pub struct ScoreRow {
    pub submission: SubmissionId,
    pub accepted_at: Timestamp,
    pub task: TaskId,
    pub split: String,
    pub metric: String,
    pub value: f64,
}

/// All scores of a team in a phase: of each submission and task the newest task version that was judged.
/// Ordered by submission and task.
pub async fn scores(conn: &mut PgConnection, phase: PhaseId, team: TeamId) -> sqlx::Result<Vec<ScoreRow>> {
    sqlx::query_as!(
        ScoreRow,
        r#"SELECT n.submission_id AS "submission: SubmissionId", n.accepted_at AS "accepted_at!",
                  n.task_id AS "task: TaskId", s.split, s.metric, s.value
           FROM (SELECT DISTINCT ON (sub.id, v.task_id)
                        sub.id AS submission_id, sub.accepted_at, v.task_id, e.id AS evaluation_id, e.verdict
                 FROM submissions sub
                 JOIN evaluations e ON e.submission_id = sub.id
                 JOIN task_versions v ON v.id = e.task_version_id
                 JOIN phase_tasks pt ON pt.phase_id = sub.phase_id AND pt.task_id = v.task_id
                 WHERE sub.phase_id = $1 AND sub.team_id = $2
                 ORDER BY sub.id, v.task_id, v.number DESC) n
           JOIN evaluation_scores s ON s.evaluation_id = n.evaluation_id
           WHERE n.verdict = 'scored'
           ORDER BY n.submission_id, n.task_id"#,
        phase.0,
        team.0
    )
    .fetch_all(conn)
    .await
}

pub async fn task_count(conn: &mut PgConnection, phase: PhaseId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM phase_tasks WHERE phase_id = $1"#, phase.0)
        .fetch_one(conn)
        .await
}

/// Writes where a team stands, or removes it from the board.
pub async fn write(
    conn: &mut PgConnection,
    phase: PhaseId,
    team: TeamId,
    split: Split,
    view: View,
    standing: Option<&Standing>,
) -> sqlx::Result<()> {
    let Some(standing) = standing else {
        sqlx::query!(
            "DELETE FROM standings WHERE phase_id = $1 AND team_id = $2 AND split = $3 AND view = $4",
            phase.0,
            team.0,
            split.as_str(),
            view.as_str()
        )
        .execute(conn)
        .await?;
        return Ok(());
    };
    sqlx::query!(
        "INSERT INTO standings (phase_id, team_id, split, view, division_id, submission_id, ranking_key, shown,
                                entries, last_at)
         SELECT $1, t.id, $3, $4, t.division_id, $5, $6, $7, $8, $9 FROM teams t WHERE t.id = $2
         ON CONFLICT (phase_id, team_id, split, view) DO UPDATE
         SET division_id = excluded.division_id, submission_id = excluded.submission_id,
             ranking_key = excluded.ranking_key, shown = excluded.shown, entries = excluded.entries,
             last_at = excluded.last_at",
        phase.0,
        team.0,
        split.as_str(),
        view.as_str(),
        standing.submission.0,
        &standing.ranking_key,
        Json(&standing.shown) as _,
        standing.entries,
        standing.last_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Where a team stands according to the table.
pub async fn stored(
    conn: &mut PgConnection,
    phase: PhaseId,
    team: TeamId,
    split: Split,
    view: View,
) -> sqlx::Result<Option<Standing>> {
    let row = sqlx::query!(
        r#"SELECT submission_id AS "submission_id: SubmissionId", ranking_key,
                  shown AS "shown: Json<BTreeMap<String, f64>>", entries, last_at
           FROM standings WHERE phase_id = $1 AND team_id = $2 AND split = $3 AND view = $4"#,
        phase.0,
        team.0,
        split.as_str(),
        view.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Standing {
        submission: r.submission_id,
        ranking_key: r.ranking_key,
        shown: r.shown.0,
        entries: r.entries,
        last_at: r.last_at,
    }))
}

/// Teams that handed in something in a phase or stand on its board.
pub async fn teams(conn: &mut PgConnection, phase: PhaseId) -> sqlx::Result<Vec<TeamId>> {
    sqlx::query_scalar!(
        r#"SELECT team_id AS "team!: TeamId" FROM submissions WHERE phase_id = $1
           UNION SELECT team_id FROM standings WHERE phase_id = $1 ORDER BY 1"#,
        phase.0
    )
    .fetch_all(conn)
    .await
}

pub async fn phases(conn: &mut PgConnection) -> sqlx::Result<Vec<PhaseId>> {
    sqlx::query_scalar!(r#"SELECT id AS "id: PhaseId" FROM phases ORDER BY id"#).fetch_all(conn).await
}

/// The rows of a board, ranked within what is asked for.
pub async fn board(
    conn: &mut PgConnection,
    phase: PhaseId,
    split: Split,
    view: View,
    division: Option<&str>,
) -> sqlx::Result<Vec<Row>> {
    let rows = sqlx::query!(
        r#"SELECT rank() OVER (ORDER BY s.ranking_key DESC) AS "rank!", s.team_id AS "team_id: TeamId", t.name,
                  d.slug AS division, d.title AS "division_title: Json<Text>",
                  s.shown AS "shown: Json<BTreeMap<String, f64>>", s.entries, s.last_at
           FROM standings s JOIN teams t ON t.id = s.team_id JOIN divisions d ON d.id = s.division_id
           WHERE s.phase_id = $1 AND s.split = $2 AND s.view = $3 AND ($4::text IS NULL OR d.slug = $4)
           ORDER BY s.ranking_key DESC, lower(t.name), t.id"#,
        phase.0,
        split.as_str(),
        view.as_str(),
        division
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Row {
            rank: r.rank,
            team: RowTeam {
                id: r.team_id,
                name: r.name,
                division: RowDivision { slug: r.division, title: r.division_title.0 },
            },
            values: r.shown.0,
            entries: r.entries,
            last_at: r.last_at,
        })
        .collect())
}
