//! Import over HTTP.

mod import;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Definitions;

pub fn router() -> OpenApiRouter<Definitions> {
    OpenApiRouter::new().routes(routes!(import::handler))
}
