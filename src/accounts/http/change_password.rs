use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::CurrentUser;
use crate::{
    accounts::Accounts,
    web::{ApiJson, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct PasswordChange {
    #[schema(format = Password)]
    current: String,
    #[schema(min_length = 10, max_length = 200, format = Password)]
    new: String,
}

/// Change my password
///
/// Ends all other sessions; tokens go on working. A token may not call this.
#[utoipa::path(
    put,
    path = "/me/password",
    tag = "accounts",
    request_body = PasswordChange,
    responses(
        (status = 204, description = "The new password holds."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "wrong-password, session-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn change_password(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiJson(request): ApiJson<PasswordChange>,
) -> Result<StatusCode, Problem> {
    accounts.change_password(&caller, &request.current, &request.new).await?;
    Ok(StatusCode::NO_CONTENT)
}
