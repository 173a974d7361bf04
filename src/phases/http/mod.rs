//! Running phases over HTTP.

mod advancement;
mod change;
mod changes;
mod freeze;
mod manner;
mod pause;
mod picks;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Phases;

pub fn router() -> OpenApiRouter<Phases> {
    OpenApiRouter::new()
        .routes(routes!(change::handler))
        .routes(routes!(changes::handler))
        .routes(routes!(freeze::freeze))
        .routes(routes!(freeze::unfreeze))
        .routes(routes!(pause::pause))
        .routes(routes!(pause::resume))
        .routes(routes!(advancement::show, advancement::decide))
        .routes(routes!(advancement::decide_team))
        .routes(routes!(picks::show, picks::pick))
}
