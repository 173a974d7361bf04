use axum::{Json, extract::State};
use judge_core::check::Findings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Submissions;
use crate::{
    accounts::Participant,
    kernel::ids::{PhaseId, UploadId},
    submissions::model::FaultView,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct CheckRequest {
    /// A finished upload of the caller, made for this phase.
    upload: UploadId,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// Whether it would be taken: there is no fault.
    ok: bool,
    /// Whether everything was read. What was not is left to the judging.
    complete: bool,
    /// What stands in the way of a score, with file and line.
    faults: Vec<FaultView>,
    /// What scores, though perhaps not as meant: a query without a file, a file that is not read.
    warnings: Vec<FaultView>,
}

impl From<Findings> for CheckView {
    fn from(found: Findings) -> Self {
        Self {
            ok: found.faults.is_empty(),
            complete: !found.incomplete,
            faults: found.faults.iter().map(FaultView::from).collect(),
            warnings: found.warnings.iter().map(FaultView::from).collect(),
        }
    }
}

/// Checks an upload and spends nothing: every fault with file and line. The upload may be handed in afterwards.
#[utoipa::path(post, path = "/phases/{id}/checks", tag = "submissions", operation_id = "check_upload",
    params(("id" = PhaseId, Path)), request_body = CheckRequest,
    responses((status = 200, body = CheckView), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "`no-team`, `email-unconfirmed`"), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`upload-incomplete`, `other-phase`"),
        (status = 422, body = ProblemBody), (status = 429, body = ProblemBody, description = "`too-often`"),
        (status = 503, body = ProblemBody, description = "`checks-busy`: come back after `Retry-After`")))]
pub async fn handler(
    State(submissions): State<Submissions>,
    Participant(person): Participant,
    ApiPath(phase): ApiPath<PhaseId>,
    ApiJson(body): ApiJson<CheckRequest>,
) -> Result<Json<CheckView>, Problem> {
    Ok(Json(submissions.check(&person, phase, body.upload).await?.into()))
}
