use axum::{http::StatusCode, response::IntoResponse};

use super::protocol::VERSION;

/// Says which parts of tus this server speaks.
#[utoipa::path(options, path = "/uploads", tag = "uploads", operation_id = "tus_options",
    responses((status = 204, description = "`Tus-Version`, `Tus-Extension`")))]
pub async fn handler() -> impl IntoResponse {
    let extensions = [("tus-version", VERSION), ("tus-extension", "creation")];
    (StatusCode::NO_CONTENT, extensions)
}
