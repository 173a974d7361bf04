use axum::{Json, extract::State};

use super::{Phases, manner::Because};
use crate::{
    accounts::CurrentUser,
    kernel::ids::PhaseId,
    phases::model::{PhaseChange, Wanted},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

/// Freezes the board now: others than organizers no longer see what comes later.
#[utoipa::path(post, path = "/phases/{id}/freeze", tag = "phases", operation_id = "freeze_board",
    params(("id" = PhaseId, Path)), request_body = Because,
    responses((status = 200, body = PhaseChange), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`nothing-changes`"), (status = 422, body = ProblemBody)))]
pub async fn freeze(
    State(phases): State<Phases>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<PhaseId>,
    ApiJson(because): ApiJson<Because>,
) -> Result<Json<PhaseChange>, Problem> {
    Ok(Json(phases.freeze(&person, id, &because.manner(false)).await?))
}

/// Ends the freeze, also one that is yet to come: everybody sees the live board.
#[utoipa::path(post, path = "/phases/{id}/unfreeze", tag = "phases", operation_id = "unfreeze_board",
    params(("id" = PhaseId, Path)), request_body = Because,
    responses((status = 200, body = PhaseChange), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`nothing-changes`"), (status = 422, body = ProblemBody)))]
pub async fn unfreeze(
    State(phases): State<Phases>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<PhaseId>,
    ApiJson(because): ApiJson<Because>,
) -> Result<Json<PhaseChange>, Problem> {
    let wanted = Wanted { freeze_at: Some(None), ..Wanted::default() };
    Ok(Json(phases.change(&person, id, &wanted, &because.manner(false)).await?))
}
