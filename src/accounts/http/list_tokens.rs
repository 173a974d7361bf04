use axum::{Json, extract::State};

use super::CurrentUser;
use crate::{
    accounts::{Accounts, model::ApiToken},
    kernel::paging::{Cursor, Page},
    web::{ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

/// My tokens
///
/// Newest first, without those that are revoked. The secrets themselves are never shown again.
#[utoipa::path(
    get,
    path = "/tokens",
    tag = "accounts",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the caller's tokens.", body = Page<ApiToken>),
        (status = 400, description = "wrong-cursor, wrong-query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_tokens(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<ApiToken>>, Problem> {
    let tokens = accounts.tokens(&caller, page.cursor()?, page.fetch()).await?;
    let cursor = |token: &ApiToken| Cursor { at: token.created_at, id: token.id.0 };
    Ok(Json(Page::of(tokens, page.limit(), cursor)))
}
