use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Phases, manner::Because};
use crate::{
    accounts::CurrentUser,
    kernel::ids::PhaseId,
    phases::model::{PhaseChange, Wanted},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct ChangeRequest {
    #[serde(flatten)]
    because: Because,
    /// Reopen a phase that is over although its private scores were public.
    #[serde(default)]
    force: bool,
    #[serde(flatten)]
    wanted: Wanted,
}

/// Changes times, limits or the freeze of a phase. For organizers; recorded in public.
#[utoipa::path(patch, path = "/phases/{id}", tag = "phases", operation_id = "change_phase",
    params(("id" = PhaseId, Path)), request_body = ChangeRequest,
    responses((status = 200, body = PhaseChange), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`nothing-changes`, `private-board-published`"),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn handler(
    State(phases): State<Phases>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<PhaseId>,
    ApiJson(request): ApiJson<ChangeRequest>,
) -> Result<Json<PhaseChange>, Problem> {
    let ChangeRequest { because, force, wanted } = request;
    Ok(Json(phases.change(&person, id, &wanted, &because.manner(force)).await?))
}
