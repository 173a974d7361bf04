//! Submissions over HTTP.

mod attempts;
mod check;
mod file;
mod hand_in;
mod items;
mod list;
mod log;
mod show;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Submissions;

pub fn router() -> OpenApiRouter<Submissions> {
    OpenApiRouter::new()
        .routes(routes!(hand_in::handler, list::handler))
        .routes(routes!(check::handler))
        .routes(routes!(attempts::handler))
        .routes(routes!(show::handler))
        .routes(routes!(file::handler))
        .routes(routes!(log::handler))
        .routes(routes!(items::handler))
}
