use sqlx::PgConnection;

use crate::kernel::{
    Timestamp,
    ids::{InvitationId, TeamId, UserId},
};

/// An invitation that is neither expired nor revoked.
#[derive(Debug)]
pub struct Live {
    pub team: TeamId,
    pub expires_at: Timestamp,
}

/// Expires in seven days.
pub async fn insert(
    conn: &mut PgConnection,
    team: TeamId,
    secret_hash: &[u8],
    created_by: UserId,
    email: Option<&str>,
) -> sqlx::Result<Timestamp> {
    sqlx::query_scalar!(
        "INSERT INTO team_invitations (id, team_id, secret_hash, created_by, email, expires_at)
         VALUES ($1, $2, $3, $4, $5, clock_timestamp() + interval '7 days')
         RETURNING expires_at",
        InvitationId::new().0,
        team.0,
        secret_hash,
        created_by.0,
        email,
    )
    .fetch_one(conn)
    .await
}

pub async fn count(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM team_invitations
           WHERE team_id = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()"#,
        team.0,
    )
    .fetch_one(conn)
    .await
}

/// Invitations that were mailed within a day, whatever became of them.
pub async fn mailed_today(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM team_invitations
           WHERE team_id = $1 AND email IS NOT NULL AND created_at > clock_timestamp() - interval '1 day'"#,
        team.0,
    )
    .fetch_one(conn)
    .await
}

pub async fn find_live(conn: &mut PgConnection, secret_hash: &[u8]) -> sqlx::Result<Option<Live>> {
    sqlx::query_as!(
        Live,
        r#"SELECT team_id AS "team: TeamId", expires_at FROM team_invitations
           WHERE secret_hash = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()"#,
        secret_hash,
    )
    .fetch_optional(conn)
    .await
}

pub async fn revoke_all(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE team_invitations SET revoked_at = clock_timestamp() WHERE team_id = $1 AND revoked_at IS NULL",
        team.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
