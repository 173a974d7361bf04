use axum::{extract::State, http::StatusCode};
use judge_core::protocol::HandBack;

use super::{Judging, extract::CurrentWorker};
use crate::{
    kernel::ids::JobId,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

/// Puts a job back that the worker cannot finish before it shuts down.
#[utoipa::path(post, path = "/jobs/{job}/return", tag = "workers", operation_id = "hand_back_job",
    params(("job" = JobId, Path)), request_body = HandBack,
    responses((status = 204), (status = 401, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`stale-fence`"), (status = 422, body = ProblemBody)))]
pub async fn handler(
    State(judging): State<Judging>,
    CurrentWorker(worker): CurrentWorker,
    ApiPath(job): ApiPath<JobId>,
    ApiJson(back): ApiJson<HandBack>,
) -> Result<StatusCode, Problem> {
    judging.hand_back(&worker, job, back.fence).await?;
    Ok(StatusCode::NO_CONTENT)
}
