use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    kernel::ids::UserId,
    teams::Teams,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct ReleaseRequest {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Let a person be in another team
///
/// For the competition's organizers: whoever left a team that handed something in may be in another one from now on.
#[utoipa::path(
    post,
    path = "/competitions/{slug}/departures/{user}/release",
    tag = "teams",
    params(("slug" = String, Path, description = "The competition's slug."), ("user" = UserId, Path)),
    request_body = ReleaseRequest,
    responses(
        (status = 204, description = "The person is free to make or join a team."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such competition, or nothing holds the person", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn release_member(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath((competition, user)): ApiPath<(String, UserId)>,
    ApiJson(request): ApiJson<ReleaseRequest>,
) -> Result<StatusCode, Problem> {
    teams.release(&caller, &competition, user, &request.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
