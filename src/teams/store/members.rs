use serde_json::Value;
use sqlx::{PgConnection, types::Json};

use crate::{
    kernel::{
        Timestamp,
        ids::{CompetitionId, TeamId, UserId},
    },
    teams::{form::Answers, model::Member},
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

struct Row {
    id: UserId,
    name: String,
    email: String,
    is_leader: bool,
    joined_at: Timestamp,
    answers: Json<Answers>,
}

/// In the order in which they joined.
pub async fn list(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<Vec<Member>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT u.id AS "id: UserId", u.name, u.email, m.is_leader, m.joined_at,
                  m.answers AS "answers: Json<Answers>"
           FROM team_members m JOIN users u ON u.id = m.user_id
           WHERE m.team_id = $1
           ORDER BY m.joined_at, u.id"#,
        team.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Member {
            id: r.id,
            name: r.name,
            email: r.email,
            is_leader: r.is_leader,
            joined_at: r.joined_at,
            answers: r.answers.0,
        })
        .collect())
}

/// The team that the person is in, kept from changing members, state or division until the transaction ends.
/// Hands-in of one team do not wait for each other.
pub async fn share(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
) -> sqlx::Result<Option<TeamId>> {
    sqlx::query_scalar!(
        r#"SELECT t.id AS "id: TeamId" FROM team_members m JOIN teams t ON t.id = m.team_id
           WHERE m.competition_id = $1 AND m.user_id = $2 FOR SHARE OF t"#,
        competition.0,
        user.0,
    )
    .fetch_optional(conn)
    .await
}

/// Violates `team_members_one_team_key` where the person is in a team of the competition.
pub async fn insert(
    conn: &mut PgConnection,
    team: TeamId,
    competition: CompetitionId,
    user: UserId,
    is_leader: bool,
    answers: &Answers,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO team_members (team_id, competition_id, user_id, is_leader, answers) VALUES ($1, $2, $3, $4, $5)",
        team.0,
        competition.0,
        user.0,
        is_leader,
        Json(answers) as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_answers(
    conn: &mut PgConnection,
    team: TeamId,
    user: UserId,
    answers: &Answers,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE team_members SET answers = $3 WHERE team_id = $1 AND user_id = $2",
        team.0,
        user.0,
        Json(answers) as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The leader before leads no more.
pub async fn step_down(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE team_members SET is_leader = false WHERE team_id = $1 AND is_leader", team.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Everybody of one team is in the other one from now on, behind its leader.
pub async fn move_all(conn: &mut PgConnection, from: TeamId, into: TeamId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE team_members SET team_id = $2, is_leader = false WHERE team_id = $1",
        from.0,
        into.0,
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

/// The teams that a person is in.
pub async fn held(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'competition', c.slug,
                           'is_leader', m.is_leader, 'joined_at', m.joined_at) ORDER BY m.joined_at), '[]')
               AS "held!: Value"
           FROM team_members m JOIN teams t ON t.id = m.team_id JOIN competitions c ON c.id = m.competition_id
           WHERE m.user_id = $1"#,
        user.0,
    )
    .fetch_one(conn)
    .await
}
