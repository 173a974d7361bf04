use axum::{Json, extract::State, http::StatusCode};
use judge_core::text::Text;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    messages::{Messages, model::Announcement},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementRequest {
    title: Text,
    /// Markdown.
    body: Text,
}

/// Announce something
///
/// For the competition's organizers. Every member of a team gets a notice, in the app and by mail.
#[utoipa::path(
    post,
    path = "/competitions/{slug}/announcements",
    tag = "messages",
    params(("slug" = String, Path)),
    request_body = AnnouncementRequest,
    responses(
        (status = 201, description = "It is published.", body = Announcement),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn announce(
    State(messages): State<Messages>,
    CurrentUser(caller): CurrentUser,
    ApiPath(slug): ApiPath<String>,
    ApiJson(request): ApiJson<AnnouncementRequest>,
) -> Result<(StatusCode, Json<Announcement>), Problem> {
    let announcement = messages.announce(&caller, &slug, &request.title, &request.body).await?;
    Ok((StatusCode::CREATED, Json(announcement)))
}
