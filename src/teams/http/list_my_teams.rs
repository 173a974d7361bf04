use axum::{Json, extract::State};

use super::view::TeamView;
use crate::{
    accounts::CurrentUser,
    kernel::paging::Page,
    teams::Teams,
    web::{Problem, problem::ProblemBody},
};

/// My teams
///
/// At most one for each competition, newest first, all on one page.
#[utoipa::path(
    get,
    path = "/me/teams",
    tag = "teams",
    responses(
        (status = 200, description = "The caller's teams.", body = Page<TeamView>),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_my_teams(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
) -> Result<Json<Page<TeamView>>, Problem> {
    let items = teams.mine(&caller).await?.into_iter().map(TeamView::from).collect();
    Ok(Json(Page { items, next: None }))
}
