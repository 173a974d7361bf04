use judge_core::text::Text;
use sqlx::{PgConnection, error::DatabaseError, types::Json};

use super::disqualification::Disqualification;
use crate::{
    kernel::{
        Timestamp,
        ids::{CompetitionId, DivisionId, TeamId, UserId},
        paging::Cursor,
    },
    teams::{
        form::Answers,
        model::{Competition, Division, Filter, Team, TeamState},
    },
};

struct Row {
    id: TeamId,
    name: String,
    created_at: Timestamp,
    state: TeamState,
    state_reason: String,
    note: String,
    disqualified_at: Option<Timestamp>,
    disqualified_reason: Option<String>,
    merged_into: Option<TeamId>,
    answers: Json<Answers>,
    division_id: DivisionId,
    division_slug: String,
    division_title: Json<Text>,
    competition_id: CompetitionId,
    competition_slug: String,
    competition_title: Json<Text>,
    min_team_members: i32,
    max_team_members: i32,
}

impl From<Row> for Team {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            state: row.state,
            state_reason: row.state_reason,
            note: row.note,
            disqualified: Disqualification::of(row.disqualified_at, row.disqualified_reason),
            merged_into: row.merged_into,
            answers: row.answers.0,
            division: Division { id: row.division_id, slug: row.division_slug, title: row.division_title.0 },
            competition: Competition {
                id: row.competition_id,
                slug: row.competition_slug,
                title: row.competition_title.0,
                min_team_members: row.min_team_members,
                max_team_members: row.max_team_members,
            },
        }
    }
}

/// Violates `teams_name_key` where the name is taken.
pub async fn insert(
    conn: &mut PgConnection,
    competition: CompetitionId,
    division: DivisionId,
    name: &str,
    state: TeamState,
    answers: &Answers,
) -> sqlx::Result<TeamId> {
    let id = TeamId::new();
    sqlx::query!(
        "INSERT INTO teams (id, competition_id, division_id, name, state, answers) VALUES ($1, $2, $3, $4, $5, $6)",
        id.0,
        competition.0,
        division.0,
        name,
        state.as_str(),
        Json(answers) as _,
    )
    .execute(conn)
    .await?;
    Ok(id)
}

pub async fn find(conn: &mut PgConnection, id: TeamId) -> sqlx::Result<Option<Team>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT t.id AS "id: TeamId", t.name, t.created_at, t.state AS "state: TeamState", t.state_reason, t.note,
                  t.disqualified_at, t.disqualified_reason,
                  t.merged_into AS "merged_into: TeamId", t.answers AS "answers: Json<Answers>",
                  d.id AS "division_id: DivisionId", d.slug AS division_slug,
                  d.title AS "division_title: Json<Text>",
                  c.id AS "competition_id: CompetitionId", c.slug AS competition_slug,
                  c.title AS "competition_title: Json<Text>",
                  coalesce(d.min_members, c.min_team_members) AS "min_team_members!",
                  coalesce(d.max_members, c.max_team_members) AS "max_team_members!"
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
        r#"SELECT t.id AS "id: TeamId", t.name, t.created_at, t.state AS "state: TeamState", t.state_reason, t.note,
                  t.disqualified_at, t.disqualified_reason,
                  t.merged_into AS "merged_into: TeamId", t.answers AS "answers: Json<Answers>",
                  d.id AS "division_id: DivisionId", d.slug AS division_slug,
                  d.title AS "division_title: Json<Text>",
                  c.id AS "competition_id: CompetitionId", c.slug AS competition_slug,
                  c.title AS "competition_title: Json<Text>",
                  coalesce(d.min_members, c.min_team_members) AS "min_team_members!",
                  coalesce(d.max_members, c.max_team_members) AS "max_team_members!"
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

/// Teams of a competition for its organizers, newest first. What is left of merged ones is not among them.
pub async fn list(
    conn: &mut PgConnection,
    competition: CompetitionId,
    filter: &Filter,
    before: Cursor,
    fetch: i64,
) -> sqlx::Result<Vec<Team>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT t.id AS "id: TeamId", t.name, t.created_at, t.state AS "state: TeamState", t.state_reason, t.note,
                  t.disqualified_at, t.disqualified_reason,
                  t.merged_into AS "merged_into: TeamId", t.answers AS "answers: Json<Answers>",
                  d.id AS "division_id: DivisionId", d.slug AS division_slug,
                  d.title AS "division_title: Json<Text>",
                  c.id AS "competition_id: CompetitionId", c.slug AS competition_slug,
                  c.title AS "competition_title: Json<Text>",
                  coalesce(d.min_members, c.min_team_members) AS "min_team_members!",
                  coalesce(d.max_members, c.max_team_members) AS "max_team_members!"
           FROM teams t
           JOIN divisions d ON d.id = t.division_id
           JOIN competitions c ON c.id = t.competition_id
           WHERE t.competition_id = $1 AND (t.created_at, t.id) < ($2, $3)
             AND t.state = coalesce($4, t.state) AND ($4 IS NOT NULL OR t.state <> 'merged')
             AND ($5::text IS NULL OR d.slug = $5)
             AND ($6::text IS NULL OR strpos(lower(t.name COLLATE "und-x-icu"), lower($6 COLLATE "und-x-icu")) > 0
                  OR EXISTS (SELECT 1 FROM team_members m JOIN users u ON u.id = m.user_id
                             WHERE m.team_id = t.id
                               AND (strpos(lower(u.name COLLATE "und-x-icu"), lower($6 COLLATE "und-x-icu")) > 0
                                    OR strpos(lower(u.email), lower($6)) > 0)))
           ORDER BY t.created_at DESC, t.id DESC LIMIT $7"#,
        competition.0,
        before.at,
        before.id,
        filter.state.map(TeamState::as_str),
        filter.division,
        filter.search,
        fetch,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Team::from).collect())
}

/// Which of these are teams of the competition; others who change them wait. In the order of their ids, as
/// everybody locks teams.
pub async fn lock_of(
    conn: &mut PgConnection,
    competition: CompetitionId,
    ids: &[TeamId],
) -> sqlx::Result<Vec<TeamId>> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"SELECT id AS "id: TeamId" FROM teams WHERE competition_id = $1 AND id = ANY ($2)
           ORDER BY id FOR NO KEY UPDATE"#,
        competition.0,
        &ids,
    )
    .fetch_all(conn)
    .await
}

/// Changes the state from `before`; false where it is another one by now.
pub async fn set_state(
    conn: &mut PgConnection,
    id: TeamId,
    before: TeamState,
    after: TeamState,
    reason: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE teams SET state = $3, state_reason = $4 WHERE id = $1 AND state = $2",
        id.0,
        before.as_str(),
        after.as_str(),
        reason,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn set_note(conn: &mut PgConnection, id: TeamId, note: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE teams SET note = $2 WHERE id = $1", id.0, note).execute(conn).await?;
    Ok(())
}

/// Violates `teams_name_key` where the name is taken.
pub async fn rename(conn: &mut PgConnection, id: TeamId, name: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE teams SET name = $2 WHERE id = $1", id.0, name).execute(conn).await?;
    Ok(())
}

pub async fn set_division(conn: &mut PgConnection, id: TeamId, division: DivisionId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE teams SET division_id = $2 WHERE id = $1", id.0, division.0).execute(conn).await?;
    Ok(())
}

pub async fn set_answers(conn: &mut PgConnection, id: TeamId, answers: &Answers) -> sqlx::Result<()> {
    sqlx::query!("UPDATE teams SET answers = $2 WHERE id = $1", id.0, Json(answers) as _)
        .execute(conn)
        .await?;
    Ok(())
}

/// The name may be that of the team's last member, who is erased.
pub async fn make_nameless(conn: &mut PgConnection, id: TeamId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE teams SET name = 'Đội ẩn danh ' || right(id::text, 12), answers = '{}', note = '' WHERE id = $1", id.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// The team of this name, whatever its case.
pub async fn by_name(
    conn: &mut PgConnection,
    competition: CompetitionId,
    name: &str,
) -> sqlx::Result<Option<TeamId>> {
    sqlx::query_scalar!(
        r#"SELECT id AS "id: TeamId" FROM teams
           WHERE competition_id = $1 AND lower(name COLLATE "und-x-icu") = lower($2 COLLATE "und-x-icu")"#,
        competition.0,
        name,
    )
    .fetch_optional(conn)
    .await
}
