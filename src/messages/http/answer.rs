use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    kernel::ids::QuestionId,
    messages::{Messages, model::QuestionView},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    #[schema(min_length = 1, max_length = 10000)]
    answer: String,
    /// Everybody sees question and answer, without the asker's name; else the asker alone.
    #[serde(default)]
    public: bool,
}

/// Answer a question
///
/// For the competition's organizers. The asker gets a notice; a second answer replaces the first one.
#[utoipa::path(
    put,
    path = "/questions/{id}/answer",
    tag = "messages",
    params(("id" = QuestionId, Path)),
    request_body = AnswerRequest,
    responses(
        (status = 200, description = "The question with its answer.", body = QuestionView),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn answer_question(
    State(messages): State<Messages>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<QuestionId>,
    ApiJson(request): ApiJson<AnswerRequest>,
) -> Result<Json<QuestionView>, Problem> {
    Ok(Json(messages.answer(&caller, id, &request.answer, request.public).await?))
}
