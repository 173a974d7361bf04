use axum::{extract::State, http::StatusCode};

use super::CurrentUser;
use crate::{
    accounts::Accounts,
    web::{Problem, problem::ProblemBody},
};

/// Send the confirmation again
///
/// To the address that waits to be confirmed; nothing is sent where none does.
#[utoipa::path(
    post,
    path = "/me/confirmation",
    tag = "accounts",
    responses(
        (status = 202, description = "A letter is on its way if an address waits for one."),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn request_confirmation(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
) -> Result<StatusCode, Problem> {
    accounts.request_confirmation(&caller).await?;
    Ok(StatusCode::ACCEPTED)
}
