//! What a check needs to know of a phase's tasks.

use sqlx::{PgConnection, types::Json};

use crate::{
    competitions::model::Judging,
    kernel::ids::{BlobId, PhaseId},
    submissions::model::CheckedTask,
};

pub async fn tasks(conn: &mut PgConnection, phase: PhaseId) -> sqlx::Result<Vec<CheckedTask>> {
    let rows = sqlx::query!(
        r#"SELECT v.judging AS "judging: Json<Judging>", v.truth_blob_id AS "truth: BlobId"
           FROM phase_tasks pt
           JOIN LATERAL (SELECT judging, truth_blob_id FROM task_versions WHERE task_id = pt.task_id
                         ORDER BY number DESC LIMIT 1) v ON true
           WHERE pt.phase_id = $1 ORDER BY pt.position"#,
        phase.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| CheckedTask { judging: r.judging.0, truth: r.truth }).collect())
}
