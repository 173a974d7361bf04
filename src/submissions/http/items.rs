use axum::{Json, extract::State};
use judge_core::protocol::Item;

use super::Submissions;
use crate::{
    accounts::CurrentUser,
    kernel::ids::EvaluationId,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Says what an evaluation's scores are made of, item by item: each query once in each split that it counts in.
/// Organizers always; the own team once the phase is over, the private split where its board is open. Empty where
/// the scorer tells nothing of the kind.
#[utoipa::path(get, path = "/evaluations/{id}/items", tag = "submissions", operation_id = "list_items",
    params(("id" = EvaluationId, Path)),
    responses((status = 200, body = Vec<Item>), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "`items-after-phase`, `scores-hidden`"),
        (status = 404, body = ProblemBody)))]
pub async fn handler(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(evaluation): ApiPath<EvaluationId>,
) -> Result<Json<Vec<Item>>, Problem> {
    Ok(Json(submissions.items(&person, evaluation).await?))
}
