//! What organizers decide about one submission. Each needs a reason, which the team reads and the log keeps.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Submissions;
use crate::{
    accounts::CurrentUser,
    judging::{model::Reason, rules::Level},
    kernel::ids::SubmissionId,
    submissions::model::SubmissionView,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct Because {
    /// 1 to 1,000 characters.
    reason: String,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct Cancellation {
    /// 1 to 1,000 characters.
    reason: String,
    /// Whether the attempt is given back.
    refund: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct Prioritization {
    /// 1 to 1,000 characters.
    reason: String,
    level: Level,
}

/// Stops a submission that is not judged yet, also while a worker has it.
#[utoipa::path(post, path = "/submissions/{id}/cancel", tag = "rulings", operation_id = "cancel_submission",
    params(("id" = SubmissionId, Path)), request_body = Cancellation,
    responses((status = 200, body = SubmissionView), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`already-judged`, `submission-ended`"),
        (status = 422, body = ProblemBody, description = "`invalid`: no reason")))]
pub async fn cancel(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<SubmissionId>,
    ApiJson(body): ApiJson<Cancellation>,
) -> Result<Json<SubmissionView>, Problem> {
    let reason = Reason::read(&body.reason)?;
    submissions.judging.cancel(&person, id, &reason, body.refund).await?;
    Ok(Json(submissions.show(&person, id).await?))
}

/// Gives the attempt of a submission back, once.
#[utoipa::path(post, path = "/submissions/{id}/refund", tag = "rulings", operation_id = "refund_submission",
    params(("id" = SubmissionId, Path)), request_body = Because,
    responses((status = 200, body = SubmissionView), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`not-charged`"),
        (status = 422, body = ProblemBody, description = "`invalid`: no reason")))]
pub async fn refund(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<SubmissionId>,
    ApiJson(body): ApiJson<Because>,
) -> Result<Json<SubmissionView>, Problem> {
    submissions.judging.refund(&person, id, &Reason::read(&body.reason)?).await?;
    Ok(Json(submissions.show(&person, id).await?))
}

/// Takes a submission off every board and out of the queue.
#[utoipa::path(post, path = "/submissions/{id}/disqualify", tag = "rulings",
    operation_id = "disqualify_submission",
    params(("id" = SubmissionId, Path)), request_body = Because,
    responses((status = 200, body = SubmissionView), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`already-disqualified`, `submission-ended`"),
        (status = 422, body = ProblemBody, description = "`invalid`: no reason")))]
pub async fn disqualify(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<SubmissionId>,
    ApiJson(body): ApiJson<Because>,
) -> Result<Json<SubmissionView>, Problem> {
    submissions.judging.disqualify_submission(&person, id, &Reason::read(&body.reason)?).await?;
    Ok(Json(submissions.show(&person, id).await?))
}

/// Lets a disqualified submission count again; what was not judged waits again.
#[utoipa::path(post, path = "/submissions/{id}/reinstate", tag = "rulings",
    operation_id = "reinstate_submission",
    params(("id" = SubmissionId, Path)), request_body = Because,
    responses((status = 200, body = SubmissionView), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`not-disqualified`"),
        (status = 422, body = ProblemBody, description = "`invalid`: no reason")))]
pub async fn reinstate(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<SubmissionId>,
    ApiJson(body): ApiJson<Because>,
) -> Result<Json<SubmissionView>, Problem> {
    submissions.judging.reinstate_submission(&person, id, &Reason::read(&body.reason)?).await?;
    Ok(Json(submissions.show(&person, id).await?))
}

/// Moves what waits of a submission to another level of the queue.
#[utoipa::path(put, path = "/submissions/{id}/priority", tag = "rulings", operation_id = "prioritize_submission",
    params(("id" = SubmissionId, Path)), request_body = Prioritization,
    responses((status = 200, body = SubmissionView), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`already-judged`, `submission-ended`"),
        (status = 422, body = ProblemBody, description = "`invalid`: no reason")))]
pub async fn prioritize(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<SubmissionId>,
    ApiJson(body): ApiJson<Prioritization>,
) -> Result<Json<SubmissionView>, Problem> {
    let reason = Reason::read(&body.reason)?;
    submissions.judging.set_level(&person, id, body.level, &reason).await?;
    Ok(Json(submissions.show(&person, id).await?))
}
