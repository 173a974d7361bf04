use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::CurrentUser;
use crate::{
    accounts::{Accounts, model::Session},
    kernel::{
        Timestamp,
        ids::SessionId,
        paging::{Cursor, Page},
    },
    web::{ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    id: SessionId,
    /// What the browser called itself.
    user_agent: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// To the minute.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Whether this is the session that asks.
    current: bool,
}

/// My sessions
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = "accounts",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the caller's sessions.", body = Page<SessionView>),
        (status = 400, description = "wrong-cursor, wrong-query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_sessions(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<SessionView>>, Problem> {
    let sessions = accounts.sessions(&caller, page.cursor()?, page.fetch()).await?;
    let view = |session: Session| SessionView {
        current: caller.session() == Some(session.id),
        id: session.id,
        user_agent: session.user_agent,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
    };
    let cursor = |session: &SessionView| Cursor { at: session.created_at, id: session.id.0 };
    Ok(Json(Page::of(sessions.into_iter().map(view).collect(), page.limit(), cursor)))
}
