//! Submissions over HTTP.

mod attempts;
mod check;
mod file;
mod hand_in;
mod items;
mod list;
mod log;
mod rulings;
mod show;
mod withdraw;

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
        .routes(routes!(withdraw::handler))
        .routes(routes!(rulings::cancel))
        .routes(routes!(rulings::refund))
        .routes(routes!(rulings::disqualify))
        .routes(routes!(rulings::reinstate))
        .routes(routes!(rulings::prioritize))
}
