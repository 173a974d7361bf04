use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::TeamView;
use crate::{
    accounts::CurrentUser,
    kernel::paging::{Cursor, Page},
    teams::{
        Teams,
        model::{Filter, TeamState},
    },
    web::{ApiPath, ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct TeamFilter {
    /// Only teams in this state.
    state: Option<TeamState>,
    /// Only teams of the division of this slug.
    division: Option<String>,
    /// Part of the team's name, or of a member's name or address; case does not matter.
    search: Option<String>,
}

/// List a competition's teams
///
/// For its organizers: newest first, with members, addresses, answers, and what each team lacks.
#[utoipa::path(
    get,
    path = "/competitions/{slug}/teams",
    tag = "teams",
    params(("slug" = String, Path, description = "The competition's slug."), TeamFilter, PageQuery),
    responses(
        (status = 200, description = "A page of teams.", body = Page<TeamView>),
        (status = 400, description = "wrong-query, wrong-cursor", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such competition", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_teams(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(competition): ApiPath<String>,
    ApiQuery(filter): ApiQuery<TeamFilter>,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<TeamView>>, Problem> {
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let filter =
        Filter { state: filter.state, division: filled(filter.division), search: filled(filter.search) };
    let rows = teams.list(&caller, &competition, &filter, page.cursor()?, page.fetch()).await?;
    let Page { items, next } =
        Page::of(rows, page.limit(), |row| Cursor { at: row.team.created_at, id: row.team.id.0 });
    Ok(Json(Page { items: items.into_iter().map(TeamView::organized).collect(), next }))
}
