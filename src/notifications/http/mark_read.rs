use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    kernel::ids::NotificationId,
    notifications::Notifications,
    web::{ApiJson, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// Which; all of them where absent.
    ids: Option<Vec<NotificationId>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StillUnread {
    unread: i64,
}

/// Mark notices as read
#[utoipa::path(
    post,
    path = "/me/notifications/read",
    tag = "notifications",
    request_body = MarkRead,
    responses(
        (status = 200, description = "How many remain unread.", body = StillUnread),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn mark_notifications_read(
    State(notifications): State<Notifications>,
    CurrentUser(caller): CurrentUser,
    ApiJson(which): ApiJson<MarkRead>,
) -> Result<Json<StillUnread>, Problem> {
    let unread = notifications.mark_read(caller.user, which.ids.as_deref()).await?;
    Ok(Json(StillUnread { unread }))
}
