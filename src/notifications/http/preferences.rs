use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    notifications::{Notifications, model::Preference},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

/// What is mailed to me
///
/// Every kind of notice; the app shows them all in any case.
#[utoipa::path(
    get,
    path = "/me/notification-preferences",
    tag = "notifications",
    responses(
        (status = 200, description = "Every kind.", body = Vec<Preference>),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_preferences(
    State(notifications): State<Notifications>,
    CurrentUser(caller): CurrentUser,
) -> Result<Json<Vec<Preference>>, Problem> {
    Ok(Json(notifications.preferences(caller.user).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferenceRequest {
    by_mail: bool,
}

/// Choose whether a kind of notice is mailed to me
#[utoipa::path(
    put,
    path = "/me/notification-preferences/{kind}",
    tag = "notifications",
    params(("kind" = String, Path)),
    request_body = PreferenceRequest,
    responses(
        (status = 204, description = "It holds from the next notice on."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "unknown-notice-kind, wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn set_preference(
    State(notifications): State<Notifications>,
    CurrentUser(caller): CurrentUser,
    ApiPath(kind): ApiPath<String>,
    ApiJson(request): ApiJson<PreferenceRequest>,
) -> Result<StatusCode, Problem> {
    notifications.prefer(caller.user, &kind, request.by_mail).await?;
    Ok(StatusCode::NO_CONTENT)
}
