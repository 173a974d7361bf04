use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Phases, manner::Because};
use crate::{
    accounts::CurrentUser,
    kernel::ids::PhaseId,
    phases::model::{PhaseChange, Stops},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct PauseRequest {
    #[serde(flatten)]
    because: Because,
    /// Taking submissions.
    #[serde(default)]
    hand_ins: bool,
    /// Judging what was handed in.
    #[serde(default)]
    judging: bool,
}

impl PauseRequest {
    fn stops(&self) -> Stops {
        Stops { hand_ins: self.hand_ins, judging: self.judging }
    }
}

/// Pauses hand-ins, judging or both. Uploads stay; what a worker holds is done to the end of its step.
#[utoipa::path(post, path = "/phases/{id}/pause", tag = "phases", operation_id = "pause_phase",
    params(("id" = PhaseId, Path)), request_body = PauseRequest,
    responses((status = 200, body = PhaseChange), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`nothing-changes`"), (status = 422, body = ProblemBody)))]
pub async fn pause(
    State(phases): State<Phases>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<PhaseId>,
    ApiJson(request): ApiJson<PauseRequest>,
) -> Result<Json<PhaseChange>, Problem> {
    let stops = request.stops();
    Ok(Json(phases.pause(&person, id, stops, &request.because.manner(false)).await?))
}

/// Lets hand-ins, judging or both go on.
#[utoipa::path(post, path = "/phases/{id}/resume", tag = "phases", operation_id = "resume_phase",
    params(("id" = PhaseId, Path)), request_body = PauseRequest,
    responses((status = 200, body = PhaseChange), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`nothing-changes`"), (status = 422, body = ProblemBody)))]
pub async fn resume(
    State(phases): State<Phases>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<PhaseId>,
    ApiJson(request): ApiJson<PauseRequest>,
) -> Result<Json<PhaseChange>, Problem> {
    let stops = request.stops();
    Ok(Json(phases.resume(&person, id, stops, &request.because.manner(false)).await?))
}
