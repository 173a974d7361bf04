use axum::{extract::State, http::StatusCode};
use axum_extra::extract::CookieJar;

use super::{MaybeUser, cookie};
use crate::{
    accounts::{AccountError, Accounts},
    web::{Problem, problem::ProblemBody},
};

/// Log out
///
/// Ends the session of the cookie and clears it. Who is not logged in gets the same answer; a token is left as it is.
#[utoipa::path(
    delete,
    path = "/session",
    tag = "accounts",
    responses(
        (status = 204, description = "Nobody is logged in now."),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn log_out(
    State(accounts): State<Accounts>,
    MaybeUser(caller): MaybeUser,
) -> Result<(StatusCode, CookieJar), Problem> {
    if let Some((caller, session)) = caller.as_ref().and_then(|caller| Some((caller, caller.session()?))) {
        match accounts.revoke_session(caller, session).await {
            // Another request ended it in the same moment: what was asked for is so.
            Ok(()) | Err(AccountError::NotFound) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok((StatusCode::NO_CONTENT, cookie::clear(&accounts)))
}
