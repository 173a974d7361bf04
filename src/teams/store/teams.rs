use judge_core::text::Text;
use sqlx::{PgConnection, error::DatabaseError, types::Json};

use crate::{
    kernel::{
        Timestamp,
        ids::{CompetitionId, DivisionId, TeamId, UserId},
    },
    teams::model::{Competition, Division, Team},
};

struct Row {
    id: TeamId,
    name: String,
    created_at: Timestamp,
    division_id: DivisionId,
    division_slug: String,
    division_title: Json<Text>,
    competition_id: CompetitionId,
    competition_slug: String,
    competition_title: Json<Text>,
    max_team_members: i32,
}

impl From<Row> for Team {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            division: Division { id: row.division_id, slug: row.division_slug, title: row.division_title.0 },
            competition: Competition {
                id: row.competition_id,
                slug: row.competition_slug,
                title: row.competition_title.0,
                max_team_members: row.max_team_members,
            },
        }
    }
}

pub async fn competition(conn: &mut PgConnection, slug: &str) -> sqlx::Result<Option<CompetitionId>> {
    sqlx::query_scalar!(r#"SELECT id AS "id: CompetitionId" FROM competitions WHERE slug = $1"#, slug)
        .fetch_optional(conn)
        .await
}

pub async fn division(
    conn: &mut PgConnection,
    competition: CompetitionId,
    slug: &str,
) -> sqlx::Result<Option<DivisionId>> {
    sqlx::query_scalar!(
        r#"SELECT id AS "id: DivisionId" FROM divisions WHERE competition_id = $1 AND slug = $2"#,
        competition.0,
        slug,
    )
    .fetch_optional(conn)
    .await
}

/// Violates `teams_name_key` where the name is taken.
pub async fn insert(
    conn: &mut PgConnection,
    competition: CompetitionId,
    division: DivisionId,
    name: &str,
) -> sqlx::Result<TeamId> {
    let id = TeamId::new();
    sqlx::query!(
        "INSERT INTO teams (id, competition_id, division_id, name) VALUES ($1, $2, $3, $4)",
        id.0,
        competition.0,
        division.0,
        name,
    )
    .execute(conn)
    .await?;
    Ok(id)
}

pub async fn find(conn: &mut PgConnection, id: TeamId) -> sqlx::Result<Option<Team>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT t.id AS "id: TeamId", t.name, t.created_at,
                  d.id AS "division_id: DivisionId", d.slug AS division_slug,
                  d.title AS "division_title: Json<Text>",
                  c.id AS "competition_id: CompetitionId", c.slug AS competition_slug,
                  c.title AS "competition_title: Json<Text>", c.max_team_members
           FROM teams t
           JOIN divisions d ON d.id = t.division_id
           JOIN competitions c ON c.id = t.competition_id
           WHERE t.id = $1"#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Team::from))
}

/// Newest first. A person is in one team of a competition, so the list is short.
pub async fn list_of(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<Team>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT t.id AS "id: TeamId", t.name, t.created_at,
                  d.id AS "division_id: DivisionId", d.slug AS division_slug,
                  d.title AS "division_title: Json<Text>",
                  c.id AS "competition_id: CompetitionId", c.slug AS competition_slug,
                  c.title AS "competition_title: Json<Text>", c.max_team_members
           FROM team_members m
           JOIN teams t ON t.id = m.team_id
           JOIN divisions d ON d.id = t.division_id
           JOIN competitions c ON c.id = t.competition_id
           WHERE m.user_id = $1
           ORDER BY t.created_at DESC, t.id DESC"#,
        user.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Team::from).collect())
}

/// Makes others who change this team's members or invitations wait; false where there is no such team.
pub async fn lock(conn: &mut PgConnection, id: TeamId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!("SELECT id FROM teams WHERE id = $1 FOR NO KEY UPDATE", id.0)
        .fetch_optional(conn)
        .await?;
    Ok(found.is_some())
}

/// False, and the transaction is lost, where the team has handed something in: the database keeps what
/// submissions refer to.
pub async fn delete(conn: &mut PgConnection, id: TeamId) -> sqlx::Result<bool> {
    match sqlx::query!("DELETE FROM teams WHERE id = $1", id.0).execute(conn).await {
        Ok(_) => Ok(true),
        Err(error) if error.as_database_error().is_some_and(DatabaseError::is_foreign_key_violation) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}
