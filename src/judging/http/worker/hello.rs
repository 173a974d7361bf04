use axum::{Json, extract::State};
use judge_core::protocol::{Hello, Welcome};

use super::{Judging, extract::CurrentWorker};
use crate::web::{ApiJson, Problem, problem::ProblemBody};

/// Announces a new process of a worker.
#[utoipa::path(post, path = "/hello", tag = "workers", operation_id = "hello_worker", request_body = Hello,
    responses((status = 200, body = Welcome), (status = 401, body = ProblemBody),
        (status = 422, body = ProblemBody, description = "`protocol-mismatch`, `wrong-fields`")))]
pub async fn handler(
    State(judging): State<Judging>,
    CurrentWorker(worker): CurrentWorker,
    ApiJson(hello): ApiJson<Hello>,
) -> Result<Json<Welcome>, Problem> {
    Ok(Json(judging.hello(&worker, &hello).await?))
}
