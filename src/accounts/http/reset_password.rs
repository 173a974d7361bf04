use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    accounts::Accounts,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct NewPassword {
    #[schema(min_length = 10, max_length = 200, format = Password)]
    password: String,
}

/// Choose a new password
///
/// By the code of a letter. Ends all sessions; tokens go on working.
#[utoipa::path(
    put,
    path = "/password-resets/{code}",
    tag = "accounts",
    params(("code" = String, Path, description = "From the letter's link.")),
    request_body = NewPassword,
    responses(
        (status = 204, description = "The new password holds."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "dead-link", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn reset_password(
    State(accounts): State<Accounts>,
    ApiPath(code): ApiPath<String>,
    ApiJson(request): ApiJson<NewPassword>,
) -> Result<StatusCode, Problem> {
    accounts.reset_password(&code, &request.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
