//! Server-sent events: one multiplexed stream for each browser.

use std::{convert::Infallible, future::Future, time::Duration};

use axum::response::sse::{self, KeepAlive, Sse};
use futures::{Stream, StreamExt, stream};
use tokio::{sync::broadcast::error::RecvError, time::Instant};

use super::{Bus, Event, EventId, Replay, Topic};

/// Streams the topics, beginning after `last`. `still_allowed` is asked every `recheck`, and ends the stream
/// when it says no: a revoked session must not go on listening.
pub fn respond<F, Fut>(
    bus: &Bus,
    topics: Vec<Topic>,
    last: Option<EventId>,
    recheck: Duration,
    still_allowed: F,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>> + use<F, Fut>>
where
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = bool> + Send + 'static,
{
    let (receiver, replay) = bus.subscribe(last);
    let mut backlog = Vec::new();
    match replay {
        Replay::Events(events) => {
            backlog.extend(events.iter().filter(|e| topics.contains(&e.topic)).map(sse_event));
        }
        Replay::Lost => backlog.push(reset()),
    }
    // The first thing a reader sees is that it is connected, before anything happens.
    backlog.insert(0, sse::Event::default().event("ready").data("{}"));
    backlog.reverse();
    let following = bus.follow(&topics);
    let state = (receiver, backlog, topics, still_allowed, Instant::now() + recheck);
    let events =
        stream::unfold(state, move |(mut receiver, mut backlog, topics, allowed, mut due)| async move {
            loop {
                if let Some(event) = backlog.pop() {
                    return Some((Ok(event), (receiver, backlog, topics, allowed, due)));
                }
                if Instant::now() >= due {
                    if !allowed().await {
                        return None;
                    }
                    due = Instant::now() + recheck;
                }
                match tokio::time::timeout_at(due, receiver.recv()).await {
                    Ok(Ok(event)) if topics.contains(&event.topic) => {
                        return Some((Ok(sse_event(&event)), (receiver, backlog, topics, allowed, due)));
                    }
                    Ok(Ok(_)) => {}
                    Ok(Err(RecvError::Lagged(_))) => {
                        return Some((Ok(reset()), (receiver, backlog, topics, allowed, due)));
                    }
                    Ok(Err(RecvError::Closed)) => return None,
                    Err(_elapsed) => {}
                }
            }
        });
    let events = events.take_until(bus.stopping().clone().cancelled_owned()).inspect(move |_| {
        // Lives with the stream.
        let _ = &following;
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(10)))
}

fn sse_event(event: &Event) -> sse::Event {
    let data = serde_json::json!({ "topic": event.topic.to_string(), "data": *event.data });
    sse::Event::default().id(event.id.to_string()).event(event.name).data(data.to_string())
}

/// Tells the reader that events were missed: load everything anew.
fn reset() -> sse::Event {
    sse::Event::default().event("reset").data("{}")
}
