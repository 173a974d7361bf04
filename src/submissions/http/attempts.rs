use axum::{Json, extract::State};

use super::Submissions;
use crate::{
    accounts::CurrentUser,
    kernel::ids::PhaseId,
    submissions::model::Attempts,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Says how many attempts the own team has used.
#[utoipa::path(get, path = "/phases/{id}/attempts", tag = "submissions", operation_id = "show_attempts",
    params(("id" = PhaseId, Path)),
    responses((status = 200, body = Attempts), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "`no-team`"), (status = 404, body = ProblemBody)))]
pub async fn handler(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(phase): ApiPath<PhaseId>,
) -> Result<Json<Attempts>, Problem> {
    Ok(Json(submissions.attempts(&person, phase).await?))
}
