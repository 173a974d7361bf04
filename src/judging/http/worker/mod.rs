//! What workers call: `judge_core::protocol` over HTTP.

mod artifact;
mod blob;
mod claim;
mod enrol;
mod extract;
mod hand_back;
mod heartbeat;
mod hello;
mod log;
mod report;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Judging;

/// Under `/api/worker/v1`.
pub fn router() -> OpenApiRouter<Judging> {
    OpenApiRouter::new()
        .routes(routes!(enrol::handler))
        .routes(routes!(hello::handler))
        .routes(routes!(claim::handler))
        .routes(routes!(heartbeat::handler))
        .routes(routes!(log::handler))
        .routes(routes!(artifact::handler))
        .routes(routes!(report::handler))
        .routes(routes!(hand_back::handler))
        .routes(routes!(blob::handler))
}
