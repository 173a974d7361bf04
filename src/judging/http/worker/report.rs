use axum::{extract::State, http::StatusCode};
use judge_core::protocol::Report;

use super::{Judging, extract::CurrentWorker};
use crate::{
    kernel::ids::JobId,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

/// Commits how a step ended. The same report again is answered the same and changes nothing.
#[utoipa::path(post, path = "/jobs/{job}/report", tag = "workers", operation_id = "report_job",
    params(("job" = JobId, Path)), request_body = Report,
    responses((status = 204), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`stale-fence`"), (status = 422, body = ProblemBody)))]
pub async fn handler(
    State(judging): State<Judging>,
    CurrentWorker(worker): CurrentWorker,
    ApiPath(job): ApiPath<JobId>,
    ApiJson(report): ApiJson<Report>,
) -> Result<StatusCode, Problem> {
    judging.report(&worker, job, &report).await?;
    Ok(StatusCode::NO_CONTENT)
}
