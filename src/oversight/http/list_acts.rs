use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    accounts::{CurrentUser, Principal},
    kernel::paging::Page,
    oversight::{Oversight, service::ActView},
    web::{ApiPath, ApiQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ActQuery {
    /// Rows of a page, 1 to 200; 50 where absent.
    limit: Option<i64>,
    /// Acts before this one: `next` of the page before.
    before: Option<i64>,
}

/// All acts of organizers and administrators
///
/// For administrators; newest first.
#[utoipa::path(
    get,
    path = "/audit",
    tag = "oversight",
    params(ActQuery),
    responses(
        (status = 200, description = "A page of acts.", body = Page<ActView>),
        (status = 400, description = "wrong-query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_acts(
    State(oversight): State<Oversight>,
    CurrentUser(caller): CurrentUser,
    ApiQuery(query): ApiQuery<ActQuery>,
) -> Result<Json<Page<ActView>>, Problem> {
    page(&oversight, &caller, None, &query).await
}

/// Acts in a competition
///
/// For its organizers; newest first.
#[utoipa::path(
    get,
    path = "/competitions/{slug}/audit",
    tag = "oversight",
    params(("slug" = String, Path), ActQuery),
    responses(
        (status = 200, description = "A page of acts.", body = Page<ActView>),
        (status = 400, description = "wrong-query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_competition_acts(
    State(oversight): State<Oversight>,
    CurrentUser(caller): CurrentUser,
    ApiPath(slug): ApiPath<String>,
    ApiQuery(query): ApiQuery<ActQuery>,
) -> Result<Json<Page<ActView>>, Problem> {
    page(&oversight, &caller, Some(&slug), &query).await
}

async fn page(
    oversight: &Oversight,
    caller: &Principal,
    slug: Option<&str>,
    query: &ActQuery,
) -> Result<Json<Page<ActView>>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let mut items = oversight.acts(caller, slug, query.before.unwrap_or(i64::MAX), limit + 1).await?;
    let wanted = usize::try_from(limit).expect("at most 200");
    let more = items.len() > wanted;
    items.truncate(wanted);
    let next = items.last().filter(|_| more).map(|act| act.id.to_string());
    Ok(Json(Page { items, next }))
}
