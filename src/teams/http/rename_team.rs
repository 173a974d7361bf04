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
pub struct NameRequest {
    /// Unlike any other team's of the competition, whatever the case.
    #[schema(example = "Trí Tuệ Sài Gòn", min_length = 2, max_length = 60)]
    name: String,
}

/// Rename the team
///
/// For its leader while registration is open, unless organizers approved the team under its name; for organizers at
/// any time.
#[utoipa::path(
    put,
    path = "/teams/{id}/name",
    tag = "teams",
    params(("id" = TeamId, Path)),
    request_body = NameRequest,
    responses(
        (status = 200, description = "The team, with its members.", body = TeamView),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "leader-only, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such team, or the caller is not in it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "team-name-taken, name-approved, registration-not-open, registration-closed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn rename_team(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
    ApiJson(request): ApiJson<NameRequest>,
) -> Result<Json<TeamView>, Problem> {
    let roster = teams.rename(&caller, id, &request.name).await?;
    Ok(Json(roster.into()))
}
