use axum::{extract::State, http::StatusCode};

use crate::{
    accounts::CurrentUser,
    kernel::ids::TeamId,
    teams::Teams,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Revoke all invitations of the team
///
/// For its leader.
#[utoipa::path(
    delete,
    path = "/teams/{id}/invitations",
    tag = "teams",
    params(("id" = TeamId, Path)),
    responses(
        (status = 204, description = "No invitation made so far works any more."),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "leader-only, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such team, or the caller is not in it", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn revoke_invitations(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
) -> Result<StatusCode, Problem> {
    teams.revoke_invitations(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
