use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use axum_extra::extract::CookieJar;
use judge_core::text::Lang;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{cookie, user_agent};
use crate::{
    accounts::{
        Accounts, User,
        service::{Agreed, SignUp},
    },
    web::{ApiJson, Language, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct SignUpRequest {
    #[schema(example = "lan@hcmus.edu.vn", max_length = 254)]
    email: String,
    #[schema(example = "Nguyễn Thị Lan", min_length = 1, max_length = 100)]
    name: String,
    #[schema(min_length = 10, max_length = 200, format = Password)]
    password: String,
    /// What letters are written in; from `Accept-Language` where absent.
    lang: Option<Lang>,
    /// The versions of the texts of `GET /privacy` that they have read and agree to; can be given later.
    agreed: Option<Agreed>,
}

/// Sign up
///
/// Makes an account and logs its owner in: the answer sets the session's cookie. A letter with a link that confirms
/// the address is on its way.
#[utoipa::path(
    post,
    path = "/accounts",
    tag = "accounts",
    request_body = SignUpRequest,
    responses(
        (status = 201, description = "The account is made.", body = User),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "email-taken, other-version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn sign_up(
    State(accounts): State<Accounts>,
    Language(asked): Language,
    headers: HeaderMap,
    ApiJson(request): ApiJson<SignUpRequest>,
) -> Result<(StatusCode, CookieJar, Json<User>), Problem> {
    let form = SignUp {
        email: &request.email,
        name: &request.name,
        password: &request.password,
        lang: request.lang.unwrap_or(asked),
        agreed: request.agreed.as_ref(),
    };
    let (user, secret) = accounts.sign_up(form, &user_agent(&headers)).await?;
    Ok((StatusCode::CREATED, cookie::set(&accounts, secret), Json(user)))
}
