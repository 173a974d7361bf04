use axum::{Json, extract::State};

use super::Submissions;
use crate::{
    accounts::CurrentUser,
    kernel::{ids::PhaseId, paging::Page},
    submissions::model::SubmissionView,
    web::{ApiPath, ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

/// Lists the own team's submissions to a phase, newest first; organizers get every team's.
#[utoipa::path(get, path = "/phases/{id}/submissions", tag = "submissions", operation_id = "list_submissions",
    params(("id" = PhaseId, Path), PageQuery),
    responses((status = 200, body = Page<SubmissionView>), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody, description = "`no-team`"),
        (status = 404, body = ProblemBody)))]
pub async fn handler(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(phase): ApiPath<PhaseId>,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<SubmissionView>>, Problem> {
    Ok(Json(submissions.list(&person, phase, &page).await?))
}
