use sqlx::PgConnection;

use crate::{
    kernel::ids::{CompetitionId, TeamId, UserId},
    teams::model::Departure,
};

/// Remembers that the person left, if the team has handed something in.
pub async fn note(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
    team: TeamId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO team_departures (competition_id, user_id, team_id)
         SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM submissions WHERE team_id = $3)
         ON CONFLICT (competition_id, user_id, team_id)
         DO UPDATE SET left_at = clock_timestamp(), released_at = NULL",
        competition.0,
        user.0,
        team.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a team that the person left keeps them from being in this one.
pub async fn bind(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
    team: TeamId,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM team_departures
                          WHERE competition_id = $1 AND user_id = $2 AND team_id <> $3 AND released_at IS NULL)
           AS "bound!""#,
        competition.0,
        user.0,
        team.0,
    )
    .fetch_one(conn)
    .await
}

/// `false`: nothing held the person.
pub async fn release(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE team_departures SET released_at = clock_timestamp()
         WHERE competition_id = $1 AND user_id = $2 AND released_at IS NULL",
        competition.0,
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Those who are not released, the latest first.
pub async fn list(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<Departure>> {
    sqlx::query_as!(
        Departure,
        r#"SELECT u.id AS "user: UserId", u.name AS user_name, t.id AS "team: TeamId", t.name AS team_name, d.left_at
           FROM team_departures d JOIN users u ON u.id = d.user_id JOIN teams t ON t.id = d.team_id
           WHERE d.competition_id = $1 AND d.released_at IS NULL
           ORDER BY d.left_at DESC, u.id"#,
        competition.0,
    )
    .fetch_all(conn)
    .await
}

/// Who left the one team left the other one.
pub async fn follow_merge(conn: &mut PgConnection, from: TeamId, into: TeamId) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO team_departures (competition_id, user_id, team_id, left_at, released_at)
         SELECT competition_id, user_id, $2, left_at, released_at FROM team_departures WHERE team_id = $1
         ON CONFLICT (competition_id, user_id, team_id) DO UPDATE
         SET released_at = CASE WHEN team_departures.released_at IS NULL OR excluded.released_at IS NULL THEN NULL
                                ELSE excluded.released_at END",
        from.0,
        into.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM team_departures WHERE team_id = $1", from.0).execute(conn).await?;
    Ok(())
}
