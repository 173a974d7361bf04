//! Looking back over HTTP.

mod chain_head;
mod list_acts;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Oversight;

pub fn router() -> OpenApiRouter<Oversight> {
    OpenApiRouter::new()
        .routes(routes!(list_acts::list_acts))
        .routes(routes!(list_acts::list_competition_acts))
        .routes(routes!(chain_head::chain_head))
}
