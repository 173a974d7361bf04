//! `GET /events`.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Follow;
use crate::{
    accounts::MaybeUser,
    events::{EventId, Topic, stream},
    web::{ApiQuery, Problem, problem::ProblemBody},
};

/// More topics than any page follows.
const MOST_TOPICS: usize = 50;

pub fn router() -> OpenApiRouter<Follow> {
    OpenApiRouter::new().routes(routes!(handler))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Separated by commas: `board:<phase>`, `phase:<id>`, `submission:<id>`, `team:<id>`, `operations`.
    topics: String,
}

/// Streams what happens (server-sent events). A browser that comes back with `Last-Event-ID` gets what it
/// missed, or the event `reset`: load anew.
#[utoipa::path(get, path = "/events", tag = "events", operation_id = "follow_events",
    params(EventsQuery, ("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, content_type = "text/event-stream"), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn handler(
    State(follow): State<Follow>,
    MaybeUser(reader): MaybeUser,
    ApiQuery(query): ApiQuery<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let topics: Vec<Topic> =
        query.topics.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| unknown_topic())?;
    if topics.len() > MOST_TOPICS {
        return Err(unknown_topic());
    }
    if !follow.may_follow_all(reader.as_ref(), &topics).await? {
        return Err(if reader.is_none() { Problem::unauthenticated() } else { Problem::not_found() });
    }
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok());
    // An id of another process reads as one that is lost, and so does junk.
    let last = last.map(|text| EventId::parse(text).unwrap_or(EventId { epoch: uuid::Uuid::nil(), seq: 0 }));
    let (bus, recheck, followed) = (follow.bus.clone(), follow.recheck, topics.clone());
    let still_allowed = move || {
        let (follow, reader, topics) = (follow.clone(), reader.clone(), followed.clone());
        async move {
            let valid = match &reader {
                None => true,
                Some(person) => follow.accounts.still_valid(person).await,
            };
            valid && follow.may_follow_all(reader.as_ref(), &topics).await.unwrap_or(false)
        }
    };
    let mut response = stream::respond(&bus, topics, last, recheck, still_allowed).into_response();
    // Proxies must pass events on as they come.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn unknown_topic() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unknown-topic",
        "Chủ đề theo dõi không hợp lệ.",
        "A topic is unknown, or there are more than 50.",
    )
}
