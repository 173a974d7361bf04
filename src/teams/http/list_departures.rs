use axum::{Json, extract::State};

use crate::{
    accounts::CurrentUser,
    kernel::paging::Page,
    teams::{Teams, model::Departure},
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// List people who left a team that handed something in
///
/// For the competition's organizers: those whom no other team may take yet, the latest first, all on one page.
#[utoipa::path(
    get,
    path = "/competitions/{slug}/departures",
    tag = "teams",
    params(("slug" = String, Path, description = "The competition's slug.")),
    responses(
        (status = 200, description = "Who left which team, and when.", body = Page<Departure>),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such competition", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_departures(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(competition): ApiPath<String>,
) -> Result<Json<Page<Departure>>, Problem> {
    let items = teams.departures(&caller, &competition).await?;
    Ok(Json(Page { items, next: None }))
}
