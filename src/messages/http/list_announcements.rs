use axum::{Json, extract::State};

use crate::{
    kernel::paging::{Cursor, Page},
    messages::{Messages, model::Announcement},
    web::{ApiPath, ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

/// Announcements of a competition
///
/// For everybody; newest first.
#[utoipa::path(
    get,
    path = "/competitions/{slug}/announcements",
    tag = "messages",
    params(("slug" = String, Path), PageQuery),
    responses(
        (status = 200, description = "A page of announcements.", body = Page<Announcement>),
        (status = 400, description = "wrong-cursor, wrong-query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_announcements(
    State(messages): State<Messages>,
    ApiPath(slug): ApiPath<String>,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<Announcement>>, Problem> {
    let rows = messages.announcements(&slug, page.cursor()?, page.fetch()).await?;
    Ok(Json(Page::of(rows, page.limit(), |row| Cursor { at: row.published_at, id: row.id.0 })))
}
