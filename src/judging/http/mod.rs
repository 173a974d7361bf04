//! The workers' API (`worker/`), and what organizers see of queue, workers, alerts and images.

mod image_archive;
mod images;
mod operations;
pub mod worker;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Judging;

/// Under `/api/v1`.
pub fn router() -> OpenApiRouter<Judging> {
    OpenApiRouter::new()
        .routes(routes!(operations::queue))
        .routes(routes!(operations::workers))
        .routes(routes!(operations::revoke_worker))
        .routes(routes!(operations::alerts))
        .routes(routes!(images::list))
        .routes(routes!(images::put))
        .routes(routes!(image_archive::handler))
}
