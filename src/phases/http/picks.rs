use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Phases;
use crate::{
    accounts::CurrentUser,
    kernel::ids::{PhaseId, SubmissionId},
    phases::model::Picks,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

/// Shows which submissions the own team chose for the final ranking, and which count.
#[utoipa::path(get, path = "/phases/{id}/picks", tag = "phases", operation_id = "show_picks",
    params(("id" = PhaseId, Path)),
    responses((status = 200, body = Picks), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "`no-team`"), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`no-final-picks`")))]
pub async fn show(
    State(phases): State<Phases>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<PhaseId>,
) -> Result<Json<Picks>, Problem> {
    Ok(Json(phases.picks(&person, id).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct PickRequest {
    /// Scored submissions of the own team; they replace what was chosen before.
    submissions: Vec<SubmissionId>,
}

/// Chooses the own team's final submissions, until the phase ends.
#[utoipa::path(put, path = "/phases/{id}/picks", tag = "phases", operation_id = "pick_submissions",
    params(("id" = PhaseId, Path)), request_body = PickRequest,
    responses((status = 200, body = Picks), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "`no-team`"), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`no-final-picks`, `picks-closed`"),
        (status = 422, body = ProblemBody)))]
pub async fn pick(
    State(phases): State<Phases>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<PhaseId>,
    ApiJson(request): ApiJson<PickRequest>,
) -> Result<Json<Picks>, Problem> {
    Ok(Json(phases.pick(&person, id, request.submissions).await?))
}
