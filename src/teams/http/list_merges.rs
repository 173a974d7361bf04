use axum::{Json, extract::State};

use crate::{
    accounts::CurrentUser,
    kernel::{ids::TeamId, paging::Page},
    teams::{Teams, model::Merge},
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// List a team's open merge requests
///
/// What it asks and what it is asked, newest first, for its members and the competition's organizers.
#[utoipa::path(
    get,
    path = "/teams/{id}/merges",
    tag = "teams",
    params(("id" = TeamId, Path)),
    responses(
        (status = 200, description = "Requests that wait for an answer.", body = Page<Merge>),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such team, or the caller is not in it", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_merges(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
) -> Result<Json<Page<Merge>>, Problem> {
    let items = teams.merges(&caller, id).await?;
    Ok(Json(Page { items, next: None }))
}
