use axum::{Json, extract::State};

use super::Submissions;
use crate::{
    accounts::CurrentUser,
    kernel::ids::SubmissionId,
    submissions::model::SubmissionView,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Shows a submission with its evaluations: state, verdict, faults, scores.
#[utoipa::path(get, path = "/submissions/{id}", tag = "submissions", operation_id = "show_submission",
    params(("id" = SubmissionId, Path)),
    responses((status = 200, body = SubmissionView), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub async fn handler(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<SubmissionId>,
) -> Result<Json<SubmissionView>, Problem> {
    Ok(Json(submissions.show(&person, id).await?))
}
