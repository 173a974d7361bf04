use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    kernel::ids::TeamId,
    teams::{Teams, model::Merge},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct MergeRequest {
    /// The team that is asked to take this one in. It keeps its name and its leader.
    into: TeamId,
}

/// Ask another team to take this one in
///
/// For the leader, as long as teams may merge. Both teams must be of one division, together have no more members
/// than a team may have, and together have used no more attempts than a team has: in a phase, and on any day of it.
#[utoipa::path(
    post,
    path = "/teams/{id}/merges",
    tag = "teams",
    params(("id" = TeamId, Path)),
    request_body = MergeRequest,
    responses(
        (status = 201, description = "The request, which waits for the other leader.", body = Merge),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "leader-only, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such team in the competition, or the caller is not in the team that asks", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "no-merging, merging-over, other-division, team-full, merge-attempts, team-not-merging, merge-asked, merge-limit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn ask_to_merge(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
    ApiJson(request): ApiJson<MergeRequest>,
) -> Result<(StatusCode, Json<Merge>), Problem> {
    let merge = teams.ask_to_merge(&caller, id, request.into).await?;
    Ok((StatusCode::CREATED, Json(merge)))
}
