use axum::{extract::State, http::StatusCode};

use crate::{
    accounts::CurrentUser,
    kernel::ids::TeamId,
    teams::Teams,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Leave the team
///
/// A leader's place passes to the longest-standing member. With its last member the team ends, unless it has
/// handed something in. Who leaves a team that has handed something in may be in no other team of the
/// competition before an organizer releases them.
#[utoipa::path(
    delete,
    path = "/teams/{id}/members/me",
    tag = "teams",
    params(("id" = TeamId, Path)),
    responses(
        (status = 204, description = "The caller is in the team no more."),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such team, or the caller is not in it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "last-member", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn leave_team(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
) -> Result<StatusCode, Problem> {
    teams.leave(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
