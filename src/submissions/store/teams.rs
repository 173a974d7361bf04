//! SQL of what follows a team.

use judge_core::text::Text;
use sqlx::{PgConnection, types::Json};

use crate::{
    kernel::ids::{PhaseId, TeamId},
    teams::rules::Used,
};

/// Phases in which one of the teams handed in or stands on the board, in the order in which everybody takes them.
pub async fn phases_of(conn: &mut PgConnection, teams: &[TeamId]) -> sqlx::Result<Vec<PhaseId>> {
    let teams: Vec<uuid::Uuid> = teams.iter().map(|team| team.0).collect();
    sqlx::query_scalar!(
        r#"SELECT phase_id AS "phase!: PhaseId" FROM submissions WHERE team_id = ANY ($1)
           UNION SELECT phase_id FROM standings WHERE team_id = ANY ($1) ORDER BY 1"#,
        &teams
    )
    .fetch_all(conn)
    .await
}

/// Attempts that the teams together used, in all and on each day, in the phases that limit them.
pub async fn used(conn: &mut PgConnection, teams: [TeamId; 2]) -> sqlx::Result<Vec<Used>> {
    let rows = sqlx::query!(
        r#"WITH charged AS (
               SELECT phase_id, charged_day FROM submissions WHERE team_id IN ($1, $2) AND charged
           )
           SELECT p.id AS "phase!: PhaseId", p.title AS "title!: Json<Text>", NULL::date AS day, count(*) AS "used!",
                  p.attempts_total AS "limit!"
           FROM charged JOIN phases p ON p.id = charged.phase_id
           WHERE p.attempts_total IS NOT NULL GROUP BY p.id
           UNION ALL
           SELECT p.id, p.title, charged.charged_day, count(*), p.attempts_daily
           FROM charged JOIN phases p ON p.id = charged.phase_id
           WHERE p.attempts_daily IS NOT NULL GROUP BY p.id, charged.charged_day
           ORDER BY 1, 3 NULLS FIRST"#,
        teams[0].0,
        teams[1].0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Used { phase: r.phase, phase_title: r.title.0, day: r.day, used: r.used, limit: r.limit })
        .collect())
}

/// Waits for whoever holds a job of the team, then for the job that a prediction's end made meanwhile.
pub async fn move_jobs(conn: &mut PgConnection, from: TeamId, into: TeamId) -> sqlx::Result<()> {
    sqlx::query_scalar!("SELECT id FROM jobs WHERE team_id = $1 ORDER BY id FOR NO KEY UPDATE", from.0)
        .fetch_all(&mut *conn)
        .await?;
    sqlx::query!("UPDATE jobs SET team_id = $2 WHERE team_id = $1", from.0, into.0).execute(conn).await?;
    Ok(())
}

pub async fn move_submissions(conn: &mut PgConnection, from: TeamId, into: TeamId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE submissions SET team_id = $2 WHERE team_id = $1", from.0, into.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds up what both used. An older day has nothing to do with today's attempts.
pub async fn move_attempts(conn: &mut PgConnection, from: TeamId, into: TeamId) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO attempts AS a (phase_id, team_id, day, used_today, used_total)
         SELECT phase_id, $2, day, used_today, used_total FROM attempts WHERE team_id = $1
         ON CONFLICT (phase_id, team_id) DO UPDATE
         SET day = greatest(a.day, excluded.day),
             used_today = CASE WHEN a.day >= excluded.day THEN a.used_today ELSE 0 END
                        + CASE WHEN excluded.day >= a.day THEN excluded.used_today ELSE 0 END,
             used_total = a.used_total + excluded.used_total",
        from.0,
        into.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM attempts WHERE team_id = $1", from.0).execute(conn).await?;
    Ok(())
}

/// What a team chose for final rankings, and where it advanced to. Where both chose, the best of it by public score
/// fills the places.
pub async fn move_choices(conn: &mut PgConnection, from: TeamId, into: TeamId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE final_picks SET team_id = $2 WHERE team_id = $1", from.0, into.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "INSERT INTO advanced_teams (phase_id, team_id, rank, reason)
         SELECT phase_id, $2, rank, reason FROM advanced_teams WHERE team_id = $1 ON CONFLICT DO NOTHING",
        from.0,
        into.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM advanced_teams WHERE team_id = $1", from.0).execute(conn).await?;
    Ok(())
}
