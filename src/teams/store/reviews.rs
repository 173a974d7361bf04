use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::{
    accounts::profile::{EvidenceState, Status, UnitKind},
    kernel::{
        Timestamp,
        ids::{CompetitionId, EvidenceId, TeamId, UserId},
        paging::Cursor,
    },
};

/// Evidence to be looked at, with what it is compared with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Case {
    pub id: EvidenceId,
    pub claim: Status,
    pub state: EvidenceState,
    pub reason: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub user: UserId,
    pub name: String,
    pub birth_year: Option<i32>,
    pub unit_kind: UnitKind,
    pub unit_name: String,
    pub team: TeamId,
    pub team_name: String,
}

/// Newest first.
pub async fn list(
    conn: &mut PgConnection,
    competition: CompetitionId,
    waiting: bool,
    before: Cursor,
    fetch: i64,
) -> sqlx::Result<Vec<Case>> {
    sqlx::query_as!(
        Case,
        r#"SELECT e.id AS "id: EvidenceId", e.claim AS "claim: Status", e.state AS "state: EvidenceState", e.reason,
                  e.created_at, u.id AS "user: UserId", u.name, p.birth_year AS "birth_year?",
                  coalesce(p.unit_kind, 'none') AS "unit_kind!: UnitKind", coalesce(p.unit_name, '') AS "unit_name!",
                  t.id AS "team: TeamId", t.name AS team_name
           FROM status_evidence e
           JOIN team_members m ON m.user_id = e.user_id AND m.competition_id = $1
           JOIN teams t ON t.id = m.team_id
           JOIN users u ON u.id = e.user_id
           LEFT JOIN profiles p ON p.user_id = e.user_id
           WHERE (NOT $2 OR e.state = 'waiting') AND (e.created_at, e.id) < ($3, $4)
           ORDER BY e.created_at DESC, e.id DESC
           LIMIT $5"#,
        competition.0,
        waiting,
        before.at,
        before.id,
        fetch,
    )
    .fetch_all(conn)
    .await
}

/// The competitions in whose teams the person is.
pub async fn competitions_of(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<CompetitionId>> {
    sqlx::query_scalar!(
        r#"SELECT competition_id AS "id: CompetitionId" FROM team_members WHERE user_id = $1 ORDER BY joined_at"#,
        user.0,
    )
    .fetch_all(conn)
    .await
}
