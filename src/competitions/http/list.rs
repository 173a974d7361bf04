use axum::{Json, extract::State};
use judge_core::text::Text;
use serde::Serialize;
use utoipa::ToSchema;

use super::Competitions;
use crate::{
    kernel::{ids::CompetitionId, paging::Page},
    web::{ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Serialize, ToSchema)]
pub struct CompetitionItem {
    id: CompetitionId,
    slug: String,
    title: Text,
    summary: Text,
}

/// Lists competitions, newest first.
#[utoipa::path(get, path = "/competitions", tag = "competitions", operation_id = "list_competitions",
    params(PageQuery),
    responses((status = 200, body = Page<CompetitionItem>), (status = 400, body = ProblemBody)))]
pub async fn handler(
    State(competitions): State<Competitions>,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<CompetitionItem>>, Problem> {
    let Page { items, next } = competitions.list(&page).await?;
    let items = items
        .into_iter()
        .map(|c| CompetitionItem { id: c.id, slug: c.slug, title: c.title, summary: c.summary })
        .collect();
    Ok(Json(Page { items, next }))
}
