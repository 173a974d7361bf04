use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::TeamView;
use crate::{
    accounts::CurrentUser,
    kernel::ids::{TeamId, UserId},
    teams::Teams,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct LeaderRequest {
    /// A member of the team.
    user: UserId,
}

/// Hand the leadership over
///
/// For the leader and the competition's organizers. The new leader is told.
#[utoipa::path(
    put,
    path = "/teams/{id}/leader",
    tag = "teams",
    params(("id" = TeamId, Path)),
    request_body = LeaderRequest,
    responses(
        (status = 200, description = "The team, with its members.", body = TeamView),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "leader-only, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such team, or the caller is not in it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn make_leader(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
    ApiJson(request): ApiJson<LeaderRequest>,
) -> Result<Json<TeamView>, Problem> {
    let roster = teams.make_leader(&caller, id, request.user).await?;
    Ok(Json(roster.into()))
}
