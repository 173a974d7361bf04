use axum::{extract::State, http::StatusCode};

use super::{CurrentUser, request_reset::Address};
use crate::{
    accounts::Accounts,
    web::{ApiJson, Problem, problem::ProblemBody},
};

/// Name my guardian
///
/// Sends them a link, good for 14 days, by which they agree or not. Names another one in place of the one before.
/// A token may not call this.
#[utoipa::path(
    put,
    path = "/me/guardian",
    tag = "accounts",
    request_body = Address,
    responses(
        (status = 202, description = "A letter is on its way."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "session-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn name_guardian(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiJson(request): ApiJson<Address>,
) -> Result<StatusCode, Problem> {
    accounts.name_guardian(&caller, &request.email).await?;
    Ok(StatusCode::ACCEPTED)
}
