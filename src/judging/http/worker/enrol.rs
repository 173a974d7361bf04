use axum::{Json, extract::State};
use judge_core::protocol::{Enrolled, Enrolment};

use super::{Judging, extract::Bearer};
use crate::web::{ApiJson, Problem, problem::ProblemBody};

/// Trades a one-time enrolment token for a worker's credential.
#[utoipa::path(post, path = "/enrolment", tag = "workers", operation_id = "enrol_worker",
    request_body = Enrolment,
    responses((status = 200, body = Enrolled), (status = 401, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn handler(
    State(judging): State<Judging>,
    Bearer(token): Bearer,
    ApiJson(enrolment): ApiJson<Enrolment>,
) -> Result<Json<Enrolled>, Problem> {
    Ok(Json(judging.enrol(&token, &enrolment).await?))
}
