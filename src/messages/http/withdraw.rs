use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    kernel::ids::AnnouncementId,
    messages::Messages,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalRequest {
    /// For the log of acts.
    reason: String,
}

/// Withdraw an announcement
///
/// For the competition's organizers. It is listed no more; notices that went out stay.
#[utoipa::path(
    post,
    path = "/announcements/{id}/withdrawal",
    tag = "messages",
    params(("id" = AnnouncementId, Path)),
    request_body = WithdrawalRequest,
    responses(
        (status = 204, description = "It is withdrawn."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: also where it was withdrawn before", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn withdraw_announcement(
    State(messages): State<Messages>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<AnnouncementId>,
    ApiJson(request): ApiJson<WithdrawalRequest>,
) -> Result<StatusCode, Problem> {
    messages.withdraw(&caller, id, &request.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
