use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Submissions;
use crate::{
    accounts::CurrentUser,
    kernel::ids::EvaluationId,
    submissions::model::LogPiece,
    web::{ApiPath, ApiQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Position of the last piece that the caller has; 0 or absent for the beginning.
    #[serde(default)]
    after: i64,
}

/// Reads an evaluation's log, at most 1,000 pieces at once. Scorers' logs are for organizers.
#[utoipa::path(get, path = "/evaluations/{id}/log", tag = "submissions", operation_id = "read_log",
    params(("id" = EvaluationId, Path), LogQuery),
    responses((status = 200, body = Vec<LogPiece>), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody, description = "`log-hidden`"),
        (status = 404, body = ProblemBody)))]
pub async fn handler(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(evaluation): ApiPath<EvaluationId>,
    ApiQuery(query): ApiQuery<LogQuery>,
) -> Result<Json<Vec<LogPiece>>, Problem> {
    Ok(Json(submissions.log(&person, evaluation, query.after).await?))
}
