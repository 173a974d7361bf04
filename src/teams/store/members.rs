use sqlx::PgConnection;

use crate::{
    kernel::ids::{CompetitionId, TeamId, UserId},
    teams::model::Member,
};

/// The team of a competition that the person is in.
pub async fn team_of(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
) -> sqlx::Result<Option<TeamId>> {
    sqlx::query_scalar!(
        r#"SELECT team_id AS "team: TeamId" FROM team_members WHERE competition_id = $1 AND user_id = $2"#,
        competition.0,
        user.0,
    )
    .fetch_optional(conn)
    .await
}

pub async fn is_member(conn: &mut PgConnection, team: TeamId, user: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM team_members WHERE team_id = $1 AND user_id = $2) AS "member!""#,
        team.0,
        user.0,
    )
    .fetch_one(conn)
    .await
}

/// In the order in which they joined.
pub async fn list(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<Vec<Member>> {
    sqlx::query_as!(
        Member,
        r#"SELECT u.id AS "id: UserId", u.name, m.is_leader, m.joined_at
           FROM team_members m JOIN users u ON u.id = m.user_id
           WHERE m.team_id = $1
           ORDER BY m.joined_at, u.id"#,
        team.0,
    )
    .fetch_all(conn)
    .await
}

/// Violates `team_members_one_team_key` where the person is in a team of the competition.
pub async fn insert(
    conn: &mut PgConnection,
    team: TeamId,
    competition: CompetitionId,
    user: UserId,
    is_leader: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO team_members (team_id, competition_id, user_id, is_leader) VALUES ($1, $2, $3, $4)",
        team.0,
        competition.0,
        user.0,
        is_leader,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete(conn: &mut PgConnection, team: TeamId, user: UserId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM team_members WHERE team_id = $1 AND user_id = $2", team.0, user.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// The leader before must be gone.
pub async fn make_leader(conn: &mut PgConnection, team: TeamId, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE team_members SET is_leader = true WHERE team_id = $1 AND user_id = $2 AND NOT is_leader",
        team.0,
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
