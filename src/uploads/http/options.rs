use axum::{http::StatusCode, response::IntoResponse};

use super::protocol::VERSION;
use crate::uploads::checksum::ALGORITHMS;

const EXTENSIONS: &str = "creation,creation-with-upload,expiration,checksum,termination";

/// Says which parts of tus this server speaks.
#[utoipa::path(options, path = "/uploads", tag = "uploads", operation_id = "tus_options",
    responses((status = 204, description = "`Tus-Version`, `Tus-Extension`, `Tus-Checksum-Algorithm`")))]
pub async fn handler() -> impl IntoResponse {
    let said =
        [("tus-version", VERSION), ("tus-extension", EXTENSIONS), ("tus-checksum-algorithm", ALGORITHMS)];
    (StatusCode::NO_CONTENT, said)
}
