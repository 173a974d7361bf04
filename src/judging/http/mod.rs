//! The workers' API (`worker/`), and what organizers see of queue, workers, alerts and images.

mod image_archive;
mod images;
mod operations;
mod rejudgings;
mod teams;
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
        .routes(routes!(rejudgings::stage, rejudgings::list))
        .routes(routes!(rejudgings::versions))
        .routes(routes!(rejudgings::show))
        .routes(routes!(rejudgings::difference))
        .routes(routes!(rejudgings::apply))
        .routes(routes!(rejudgings::give_up))
        .routes(routes!(teams::disqualify))
        .routes(routes!(teams::reinstate))
        .routes(routes!(images::list))
        .routes(routes!(images::put))
        .routes(routes!(image_archive::handler))
}
