//! What a guardian does by the link of a letter, without an account.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    accounts::{Accounts, documents::Document},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Serialize, ToSchema)]
pub struct WardView {
    /// The pupil's name.
    name: String,
    consented: bool,
    privacy: Document,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct GuardianConsent {
    /// The guardian's own name.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Of the privacy notice that was read.
    #[schema(example = "2026-11")]
    version: String,
}

/// What a guardian is asked
#[utoipa::path(
    get,
    path = "/guardians/{code}",
    tag = "accounts",
    params(("code" = String, Path, description = "From the letter's link.")),
    responses(
        (status = 200, description = "The pupil, and the privacy notice.", body = WardView),
        (status = 410, description = "dead-link", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn show_ward(
    State(accounts): State<Accounts>,
    ApiPath(code): ApiPath<String>,
) -> Result<Json<WardView>, Problem> {
    let ward = accounts.ward(&code).await?;
    let privacy = accounts.documents().privacy.clone();
    Ok(Json(WardView { name: ward.name, consented: ward.consented, privacy }))
}

/// Agree as a guardian
#[utoipa::path(
    post,
    path = "/guardians/{code}",
    tag = "accounts",
    params(("code" = String, Path, description = "From the letter's link.")),
    request_body = GuardianConsent,
    responses(
        (status = 204, description = "Recorded, with name and time."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "other-version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "dead-link", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn agree(
    State(accounts): State<Accounts>,
    ApiPath(code): ApiPath<String>,
    ApiJson(request): ApiJson<GuardianConsent>,
) -> Result<StatusCode, Problem> {
    accounts.agree_as_guardian(&code, &request.name, &request.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Withdraw a guardian's consent
#[utoipa::path(
    delete,
    path = "/guardians/{code}",
    tag = "accounts",
    params(("code" = String, Path, description = "From the letter's link.")),
    responses(
        (status = 204, description = "Withdrawn: the pupil hands nothing in from now on."),
        (status = 410, description = "dead-link", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn disagree(
    State(accounts): State<Accounts>,
    ApiPath(code): ApiPath<String>,
) -> Result<StatusCode, Problem> {
    accounts.disagree_as_guardian(&code).await?;
    Ok(StatusCode::NO_CONTENT)
}
