//! SQL of standings.

use std::collections::BTreeMap;

use judge_core::{text::Text, verdict::Verdict};
use sqlx::{PgConnection, types::Json};

use super::{
    counting::Origin,
    model::{Row, RowDivision, RowTeam, Split, Standing, View},
    projection::Ranked,
};
use crate::kernel::{
    Timestamp,
    ids::{EvaluationId, PhaseId, RejudgingId, SubmissionId, TaskId, TeamId},
};

/// Serializes recomputations of one team's standings in one phase until the transaction ends.
pub async fn lock(conn: &mut PgConnection, phase: PhaseId, team: TeamId) -> sqlx::Result<()> {
    let key = format!("standing {phase} {team}");
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key).execute(conn).await?;
    Ok(())
}

/// An evaluation of a submission, with one of its scores where it has any.
#[derive(Debug)]
pub struct ResultRow {
    pub team: TeamId,
    pub submission: SubmissionId,
    pub accepted_at: Timestamp,
    pub task: TaskId,
    pub task_slug: String,
    pub version: i32,
    pub evaluation: EvaluationId,
    pub origin: Origin,
    pub verdict: Verdict,
    pub score: Option<Score>,
}

#[derive(Debug)]
pub struct Score {
    pub split: String,
    pub metric: String,
    pub value: f64,
}

/// All that was judged of some teams' submissions to a phase, except what was withdrawn, cancelled or
/// disqualified. Ordered by team, submission, task and evaluation. `as_if`: a rejudging that is taken as applied.
pub async fn results(
    conn: &mut PgConnection,
    phase: PhaseId,
    teams: &[TeamId],
    as_if: Option<RejudgingId>,
) -> sqlx::Result<Vec<ResultRow>> {
    let teams: Vec<uuid::Uuid> = teams.iter().map(|team| team.0).collect();
    let rows = sqlx::query!(
        r#"SELECT sub.team_id AS "team: TeamId", sub.id AS "submission: SubmissionId", sub.accepted_at,
                  v.task_id AS "task: TaskId", k.slug AS task_slug, v.number AS version,
                  e.id AS "evaluation: EvaluationId", e.verdict AS "verdict!",
                  e.rejudging_id AS "rejudging: RejudgingId", r.state AS "rejudging_state?", r.decided_at AS "decided_at?",
                  s.split AS "split?", s.metric AS "metric?", s.value AS "value?"
           FROM submissions sub
           JOIN teams t ON t.id = sub.team_id
           JOIN evaluations e ON e.submission_id = sub.id
           JOIN task_versions v ON v.id = e.task_version_id
           JOIN tasks k ON k.id = v.task_id
           JOIN phase_tasks pt ON pt.phase_id = sub.phase_id AND pt.task_id = v.task_id
           LEFT JOIN rejudgings r ON r.id = e.rejudging_id
           LEFT JOIN evaluation_scores s ON s.evaluation_id = e.id
           WHERE sub.phase_id = $1 AND sub.team_id = ANY($2) AND e.verdict IS NOT NULL AND sub.ended IS NULL
             AND sub.disqualified_at IS NULL AND t.disqualified_at IS NULL
           ORDER BY sub.team_id, sub.id, v.task_id, e.id"#,
        phase.0,
        &teams
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let applied_at = match r.rejudging {
                Some(rejudging) if Some(rejudging) == as_if => Some(Timestamp::MAX_UTC),
                _ => r.decided_at.filter(|_| r.rejudging_state.as_deref() == Some("applied")),
            };
            let score = match (r.split, r.metric, r.value) {
                (Some(split), Some(metric), Some(value)) => Some(Score { split, metric, value }),
                _ => None,
            };
            Ok(ResultRow {
                team: r.team,
                submission: r.submission,
                accepted_at: r.accepted_at,
                task: r.task,
                task_slug: r.task_slug,
                version: r.version,
                evaluation: r.evaluation,
                origin: Origin::of(r.rejudging.is_some(), applied_at),
                verdict: r.verdict.parse().map_err(|unknown| sqlx::Error::Decode(Box::new(unknown)))?,
                score,
            })
        })
        .collect()
}

/// What teams chose for the final ranking.
pub async fn picks(
    conn: &mut PgConnection,
    phase: PhaseId,
    teams: &[TeamId],
) -> sqlx::Result<Vec<SubmissionId>> {
    let teams: Vec<uuid::Uuid> = teams.iter().map(|team| team.0).collect();
    sqlx::query_scalar!(
        r#"SELECT submission_id AS "id: SubmissionId" FROM final_picks WHERE phase_id = $1 AND team_id = ANY($2)"#,
        phase.0,
        &teams
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
                                entries, last_at, versions)
         SELECT $1, t.id, $3, $4, t.division_id, $5, $6, $7, $8, $9, $10 FROM teams t WHERE t.id = $2
         ON CONFLICT (phase_id, team_id, split, view) DO UPDATE
         SET division_id = excluded.division_id, submission_id = excluded.submission_id,
             ranking_key = excluded.ranking_key, shown = excluded.shown, entries = excluded.entries,
             last_at = excluded.last_at, versions = excluded.versions",
        phase.0,
        team.0,
        split.as_str(),
        view.as_str(),
        standing.submission.0,
        &standing.ranking_key,
        Json(&standing.shown) as _,
        standing.entries,
        standing.last_at,
        Json(&standing.versions) as _
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
                  shown AS "shown: Json<BTreeMap<String, f64>>", entries, last_at,
                  versions AS "versions: Json<BTreeMap<String, i32>>"
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
        versions: r.versions.0,
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

/// The same teams by name and division.
pub async fn ranked(conn: &mut PgConnection, phase: PhaseId) -> sqlx::Result<Vec<Ranked>> {
    sqlx::query_as!(
        Ranked,
        r#"SELECT t.id AS "id: TeamId", t.name, d.slug AS division
           FROM teams t JOIN divisions d ON d.id = t.division_id
           WHERE t.id IN (SELECT team_id FROM submissions WHERE phase_id = $1) ORDER BY t.id"#,
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
                  s.shown AS "shown: Json<BTreeMap<String, f64>>", s.entries, s.last_at,
                  s.versions AS "versions: Json<BTreeMap<String, i32>>"
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
            versions: r.versions.0,
        })
        .collect())
}
