//! Import and export over HTTP.

mod export;
mod import;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Definitions;

pub fn router() -> OpenApiRouter<Definitions> {
    OpenApiRouter::new().routes(routes!(import::handler)).routes(routes!(export::handler))
}
