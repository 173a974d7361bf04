//! SQL of who advances to a phase.

use sqlx::PgConnection;

use crate::{
    kernel::ids::{CompetitionId, PhaseId, TeamId, UserId},
    phases::model::Candidate,
};

/// How many steps of a phase's evaluations wait or run.
pub async fn left_to_judge(conn: &mut PgConnection, phase: PhaseId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "left!" FROM jobs WHERE phase_id = $1 AND state IN ('ready', 'leased')"#,
        phase.0
    )
    .fetch_one(conn)
    .await
}

/// The final ranking of a phase, each division by itself, best first; whoever is in the top advances.
pub async fn ranking(conn: &mut PgConnection, phase: PhaseId, top: i32) -> sqlx::Result<Vec<Candidate>> {
    sqlx::query_as!(
        Candidate,
        r#"SELECT r.team_id AS "team: TeamId", r.name AS "name!", r.division AS "division!", r.rank,
                  r.rank <= $2 AS "advances!", NULL::text AS reason
           FROM (SELECT s.team_id, t.name, d.slug AS division, d.position,
                        rank() OVER (PARTITION BY t.division_id ORDER BY s.ranking_key DESC) AS rank
                 FROM standings s JOIN teams t ON t.id = s.team_id JOIN divisions d ON d.id = t.division_id
                 WHERE s.phase_id = $1 AND s.split = 'private' AND s.view = 'live') r
           ORDER BY r.position, r.rank, lower(r.name), r.team_id"#,
        phase.0,
        i64::from(top)
    )
    .fetch_all(conn)
    .await
}

/// Decides, once. `false`: it was decided before.
pub async fn decide(conn: &mut PgConnection, phase: PhaseId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE phases SET advanced_at = clock_timestamp() WHERE id = $1 AND advanced_at IS NULL",
        phase.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets a team in; `rank` is `None` where an organizer added it. `false`: it was in.
pub async fn admit(
    conn: &mut PgConnection,
    phase: PhaseId,
    team: TeamId,
    rank: Option<i64>,
    reason: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO advanced_teams (phase_id, team_id, rank, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        phase.0,
        team.0,
        rank,
        reason
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a team out. `false`: it was not in.
pub async fn dismiss(conn: &mut PgConnection, phase: PhaseId, team: TeamId) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("DELETE FROM advanced_teams WHERE phase_id = $1 AND team_id = $2", phase.0, team.0)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Teams that were let in, best rank first, added ones last.
pub async fn admitted(conn: &mut PgConnection, phase: PhaseId) -> sqlx::Result<Vec<Candidate>> {
    sqlx::query_as!(
        Candidate,
        r#"SELECT a.team_id AS "team: TeamId", t.name, d.slug AS division, a.rank, true AS "advances!",
                  nullif(a.reason, '') AS reason
           FROM advanced_teams a JOIN teams t ON t.id = a.team_id JOIN divisions d ON d.id = t.division_id
           WHERE a.phase_id = $1 ORDER BY d.position, a.rank NULLS LAST, lower(t.name), t.id"#,
        phase.0
    )
    .fetch_all(conn)
    .await
}

/// The name of a competition's team.
pub async fn team_name(
    conn: &mut PgConnection,
    competition: CompetitionId,
    team: TeamId,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT name FROM teams WHERE id = $1 AND competition_id = $2", team.0, competition.0)
        .fetch_optional(conn)
        .await
}

pub async fn members(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"SELECT user_id AS "user: UserId" FROM team_members WHERE team_id = $1 ORDER BY user_id"#,
        team.0
    )
    .fetch_all(conn)
    .await
}
