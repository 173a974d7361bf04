use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Submissions;
use crate::{
    accounts::Entrant,
    kernel::ids::{PhaseId, UploadId},
    submissions::model::{Attempts, FaultView, SubmissionView, Taken},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct HandIn {
    /// A finished upload of the caller, made for this phase.
    upload: UploadId,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    #[serde(flatten)]
    submission: SubmissionView,
    attempts: Attempts,
    /// What will score, though perhaps not as meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<FaultView>,
}

/// Hands an upload in. A malformed file is refused without an attempt, unless the phase takes it at that price.
/// Counts one attempt; the same upload again gives the same submission and counts nothing.
#[utoipa::path(post, path = "/phases/{id}/submissions", tag = "submissions", operation_id = "hand_in",
    params(("id" = PhaseId, Path)), request_body = HandIn,
    responses((status = 201, body = Accepted), (status = 200, body = Accepted, description = "Handed in before"),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody, description = "`no-team`, `rules-not-accepted`, `email-unconfirmed`, `consent-needed`, `birth-year-needed`, `guardian-consent-needed`"), (status = 429, body = ProblemBody, description = "`too-often`"),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody,
            description = "`phase-closed`, `not-advanced`, `hand-ins-paused`, `daily-attempts-spent`, `attempts-spent`, `too-many-running`, `just-changed`, `upload-incomplete`, `other-phase`, `team-disqualified`"),
        (status = 422, body = ProblemBody, description = "`empty-file`, `not-a-zip`, `spreadsheet`; `malformed` with every fault under `faults`"),
        (status = 503, body = ProblemBody, description = "`checks-busy`: come back after `Retry-After`")))]
pub async fn handler(
    State(submissions): State<Submissions>,
    Entrant(person): Entrant,
    ApiPath(phase): ApiPath<PhaseId>,
    ApiJson(body): ApiJson<HandIn>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let taken = submissions.hand_in(&person, phase, body.upload).await?;
    let Taken { made, submission, attempts, warnings } = taken;
    let warnings = warnings.iter().map(FaultView::from).collect();
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Accepted { submission, attempts, warnings })))
}
