//! Evaluations and their scores.

use judge_core::{faults::Fault, protocol::Scores, verdict::Verdict};
use sqlx::{PgConnection, types::Json};

use crate::{
    competitions::model::PhasePriority,
    judging::model::Step,
    kernel::ids::{AlertId, BlobId, CompetitionId, EvaluationId, SubmissionId, TaskVersionId},
};

/// One evaluation for each task of the submission's phase, under the task's newest version. Returns the phase's
/// priority, and the evaluations with the step that each begins with.
pub async fn insert_for(
    conn: &mut PgConnection,
    submission: SubmissionId,
) -> sqlx::Result<(PhasePriority, Vec<(EvaluationId, Step)>)> {
    let priority = sqlx::query_scalar!(
        r#"SELECT p.priority AS "priority: PhasePriority" FROM submissions s JOIN phases p ON p.id = s.phase_id
           WHERE s.id = $1"#,
        submission.0
    )
    .fetch_one(&mut *conn)
    .await?;
    let tasks = sqlx::query!(
        r#"SELECT v.id AS "version: TaskVersionId", (v.judging -> 'program') <> 'null' AS "runs_program!"
           FROM submissions s JOIN phase_tasks pt ON pt.phase_id = s.phase_id
           JOIN LATERAL (SELECT id, judging FROM task_versions WHERE task_id = pt.task_id
                         ORDER BY number DESC LIMIT 1) v ON true
           WHERE s.id = $1 ORDER BY pt.position"#,
        submission.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut evaluations = Vec::with_capacity(tasks.len());
    for task in tasks {
        let id = EvaluationId::new();
        sqlx::query!(
            "INSERT INTO evaluations (id, submission_id, task_version_id, state) VALUES ($1, $2, $3, 'queued')",
            id.0,
            submission.0,
            task.version.0
        )
        .execute(&mut *conn)
        .await?;
        evaluations.push((id, if task.runs_program { Step::Predict } else { Step::Score }));
    }
    Ok((priority, evaluations))
}

/// Ends an evaluation that is under way. `false`: it had ended already.
pub async fn finish(
    conn: &mut PgConnection,
    evaluation: EvaluationId,
    verdict: Verdict,
    faults: &[Fault],
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE evaluations SET state = 'done', verdict = $2, faults = $3, finished_at = clock_timestamp()
         WHERE id = $1 AND state NOT IN ('done', 'cancelled')",
        evaluation.0,
        verdict.as_str(),
        Json(faults) as _
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn insert_scores(
    conn: &mut PgConnection,
    evaluation: EvaluationId,
    scores: &Scores,
) -> sqlx::Result<()> {
    let mut splits = Vec::new();
    let mut metrics = Vec::new();
    let mut values = Vec::new();
    for (split, map) in [("public", &scores.public), ("private", &scores.private)] {
        for (metric, value) in map {
            splits.push(split.to_owned());
            metrics.push(metric.clone());
            values.push(*value);
        }
    }
    sqlx::query!(
        "INSERT INTO evaluation_scores (evaluation_id, split, metric, value)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::float8[])",
        evaluation.0,
        &splits,
        &metrics,
        &values
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The prediction step is over: its output waits to be scored.
pub async fn await_scoring(conn: &mut PgConnection, evaluation: EvaluationId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE evaluations SET state = 'scoring' WHERE id = $1 AND state = 'predicting'",
        evaluation.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_artifact(
    conn: &mut PgConnection,
    evaluation: EvaluationId,
    artifact: BlobId,
) -> sqlx::Result<()> {
    sqlx::query!("UPDATE evaluations SET artifact_id = $2 WHERE id = $1", evaluation.0, artifact.0)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn insert_alert(
    conn: &mut PgConnection,
    competition: CompetitionId,
    evaluation: EvaluationId,
    kind: &str,
    detail: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO alerts (id, competition_id, evaluation_id, kind, detail) VALUES ($1, $2, $3, $4, $5)",
        AlertId::new().0,
        competition.0,
        evaluation.0,
        kind,
        detail
    )
    .execute(conn)
    .await?;
    Ok(())
}
