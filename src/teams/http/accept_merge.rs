use axum::{Json, extract::State};

use super::view::TeamView;
use crate::{
    accounts::CurrentUser,
    kernel::ids::MergeId,
    teams::Teams,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Accept a merge
///
/// For the leader of the team that is asked. Members, submissions and attempts of both teams are its own from now
/// on, and the boards follow; the team that asked is gone.
#[utoipa::path(
    post,
    path = "/merges/{id}",
    tag = "teams",
    params(("id" = MergeId, Path)),
    responses(
        (status = 200, description = "The one team, with all members.", body = TeamView),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "leader-only, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such open request, or it is not the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "no-merging, merging-over, other-division, team-full, merge-attempts, team-not-merging", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn accept_merge(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<MergeId>,
) -> Result<Json<TeamView>, Problem> {
    Ok(Json(teams.accept_merge(&caller, id).await?.into()))
}
