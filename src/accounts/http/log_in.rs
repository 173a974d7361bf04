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
pub struct LogInRequest {
    #[schema(example = "lan@hcmus.edu.vn")]
    email: String,
    #[schema(format = Password)]
    password: String,
}

/// Log in
///
/// Opens a session; the answer sets its cookie. A session that the browser had before ends.
#[utoipa::path(
    post,
    path = "/session",
    tag = "accounts",
    request_body = LogInRequest,
    responses(
        (status = 200, description = "The session is open.", body = User),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "wrong-credentials", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn log_in(
    State(accounts): State<Accounts>,
    MaybeUser(before): MaybeUser,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    ApiJson(request): ApiJson<LogInRequest>,
) -> Result<(CookieJar, Json<User>), Problem> {
    let visit = Visit { user_agent: &user_agent(&headers), address, before: before.as_ref() };
    let (user, secret) = accounts.log_in(&request.email, &request.password, &visit).await?;
    Ok((cookie::set(&accounts, secret), Json(user)))
}
