use axum::{Json, extract::State};
use judge_core::protocol::{Heartbeat, HeartbeatAnswer};

use super::{Judging, extract::CurrentWorker};
use crate::{
    kernel::ids::JobId,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

/// Lengthens a lease. `cancelled`: stop, clean up, report nothing.
#[utoipa::path(post, path = "/jobs/{job}/heartbeat", tag = "workers", operation_id = "heartbeat",
    params(("job" = JobId, Path)), request_body = Heartbeat,
    responses((status = 200, body = HeartbeatAnswer), (status = 401, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`stale-fence`"), (status = 422, body = ProblemBody)))]
pub async fn handler(
    State(judging): State<Judging>,
    CurrentWorker(worker): CurrentWorker,
    ApiPath(job): ApiPath<JobId>,
    ApiJson(beat): ApiJson<Heartbeat>,
) -> Result<Json<HeartbeatAnswer>, Problem> {
    Ok(Json(judging.heartbeat(&worker, job, beat.fence).await?))
}
