use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::view::TeamView;
use crate::{
    accounts::CurrentUser,
    kernel::ids::TeamId,
    teams::Teams,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct OwnAnswers {
    /// Key → value.
    #[schema(value_type = Object)]
    answers: Map<String, Value>,
}

/// Answer for oneself
///
/// For a member: all answers to the form's questions about each member, anew. While registration is open; what is
/// missing may be given later too.
#[utoipa::path(
    put,
    path = "/teams/{id}/members/me/answers",
    tag = "teams",
    params(("id" = TeamId, Path)),
    request_body = OwnAnswers,
    responses(
        (status = 200, description = "The team, with its members.", body = TeamView),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such team, or the caller is not in it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "answers-approved, registration-not-open, registration-closed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn answer_for_self(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
    ApiJson(request): ApiJson<OwnAnswers>,
) -> Result<Json<TeamView>, Problem> {
    let roster = teams.answer_for_self(&caller, id, &request.answers).await?;
    Ok(Json(roster.into()))
}
