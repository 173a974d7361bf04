use axum::{extract::State, http::StatusCode};

use super::CurrentUser;
use crate::{
    accounts::Accounts,
    kernel::ids::SessionId,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// End one of my sessions
#[utoipa::path(
    delete,
    path = "/sessions/{id}",
    tag = "accounts",
    params(("id" = SessionId, Path)),
    responses(
        (status = 204, description = "It is refused from now on."),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such session, or somebody else's", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn revoke_session(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<SessionId>,
) -> Result<StatusCode, Problem> {
    accounts.revoke_session(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
