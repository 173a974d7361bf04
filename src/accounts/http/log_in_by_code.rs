use axum::{Json, extract::State, http::HeaderMap};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ClientAddress, MaybeUser, cookie, user_agent};
use crate::{
    accounts::{Accounts, User, service::Visit},
    web::{ApiJson, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct CodeLogIn {
    #[schema(example = "lan@hcmus.edu.vn")]
    email: String,
    /// Six digits; spaces between them do no harm.
    #[schema(example = "123456")]
    code: String,
}

/// Log in by a code
///
/// Opens a session as a password would; the answer sets its cookie.
#[utoipa::path(
    post,
    path = "/session/code",
    tag = "accounts",
    request_body = CodeLogIn,
    responses(
        (status = 200, description = "The session is open.", body = User),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "wrong-code", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn log_in_by_code(
    State(accounts): State<Accounts>,
    MaybeUser(before): MaybeUser,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    ApiJson(request): ApiJson<CodeLogIn>,
) -> Result<(CookieJar, Json<User>), Problem> {
    let visit = Visit { user_agent: &user_agent(&headers), address, before: before.as_ref() };
    let (user, secret) = accounts.log_in_by_code(&request.email, &request.code, &visit).await?;
    Ok((cookie::set(&accounts, secret), Json(user)))
}
