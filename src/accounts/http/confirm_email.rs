use axum::{extract::State, http::StatusCode};

use crate::{
    accounts::Accounts,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Confirm an address
///
/// By the code of the letter that was sent to it. The address becomes its owner's, if it was not yet.
#[utoipa::path(
    post,
    path = "/confirmations/{code}",
    tag = "accounts",
    params(("code" = String, Path, description = "From the letter's link.")),
    responses(
        (status = 204, description = "The address is confirmed."),
        (status = 409, description = "email-taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "dead-link", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn confirm_email(
    State(accounts): State<Accounts>,
    ApiPath(code): ApiPath<String>,
) -> Result<StatusCode, Problem> {
    accounts.confirm(&code).await?;
    Ok(StatusCode::NO_CONTENT)
}
