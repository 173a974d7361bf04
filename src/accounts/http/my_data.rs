//! One's own data: to take along, and to erase.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CurrentUser, cookie};
use crate::{
    accounts::{
        AccountError, Accounts,
        service::{Privacy, Proof},
    },
    web::{ApiJson, Problem, problem::ProblemBody},
};

/// One of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureRequest {
    #[schema(format = Password)]
    password: Option<String>,
    /// Six digits from a letter: `POST /session/codes` sends them.
    code: Option<String>,
}

/// Download my data
///
/// A ZIP archive of all that is kept of the caller: `data.json`, and the file of evidence. A token may not call this.
#[utoipa::path(
    get,
    path = "/me/data",
    tag = "accounts",
    responses(
        (status = 200, description = "The archive.", content_type = "application/zip"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "session-needed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn export(
    State(privacy): State<Privacy>,
    CurrentUser(caller): CurrentUser,
) -> Result<Response, Problem> {
    let archive = privacy.export(&caller).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"dautri-data.zip\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, archive).into_response())
}

/// Erase my account
///
/// Asks for the password, or a code from a letter. Name, address, profile, evidence, sessions, tokens and letters go;
/// the caller leaves their teams; what the teams handed in and where they stand remains, without a name. A token may
/// not call this.
#[utoipa::path(
    post,
    path = "/me/erasure",
    tag = "accounts",
    request_body = ErasureRequest,
    responses(
        (status = 204, description = "The account is gone."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in, wrong-code", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "wrong-password, session-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "last-admin", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn erase(
    State(privacy): State<Privacy>,
    CurrentUser(caller): CurrentUser,
    axum::Extension(accounts): axum::Extension<Accounts>,
    ApiJson(request): ApiJson<ErasureRequest>,
) -> Result<(StatusCode, CookieJar), Problem> {
    let proof = match (&request.password, &request.code) {
        (Some(password), _) => Proof::Password(password),
        (None, Some(code)) => Proof::Code(code),
        (None, None) => return Err(AccountError::WrongPassword.into()),
    };
    privacy.erase(&caller, proof).await?;
    Ok((StatusCode::NO_CONTENT, cookie::clear(&accounts)))
}
