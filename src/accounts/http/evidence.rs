//! My own evidence.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;

use super::CurrentUser;
use crate::{
    accounts::{
        Statuses,
        profile::{Evidence, Status},
    },
    web::{ApiQuery, Problem, download, problem::ProblemBody},
};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Claim {
    /// What the file shows.
    claim: Status,
}

/// Show that I am a student or a pupil
///
/// The body is the file: PDF, PNG or JPEG, at most 5 MB. It replaces the one before and waits for an organizer of a
/// competition that the caller takes part in. Pupils give their birth year first. A token may not call this.
#[utoipa::path(
    put,
    path = "/me/evidence",
    tag = "accounts",
    params(Claim),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "It waits to be looked at.", body = Evidence),
        (status = 400, description = "wrong-query, broken-off", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "session-needed, birth-year-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "file-too-large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "no-evidence: neither PDF nor PNG nor JPEG", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too-often", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn put_evidence(
    State(statuses): State<Statuses>,
    CurrentUser(caller): CurrentUser,
    ApiQuery(claim): ApiQuery<Claim>,
    body: Body,
) -> Result<Json<Evidence>, Problem> {
    Ok(Json(statuses.hand_in(&caller, claim.claim, body.into_data_stream()).await?))
}

/// Download my evidence
#[utoipa::path(
    get,
    path = "/me/evidence",
    tag = "accounts",
    responses(
        (status = 200, description = "The file.", content_type = "application/octet-stream"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn get_evidence(
    State(statuses): State<Statuses>,
    CurrentUser(caller): CurrentUser,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = statuses.own_file(&caller).await?;
    let label = download::Label { filename: "evidence", media_type: &file.media_type };
    download::blob(&statuses.storage, &file.blob, label, &headers).await
}

/// Take my evidence back
///
/// The file is removed, and the status that it showed is gone. A token may not call this.
#[utoipa::path(
    delete,
    path = "/me/evidence",
    tag = "accounts",
    responses(
        (status = 204, description = "Gone."),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "session-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn delete_evidence(
    State(statuses): State<Statuses>,
    CurrentUser(caller): CurrentUser,
) -> Result<StatusCode, Problem> {
    statuses.take_back(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
