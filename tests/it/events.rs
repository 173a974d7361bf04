//! The event stream: nothing lost, nothing twice, nobody listening who may not, and an end when the server stops.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::PgPool;
use tokio::time::{Instant, timeout};

use crate::harness::{Browser, Contest, FakeWorker, PASSWORD, Server};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";
const SOON: Duration = Duration::from_secs(10);

/// One server-sent event.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    id: Option<String>,
    name: String,
    data: String,
}

/// A reader of the stream.
struct Listener {
    response: reqwest::Response,
    text: String,
}

impl Listener {
    async fn open(person: &Browser, topics: &str, last: Option<&str>) -> Self {
        let mut request = person.request(Method::GET, &format!("/events?topics={topics}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut listener = Self { response, text: String::new() };
        assert_eq!(listener.next().await.unwrap().name, "ready");
        listener
    }

    /// The next event; `None`: the stream ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(event) = parse(&block) {
                    return Some(event);
                }
                continue;
            }
            let chunk = timeout(SOON, self.response.chunk()).await.expect("something comes soon").ok()??;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

/// `None`: a comment that keeps the connection alive.
fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        let value =
            |line: &str| line.strip_prefix(name)?.strip_prefix(':').map(|v| v.trim_start().to_owned());
        block.lines().find_map(value)
    };
    Some(Event { id: field("id"), name: field("event")?, data: field("data").unwrap_or_default() })
}

async fn contest(server: &Server) -> (String, Browser, FakeWorker) {
    let admin = server.admin().await;
    let phase = Contest::result().import(&admin).await;
    (phase, server.entrant("sen").await, FakeWorker::enrol(server).await)
}

async fn judged(person: &Browser, worker: &FakeWorker, phase: &str) {
    assert_eq!(person.hand_in(phase, "p.csv", CSV).await.status, StatusCode::CREATED);
    let lease = worker.claim().await;
    assert_eq!(worker.score(&lease, 0.5, 0.5).await, StatusCode::NO_CONTENT);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_reader_who_comes_back_gets_exactly_what_it_missed(db: PgPool) {
    let server = Server::start(db).await;
    let (phase, person, worker) = contest(&server).await;
    let topic = format!("board:{phase}");
    // One listens all the time; the other leaves after the first event.
    let mut faithful = Listener::open(&server.browser(), &topic, None).await;
    judged(&person, &worker, &phase).await;
    let first = faithful.next().await.unwrap();
    for _ in 0..3 {
        judged(&person, &worker, &phase).await;
    }
    let mut missed = Vec::new();
    for _ in 0..3 {
        missed.push(faithful.next().await.unwrap());
    }
    let mut returned = Listener::open(&server.browser(), &topic, first.id.as_deref()).await;
    for event in &missed {
        assert_eq!(returned.next().await.as_ref(), Some(event));
    }
    judged(&person, &worker, &phase).await;
    let live = faithful.next().await;
    assert!(live.is_some() && !missed.contains(live.as_ref().unwrap()));
    assert_eq!(returned.next().await, live, "and then what happens now, with nothing in between");
}

#[sqlx::test(migrations = "./migrations")]
async fn events_of_other_topics_are_not_replayed(db: PgPool) {
    let server = Server::start(db).await;
    let (phase, person, worker) = contest(&server).await;
    let mut all = Listener::open(&server.browser(), &format!("board:{phase}"), None).await;
    judged(&person, &worker, &phase).await;
    let first = all.next().await.unwrap().id.unwrap();
    let team = person.get("/me/teams").await.body.to_string();
    let nobody = server.browser();
    let refused = nobody.get(&format!("/events?topics=board:{phase},operations")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{team}");
    judged(&person, &worker, &phase).await;
    let mut returned = Listener::open(&nobody, &format!("board:{phase}"), Some(&first)).await;
    let event = returned.next().await.unwrap();
    assert_eq!(event.name, "board", "neither the submission's nor the team's: {event:?}");
}

#[sqlx::test(migrations = "./migrations")]
async fn an_id_of_another_process_or_junk_means_load_anew(db: PgPool) {
    let server = Server::start(db).await;
    let (phase, person, worker) = contest(&server).await;
    let topic = format!("board:{phase}");
    let mut listener = Listener::open(&server.browser(), &topic, None).await;
    judged(&person, &worker, &phase).await;
    let id = listener.next().await.unwrap().id.unwrap();
    let server = server.restart().await;
    for last in [id.as_str(), "junk", "", "9999999999999999999999"] {
        let mut returned = Listener::open(&server.browser(), &topic, Some(last)).await;
        assert_eq!(returned.next().await.unwrap().name, "reset", "{last:?}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn unknown_and_too_many_topics_are_refused(db: PgPool) {
    let server = Server::start(db).await;
    let (phase, person, _) = contest(&server).await;
    let many = vec![format!("board:{phase}"); 51].join(",");
    for topics in ["", "board", "board:x", "weather:1", many.as_str()] {
        let refused = person.get(&format!("/events?topics={topics}")).await;
        assert_eq!(refused.code(), (400, "unknown-topic"), "{topics}");
    }
    assert_eq!(person.get("/events").await.code(), (400, "wrong-query"));
    let unknown = format!("/events?topics=board:{}", uuid::Uuid::nil());
    assert_eq!(person.get(&unknown).await.code(), (404, "not-found"));
    assert_eq!(person.get("/events?topics=operations").await.code(), (404, "not-found"), "not an organizer");
}

#[sqlx::test(migrations = "./migrations")]
async fn the_stream_of_a_revoked_session_ends(db: PgPool) {
    let server = Server::start_with(db, |c| c.http.recheck = Duration::from_millis(50)).await;
    let (phase, person, worker) = contest(&server).await;
    let submission = person.hand_in(&phase, "p.csv", CSV).await.text("id");
    let topic = format!("submission:{submission}");
    let mut listener = Listener::open(&person, &topic, None).await;
    // The same person on another computer ends the first one's session.
    let other = server.browser();
    let form = json!({ "email": "sen@truong.edu.vn", "password": PASSWORD });
    assert_eq!(other.post("/session", form).await.status, StatusCode::OK);
    let mut kept = Listener::open(&other, &topic, None).await;
    let sessions = other.get("/sessions").await.body;
    let first = sessions["items"].as_array().unwrap().iter().find(|s| s["current"] == false).unwrap();
    let path = format!("/sessions/{}", first["id"].as_str().unwrap());
    assert_eq!(other.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(listener.next().await, None);
    let lease = worker.claim().await;
    assert_eq!(worker.score(&lease, 0.5, 0.5).await, StatusCode::NO_CONTENT);
    assert_eq!(kept.next().await.unwrap().name, "evaluation", "the other session goes on listening");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_stop_ends_streams_and_waiting_workers_within_two_seconds(db: PgPool) {
    let server = Server::start(db).await;
    let (phase, _, worker) = contest(&server).await;
    let mut listener = Listener::open(&server.browser(), &format!("board:{phase}"), None).await;
    // Its hello was long ago, so that its question is noted; from then on it waits.
    let long_ago = "UPDATE workers SET last_seen_at = last_seen_at - interval '1 minute'";
    sqlx::query(long_ago).execute(&server.db).await.unwrap();
    let waiting = tokio::spawn(async move { worker.try_claim(30).await.0 });
    let noted = "SELECT last_seen_at > clock_timestamp() - interval '30 seconds' FROM workers";
    for _ in 0..1000 {
        if sqlx::query_scalar::<_, bool>(noted).fetch_one(&server.db).await.unwrap() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let begun = Instant::now();
    timeout(Duration::from_secs(2), server.stop()).await.expect("the server stops within two seconds");
    assert_eq!(listener.next().await, None);
    assert_eq!(waiting.await.unwrap(), StatusCode::NO_CONTENT, "sent away with nothing");
    assert!(begun.elapsed() < Duration::from_secs(2));
}
