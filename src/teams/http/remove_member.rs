use axum::{extract::State, http::StatusCode};

use crate::{
    accounts::CurrentUser,
    kernel::ids::{TeamId, UserId},
    teams::Teams,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Take a member out of the team
///
/// For its leader. Whoever is taken out can come back by an invitation that still works: revoke those first.
#[utoipa::path(
    delete,
    path = "/teams/{id}/members/{user}",
    tag = "teams",
    params(("id" = TeamId, Path), ("user" = UserId, Path)),
    responses(
        (status = 204, description = "The person is in the team no more."),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "leader-only, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such team or member, or the caller is not in the team", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "last-member", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn remove_member(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath((id, user)): ApiPath<(TeamId, UserId)>,
) -> Result<StatusCode, Problem> {
    teams.remove_member(&caller, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
