//! Public reading of competitions.

mod list;
mod show;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Competitions;

pub fn router() -> OpenApiRouter<Competitions> {
    OpenApiRouter::new().routes(routes!(list::handler)).routes(routes!(show::handler))
}
