use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    messages::{Messages, model::QuestionView},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionRequest {
    #[schema(min_length = 1, max_length = 150)]
    subject: String,
    #[schema(min_length = 1, max_length = 10000)]
    body: String,
}

/// Ask the organizers
///
/// The organizers get a notice; nobody else sees the question unless they answer it publicly.
#[utoipa::path(
    post,
    path = "/competitions/{slug}/questions",
    tag = "messages",
    params(("slug" = String, Path)),
    request_body = QuestionRequest,
    responses(
        (status = 201, description = "It is asked.", body = QuestionView),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "question-limit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn ask_question(
    State(messages): State<Messages>,
    CurrentUser(caller): CurrentUser,
    ApiPath(slug): ApiPath<String>,
    ApiJson(request): ApiJson<QuestionRequest>,
) -> Result<(StatusCode, Json<QuestionView>), Problem> {
    let question = messages.ask(&caller, &slug, &request.subject, &request.body).await?;
    Ok((StatusCode::CREATED, Json(question)))
}
