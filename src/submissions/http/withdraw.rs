use axum::{Json, extract::State};

use super::Submissions;
use crate::{
    accounts::CurrentUser,
    kernel::ids::SubmissionId,
    submissions::model::SubmissionView,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Takes the own team's submission back before its judging begins; the attempt is given back. Once more changes
/// nothing.
#[utoipa::path(post, path = "/submissions/{id}/withdraw", tag = "submissions", operation_id = "withdraw_submission",
    params(("id" = SubmissionId, Path)),
    responses((status = 200, body = SubmissionView), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "An organizer who is not in the team: cancel it instead"),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`judging-begun`, `submission-ended`")))]
pub async fn handler(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<SubmissionId>,
) -> Result<Json<SubmissionView>, Problem> {
    submissions.judging.withdraw(&person, id).await?;
    Ok(Json(submissions.show(&person, id).await?))
}
