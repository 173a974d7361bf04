use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    accounts::MaybeUser,
    kernel::paging::Page,
    messages::{Messages, model::QuestionView},
    web::{ApiPath, ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QuestionQuery {
    /// Only those that wait for an answer.
    #[serde(default)]
    unanswered: bool,
}

/// Questions about a competition
///
/// Newest first: those that were answered publicly, and the caller's own; organizers get all.
#[utoipa::path(
    get,
    path = "/competitions/{slug}/questions",
    tag = "messages",
    params(("slug" = String, Path), QuestionQuery, PageQuery),
    responses(
        (status = 200, description = "A page of questions.", body = Page<QuestionView>),
        (status = 400, description = "wrong-cursor, wrong-query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_questions(
    State(messages): State<Messages>,
    MaybeUser(reader): MaybeUser,
    ApiPath(slug): ApiPath<String>,
    ApiQuery(query): ApiQuery<QuestionQuery>,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<QuestionView>>, Problem> {
    let found =
        messages.questions(reader.as_ref(), &slug, query.unanswered, page.cursor()?, page.fetch()).await?;
    let Page { items, next } = Page::of(found, page.limit(), |(cursor, _)| *cursor);
    Ok(Json(Page { items: items.into_iter().map(|(_, view)| view).collect(), next }))
}
