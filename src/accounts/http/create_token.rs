use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CurrentUser;
use crate::{
    accounts::{Accounts, model::ApiToken, scope::Scopes},
    web::{ApiJson, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct TokenRequest {
    /// What it is for.
    #[schema(example = "máy tính phòng lab", min_length = 1, max_length = 100)]
    name: String,
    /// `read` and `submit` where absent.
    #[serde(default)]
    scopes: Scopes,
}

#[derive(Serialize, ToSchema)]
pub struct NewToken {
    #[serde(flatten)]
    token: ApiToken,
    /// Shown this once; send it as `Authorization: Bearer <token>`.
    #[serde(rename = "token")]
    secret: String,
}

/// Make a token
///
/// For programs. Of what its owner may do it does what its scopes allow: `read` and `submit` as a contestant,
/// `manage` as an organizer or juror, `admin` as an administrator. No token makes tokens or changes the account.
#[utoipa::path(
    post,
    path = "/tokens",
    tag = "accounts",
    request_body = TokenRequest,
    responses(
        (status = 201, description = "The token, with its secret.", body = NewToken),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "session-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "token-limit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn create_token(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiJson(request): ApiJson<TokenRequest>,
) -> Result<(StatusCode, Json<NewToken>), Problem> {
    let (token, secret) = accounts.create_token(&caller, &request.name, &request.scopes).await?;
    Ok((StatusCode::CREATED, Json(NewToken { token, secret })))
}
