use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::TeamView;
use crate::{
    accounts::CurrentUser,
    kernel::ids::TeamId,
    teams::Teams,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct DivisionRequest {
    /// Slug of a division of the competition.
    #[schema(example = "b")]
    division: String,
    /// What the team is told.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Move the team to another division
///
/// For the competition's organizers, with a reason. Its standings follow; members are told.
#[utoipa::path(
    put,
    path = "/teams/{id}/division",
    tag = "teams",
    params(("id" = TeamId, Path)),
    request_body = DivisionRequest,
    responses(
        (status = 200, description = "The team, with its members.", body = TeamView),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "team-full, team-merged", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn move_team(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
    ApiJson(request): ApiJson<DivisionRequest>,
) -> Result<Json<TeamView>, Problem> {
    let roster = teams.move_to(&caller, id, &request.division, &request.reason).await?;
    Ok(Json(TeamView::organized(roster)))
}
