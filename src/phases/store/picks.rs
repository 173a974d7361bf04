//! SQL of final submissions.

use sqlx::PgConnection;

use crate::kernel::ids::{PhaseId, SubmissionId, TeamId};

/// Makes members of a team who choose at once do so one after the other.
pub async fn lock(conn: &mut PgConnection, phase: PhaseId, team: TeamId) -> sqlx::Result<()> {
    let key = format!("picks {phase} {team}");
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key).execute(conn).await?;
    Ok(())
}

/// Replaces what a team chose.
pub async fn replace(
    conn: &mut PgConnection,
    phase: PhaseId,
    team: TeamId,
    submissions: &[SubmissionId],
) -> sqlx::Result<()> {
    let ids: Vec<uuid::Uuid> = submissions.iter().map(|s| s.0).collect();
    sqlx::query!(
        "DELETE FROM final_picks WHERE phase_id = $1 AND team_id = $2 AND submission_id <> ALL ($3)",
        phase.0,
        team.0,
        &ids
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO final_picks (phase_id, team_id, submission_id) SELECT $1, $2, id FROM unnest($3::uuid[]) AS id
         ON CONFLICT DO NOTHING",
        phase.0,
        team.0,
        &ids
    )
    .execute(conn)
    .await?;
    Ok(())
}
