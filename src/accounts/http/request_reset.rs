use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    accounts::Accounts,
    web::{ApiJson, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct Address {
    #[schema(example = "lan@hcmus.edu.vn", max_length = 254)]
    pub(super) email: String,
}

/// Forgot my password
///
/// Sends a link that works once, for an hour. The answer is the same whether or not the address has an account.
#[utoipa::path(
    post,
    path = "/password-resets",
    tag = "accounts",
    request_body = Address,
    responses(
        (status = 202, description = "If the address has an account, a letter is on its way."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn request_reset(
    State(accounts): State<Accounts>,
    ApiJson(request): ApiJson<Address>,
) -> Result<StatusCode, Problem> {
    accounts.request_reset(&request.email).await?;
    Ok(StatusCode::ACCEPTED)
}
