//! Announcements and questions over HTTP.

mod announce;
mod answer;
mod ask;
mod list_announcements;
mod list_questions;
mod withdraw;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Messages;

pub fn router() -> OpenApiRouter<Messages> {
    OpenApiRouter::new()
        .routes(routes!(announce::announce, list_announcements::list_announcements))
        .routes(routes!(withdraw::withdraw_announcement))
        .routes(routes!(ask::ask_question, list_questions::list_questions))
        .routes(routes!(answer::answer_question))
}
