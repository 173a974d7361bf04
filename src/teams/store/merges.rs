use sqlx::PgConnection;

use crate::{
    kernel::ids::{MergeId, TeamId},
    teams::model::Merge,
};

/// Violates `team_merges_open_key` where the same is asked already.
pub async fn insert(conn: &mut PgConnection, from: TeamId, into: TeamId) -> sqlx::Result<MergeId> {
    let id = MergeId::new();
    sqlx::query!(
        "INSERT INTO team_merges (id, from_team, into_team) VALUES ($1, $2, $3)",
        id.0,
        from.0,
        into.0
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// What is open and has to do with the team, newest first.
pub async fn list(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<Vec<Merge>> {
    sqlx::query_as!(
        Merge,
        r#"SELECT m.id AS "id: MergeId", a.id AS "from: TeamId", a.name AS from_name, b.id AS "into: TeamId",
                  b.name AS into_name, m.asked_at
           FROM team_merges m JOIN teams a ON a.id = m.from_team JOIN teams b ON b.id = m.into_team
           WHERE m.state = 'open' AND (m.from_team = $1 OR m.into_team = $1)
           ORDER BY m.asked_at DESC, m.id DESC"#,
        team.0,
    )
    .fetch_all(conn)
    .await
}

/// An open request.
pub async fn find(conn: &mut PgConnection, id: MergeId) -> sqlx::Result<Option<Merge>> {
    sqlx::query_as!(
        Merge,
        r#"SELECT m.id AS "id: MergeId", a.id AS "from: TeamId", a.name AS from_name, b.id AS "into: TeamId",
                  b.name AS into_name, m.asked_at
           FROM team_merges m JOIN teams a ON a.id = m.from_team JOIN teams b ON b.id = m.into_team
           WHERE m.state = 'open' AND m.id = $1"#,
        id.0,
    )
    .fetch_optional(conn)
    .await
}

pub async fn count_asked(conn: &mut PgConnection, from: TeamId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM team_merges WHERE from_team = $1 AND state = 'open'"#,
        from.0
    )
    .fetch_one(conn)
    .await
}

/// `false`: it is not open any more.
pub async fn settle(conn: &mut PgConnection, id: MergeId, state: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE team_merges SET state = $2, settled_at = clock_timestamp() WHERE id = $1 AND state = 'open'",
        id.0,
        state,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What else was asked of or by a team that is gone.
pub async fn withdraw_all(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE team_merges SET state = 'withdrawn', settled_at = clock_timestamp()
         WHERE state = 'open' AND (from_team = $1 OR into_team = $1)",
        team.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is left of a team that another one took in: its row, under a name that nobody else wants.
pub async fn retire(conn: &mut PgConnection, from: TeamId, into: TeamId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE teams SET state = 'merged', merged_into = $2, answers = '{}', note = '', state_reason = ''
         WHERE id = $1",
        from.0,
        into.0,
    )
    .execute(&mut *conn)
    .await?;
    // Who still points at a team that this one took in earlier, is led on.
    sqlx::query!("UPDATE teams SET merged_into = $2 WHERE merged_into = $1", from.0, into.0)
        .execute(conn)
        .await?;
    Ok(())
}
