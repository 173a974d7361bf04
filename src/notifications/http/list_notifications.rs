use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    accounts::CurrentUser,
    kernel::paging::{Cursor, Page},
    notifications::{Notifications, model::Notification},
    web::{ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NotificationQuery {
    /// Only those that are not read yet.
    #[serde(default)]
    unread: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationPage {
    #[serde(flatten)]
    page: Page<Notification>,
    /// How many are unread in all.
    unread: i64,
}

/// My notices
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/me/notifications",
    tag = "notifications",
    params(NotificationQuery, PageQuery),
    responses(
        (status = 200, description = "A page of notices.", body = NotificationPage),
        (status = 400, description = "wrong-cursor, wrong-query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_notifications(
    State(notifications): State<Notifications>,
    CurrentUser(caller): CurrentUser,
    ApiQuery(query): ApiQuery<NotificationQuery>,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<NotificationPage>, Problem> {
    let (rows, unread) = notifications.list(caller.user, query.unread, page.cursor()?, page.fetch()).await?;
    let page = Page::of(rows, page.limit(), |row| Cursor { at: row.created_at, id: row.id.0 });
    Ok(Json(NotificationPage { page, unread }))
}
