//! The board over HTTP.

mod board;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Leaderboard;

pub fn router() -> OpenApiRouter<Leaderboard> {
    OpenApiRouter::new().routes(routes!(board::handler))
}
