use axum::{Json, extract::State, http::HeaderMap};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{MaybeUser, cookie, user_agent};
use crate::{
    accounts::{Accounts, User},
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
        (status = 503, description = "busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn log_in(
    State(accounts): State<Accounts>,
    MaybeUser(before): MaybeUser,
    headers: HeaderMap,
    ApiJson(request): ApiJson<LogInRequest>,
) -> Result<(CookieJar, Json<User>), Problem> {
    let agent = user_agent(&headers);
    let (user, secret) = accounts.log_in(&request.email, &request.password, &agent, before.as_ref()).await?;
    Ok((cookie::set(&accounts, secret), Json(user)))
}
