//! Notices over HTTP: one's own, nobody else's.

mod list_notifications;
mod mark_read;
mod preferences;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Notifications;

pub fn router() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new()
        .routes(routes!(list_notifications::list_notifications))
        .routes(routes!(mark_read::mark_notifications_read))
        .routes(routes!(preferences::list_preferences))
        .routes(routes!(preferences::set_preference))
}
