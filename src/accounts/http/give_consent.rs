use axum::{extract::State, http::StatusCode};

use super::CurrentUser;
use crate::{
    accounts::{Accounts, service::Agreed},
    web::{ApiJson, Problem, problem::ProblemBody},
};

/// Agree to the privacy notice and the terms
///
/// Names the versions that the caller has read, which must be the current ones. A token may not call this.
#[utoipa::path(
    put,
    path = "/me/consents",
    tag = "accounts",
    request_body = Agreed,
    responses(
        (status = 204, description = "Recorded, with the time."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "session-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "other-version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn give_consent(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiJson(agreed): ApiJson<Agreed>,
) -> Result<StatusCode, Problem> {
    accounts.consent(&caller, &agreed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Withdraw my consent
///
/// The caller takes no part from now on; what was handed in stays. Erase the account to remove the data.
#[utoipa::path(
    delete,
    path = "/me/consents",
    tag = "accounts",
    responses(
        (status = 204, description = "Withdrawn."),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "session-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn withdraw_consent(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
) -> Result<StatusCode, Problem> {
    accounts.withdraw_consent(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
