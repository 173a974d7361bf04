//! tus 1.0 over HTTP.

mod append;
mod create;
mod head;
mod options;
mod override_method;
mod protocol;
mod terminate;

use axum::middleware;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Uploads;

pub fn router() -> OpenApiRouter<Uploads> {
    OpenApiRouter::new()
        .routes(routes!(create::handler, options::handler))
        .routes(routes!(head::handler, append::handler, terminate::handler, override_method::handler))
        .layer(middleware::map_response(protocol::speak))
}
