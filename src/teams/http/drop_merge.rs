use axum::{extract::State, http::StatusCode};

use crate::{
    accounts::CurrentUser,
    kernel::ids::MergeId,
    teams::Teams,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Withdraw or decline a merge
///
/// For the leader of either team.
#[utoipa::path(
    delete,
    path = "/merges/{id}",
    tag = "teams",
    params(("id" = MergeId, Path)),
    responses(
        (status = 204, description = "Nobody asks any more."),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "leader-only, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such open request, or it is not the caller's", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn drop_merge(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<MergeId>,
) -> Result<StatusCode, Problem> {
    teams.drop_merge(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
