use sqlx::PgConnection;

use crate::kernel::{
    Timestamp,
    ids::{CompetitionId, TeamId},
};

/// That a team is out of its competition.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Disqualification {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub reason: String,
}

impl Disqualification {
    /// From the two columns of a team, which are set together.
    pub fn of(at: Option<Timestamp>, reason: Option<String>) -> Option<Self> {
        Some(Self { at: at?, reason: reason? })
    }
}

/// The competition and the name of a team.
pub async fn place_of(
    conn: &mut PgConnection,
    team: TeamId,
) -> sqlx::Result<Option<(CompetitionId, String)>> {
    let row = sqlx::query!(
        r#"SELECT competition_id AS "competition: CompetitionId", name FROM teams WHERE id = $1"#,
        team.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.competition, r.name)))
}

pub async fn disqualification(
    conn: &mut PgConnection,
    team: TeamId,
) -> sqlx::Result<Option<Disqualification>> {
    let row = sqlx::query!("SELECT disqualified_at, disqualified_reason FROM teams WHERE id = $1", team.0)
        .fetch_optional(conn)
        .await?;
    Ok(row.and_then(|r| Disqualification::of(r.disqualified_at, r.disqualified_reason)))
}

/// `false`: it was disqualified before.
pub async fn disqualify(conn: &mut PgConnection, team: TeamId, reason: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE teams SET disqualified_at = clock_timestamp(), disqualified_reason = $2
         WHERE id = $1 AND disqualified_at IS NULL",
        team.0,
        reason
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// `false`: it was not disqualified.
pub async fn reinstate(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE teams SET disqualified_at = NULL, disqualified_reason = NULL
         WHERE id = $1 AND disqualified_at IS NOT NULL",
        team.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
