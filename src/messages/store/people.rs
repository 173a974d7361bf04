use sqlx::PgConnection;

use crate::kernel::ids::{CompetitionId, UserId};

/// Members of the competition's teams.
pub async fn participants(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"SELECT user_id AS "user: UserId" FROM team_members WHERE competition_id = $1 ORDER BY user_id"#,
        competition.0
    )
    .fetch_all(conn)
    .await
}

/// Those who are named as its organizers.
pub async fn organizers(conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"SELECT user_id AS "user: UserId" FROM competition_organizers WHERE competition_id = $1
           ORDER BY user_id"#,
        competition.0
    )
    .fetch_all(conn)
    .await
}
