use sqlx::PgConnection;

use crate::kernel::ids::{CompetitionId, TeamId};

/// Makes imports into a competition wait for each other until the transaction ends.
pub async fn lock(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<()> {
    let key = format!("teams {competition}");
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key).execute(conn).await?;
    Ok(())
}

/// Teams of these names, whatever their case.
pub async fn named(
    conn: &mut PgConnection,
    competition: CompetitionId,
    names: &[String],
) -> sqlx::Result<Vec<TeamId>> {
    sqlx::query_scalar!(
        r#"SELECT t.id AS "id: TeamId"
           FROM teams t JOIN unnest($2::text[]) n (name)
             ON lower(t.name COLLATE "und-x-icu") = lower(n.name COLLATE "und-x-icu")
           WHERE t.competition_id = $1"#,
        competition.0,
        names,
    )
    .fetch_all(conn)
    .await
}

pub async fn has_leader(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM team_members WHERE team_id = $1 AND is_leader) AS "led!""#,
        team.0
    )
    .fetch_one(conn)
    .await
}

/// The longest-standing member leads where nobody does.
pub async fn ensure_leader(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE team_members SET is_leader = true
         WHERE team_id = $1 AND user_id = (SELECT user_id FROM team_members WHERE team_id = $1
                                           ORDER BY joined_at, user_id LIMIT 1)
           AND NOT EXISTS (SELECT 1 FROM team_members WHERE team_id = $1 AND is_leader)",
        team.0
    )
    .execute(conn)
    .await?;
    Ok(())
}
