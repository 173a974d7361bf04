use axum::{Json, body::Body, extract::State};
use judge_core::protocol::Artifact;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Judging, extract::CurrentWorker};
use crate::{
    kernel::ids::JobId,
    web::{ApiPath, ApiQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ArtifactQuery {
    fence: i64,
    /// What the worker computed; a transfer that arrives changed is refused.
    sha256: String,
}

/// Stores what a prediction step left.
#[utoipa::path(put, path = "/jobs/{job}/artifact", tag = "workers", operation_id = "put_artifact",
    params(("job" = JobId, Path), ArtifactQuery),
    request_body(content = Vec<u8>, content_type = "application/x-tar"),
    responses((status = 200, body = Artifact), (status = 401, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`stale-fence`"),
        (status = 422, body = ProblemBody, description = "`bad-report`: the bytes arrived changed")))]
pub async fn handler(
    State(judging): State<Judging>,
    CurrentWorker(worker): CurrentWorker,
    ApiPath(job): ApiPath<JobId>,
    ApiQuery(query): ApiQuery<ArtifactQuery>,
    body: Body,
) -> Result<Json<Artifact>, Problem> {
    let bytes = body.into_data_stream();
    Ok(Json(judging.put_artifact(&worker, job, query.fence, &query.sha256, bytes).await?))
}
