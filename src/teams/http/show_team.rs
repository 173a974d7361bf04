use axum::{Json, extract::State};

use super::view::TeamView;
use crate::{
    accounts::MaybeUser,
    kernel::ids::TeamId,
    teams::Teams,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Show a team
///
/// Members and organizers see who is in it; others only id, name and division.
#[utoipa::path(
    get,
    path = "/teams/{id}",
    tag = "teams",
    params(("id" = TeamId, Path)),
    responses(
        (status = 200, description = "The team as the caller may see it.", body = TeamView),
        (status = 401, description = "not-logged-in: the token is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn show_team(
    State(teams): State<Teams>,
    MaybeUser(caller): MaybeUser,
    ApiPath(id): ApiPath<TeamId>,
) -> Result<Json<TeamView>, Problem> {
    Ok(Json(teams.see(caller.as_ref(), id).await?.into()))
}
