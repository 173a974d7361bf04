use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::CurrentUser;
use crate::{
    accounts::Accounts,
    web::{ApiJson, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct EmailChange {
    #[schema(example = "lan@hcmus.edu.vn", max_length = 254)]
    email: String,
    /// The caller's password, once more.
    #[schema(format = Password)]
    password: String,
}

/// Change my address
///
/// Holds once the new address is confirmed by the link of the letter that is sent there. A token may not call this.
#[utoipa::path(
    put,
    path = "/me/email",
    tag = "accounts",
    request_body = EmailChange,
    responses(
        (status = 202, description = "A letter is on its way to the new address."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "wrong-password, session-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "email-taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn change_email(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiJson(request): ApiJson<EmailChange>,
) -> Result<StatusCode, Problem> {
    accounts.change_email(&caller, &request.email, &request.password).await?;
    Ok(StatusCode::ACCEPTED)
}
