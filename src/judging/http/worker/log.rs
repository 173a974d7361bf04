use axum::{extract::State, http::StatusCode};
use judge_core::protocol::LogChunk;

use super::{Judging, extract::CurrentWorker};
use crate::{
    kernel::ids::JobId,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

/// Stores a piece of a job's log and streams it to whoever may read it.
#[utoipa::path(post, path = "/jobs/{job}/log", tag = "workers", operation_id = "append_log",
    params(("job" = JobId, Path)), request_body = LogChunk,
    responses((status = 204), (status = 401, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`stale-fence`"), (status = 422, body = ProblemBody)))]
pub async fn handler(
    State(judging): State<Judging>,
    CurrentWorker(worker): CurrentWorker,
    ApiPath(job): ApiPath<JobId>,
    ApiJson(chunk): ApiJson<LogChunk>,
) -> Result<StatusCode, Problem> {
    judging.append_log(&worker, job, &chunk).await?;
    Ok(StatusCode::NO_CONTENT)
}
