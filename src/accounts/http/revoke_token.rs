use axum::{extract::State, http::StatusCode};

use super::CurrentUser;
use crate::{
    accounts::Accounts,
    kernel::ids::ApiTokenId,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Revoke one of my tokens
#[utoipa::path(
    delete,
    path = "/tokens/{id}",
    tag = "accounts",
    params(("id" = ApiTokenId, Path)),
    responses(
        (status = 204, description = "It is refused from now on."),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such token, or somebody else's", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn revoke_token(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<ApiTokenId>,
) -> Result<StatusCode, Problem> {
    accounts.revoke_token(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
