use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use judge_core::protocol::{Claim, Lease};

use super::{Judging, extract::CurrentWorker};
use crate::web::{ApiJson, Problem, problem::ProblemBody};

/// Waits for a job and takes it.
#[utoipa::path(post, path = "/claim", tag = "workers", operation_id = "claim_job", request_body = Claim,
    responses((status = 200, body = Lease), (status = 204, description = "Nothing came in time"),
        (status = 401, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`stale-fence`: another process of this worker took over"),
        (status = 422, body = ProblemBody)))]
pub async fn handler(
    State(judging): State<Judging>,
    CurrentWorker(worker): CurrentWorker,
    ApiJson(claim): ApiJson<Claim>,
) -> Result<Response, Problem> {
    Ok(match judging.claim(&worker, &claim).await? {
        Some(lease) => Json(lease).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
