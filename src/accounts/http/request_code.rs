use axum::{extract::State, http::StatusCode};

use super::request_reset::Address;
use crate::{
    accounts::Accounts,
    web::{ApiJson, Problem, problem::ProblemBody},
};

/// Send me a log-in code
///
/// Six digits that open a session once, within ten minutes, with five tries. The answer is the same whether or
/// not the address has an account.
#[utoipa::path(
    post,
    path = "/session/codes",
    tag = "accounts",
    request_body = Address,
    responses(
        (status = 202, description = "If the address has an account, a letter is on its way."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn request_code(
    State(accounts): State<Accounts>,
    ApiJson(request): ApiJson<Address>,
) -> Result<StatusCode, Problem> {
    accounts.request_code(&request.email).await?;
    Ok(StatusCode::ACCEPTED)
}
