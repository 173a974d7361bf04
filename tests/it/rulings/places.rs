//! The place in the queue, and priorities.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::stage::{acts, contest, hand_in, submission_of};
use crate::{
    harness::{Browser, Contest, FakeWorker, Server},
    judging::assert_invariants,
};

async fn place(person: &Browser, id: &str) -> Value {
    person.get(&format!("/submissions/{id}")).await.body["evaluations"][0]["queue"].clone()
}

/// The order in which everything that waits is claimed.
async fn order(server: &Server, worker: &FakeWorker) -> Vec<String> {
    let mut order = Vec::new();
    while let (StatusCode::OK, lease) = worker.try_claim(0).await {
        order.push(submission_of(server, &lease).await);
        assert_eq!(worker.score(&lease, 0.5, 0.5).await, StatusCode::NO_CONTENT);
    }
    order
}

#[sqlx::test(migrations = "./migrations")]
async fn the_place_is_the_number_of_claims_until_the_own_one(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let (many, one) = (server.entrant("nhieu").await, server.entrant("mot").await);
    let worker = FakeWorker::enrol(&server).await;
    let mut expected = Vec::new();
    for _ in 0..4 {
        expected.push((many.clone(), hand_in(&many, &phase).await));
    }
    expected.insert(1, (one.clone(), hand_in(&one, &phase).await));
    let mut places = Vec::new();
    for (person, id) in &expected {
        let queue = place(person, id).await;
        assert!(queue.get("wait_seconds").is_none(), "nothing was judged yet: {queue}");
        places.push((queue["place"].as_i64().unwrap(), id.clone()));
    }
    places.sort_unstable();
    assert_eq!(places.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let listed = admin.get("/queue").await.body;
    for item in listed["items"].as_array().unwrap() {
        let id = item["submission"].as_str().unwrap();
        let (expected, _) = places.iter().find(|(_, found)| found == id).unwrap();
        assert_eq!(item["queue"]["place"], *expected, "organizers see the same place");
    }
    let claimed = order(&server, &worker).await;
    assert_eq!(claimed, places.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    assert_eq!(place(&one, &claimed[0]).await, Value::Null, "what is judged stands nowhere");

    let id = hand_in(&one, &phase).await;
    assert!(place(&one, &id).await["wait_seconds"].as_i64().unwrap() >= 1, "five jobs are a pace");
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_higher_phase_goes_first_and_a_raised_submission_before_it(db: PgPool) {
    let server = Server::start(db).await;
    let admin = server.admin().await;
    let contest = Contest::result();
    let phase = |slug: &str, priority: &str| {
        let text = json!({ "vi": slug, "en": slug });
        json!({
            "slug": slug, "title": text, "starts": "2020-01-01T00:00:00+07:00", "priority": priority,
            "ends": "2100-01-01T00:00:00+07:00", "tasks": ["task"],
            "board": { "columns": [{ "metric": "accuracy", "title": text, "order": "desc" }] },
        })
    };
    let phases = json!([phase("low", "low"), phase("normal", "normal"), phase("high", "high")]);
    contest.with("/tracks/0/phases", phases).import(&admin).await;
    let shown = admin.get("/competitions/thi").await.body;
    let ids: Vec<String> =
        (0..3).map(|n| shown["tracks"][0]["phases"][n]["id"].as_str().unwrap().to_owned()).collect();
    let (person, other) = (server.entrant("sen").await, server.entrant("sung").await);
    let worker = FakeWorker::enrol(&server).await;
    let low = hand_in(&person, &ids[0]).await;
    let raised = hand_in(&other, &ids[0]).await;
    let normal = hand_in(&person, &ids[1]).await;
    let high = hand_in(&person, &ids[2]).await;
    assert_eq!(place(&other, &raised).await["place"], 4);
    let path = format!("/submissions/{raised}/priority");
    let answer = admin.put(&path, json!({ "level": "urgent", "reason": "Máy chấm hỏng" })).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    assert_eq!(answer.body["evaluations"][0]["queue"]["place"], 1);
    assert_eq!(order(&server, &worker).await, [raised.clone(), high, normal, low]);
    let late = admin.put(&path, json!({ "level": "low", "reason": "x" })).await;
    assert_eq!(late.code(), (409, "already-judged"));
    assert_eq!(acts(&server, "submission.prioritized", "Máy chấm hỏng").await, 1);
    let unknown = admin.put(&path, json!({ "level": "live", "reason": "x" })).await;
    assert_eq!(unknown.code(), (422, "wrong-fields"));
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn the_scoring_of_a_raised_submission_is_raised_too(db: PgPool) {
    let server = Server::start(db).await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    let phase = Contest::code(&["python3", "predict.py"]).import(&admin).await;
    let (person, other) = (server.entrant("sen").await, server.entrant("sung").await);
    let worker = FakeWorker::enrol(&server).await;
    let zip = crate::harness::zip_of(&[("predict.py", b"pass")]);
    let raised = person.hand_in(&phase, "p.zip", &zip).await.text("id");
    other.hand_in(&phase, "p.zip", &zip).await;
    let (first, second) = (worker.claim().await, worker.claim().await);
    let body = json!({ "level": "urgent", "reason": "vì" });
    admin.put(&format!("/submissions/{raised}/priority"), body).await;
    worker.predict(&second, b"tar").await;
    worker.predict(&first, b"tar").await;
    let next = worker.claim().await;
    assert_eq!(submission_of(&server, &next).await, raised);
}

#[sqlx::test(migrations = "./migrations")]
async fn whoever_follows_a_submission_is_told_its_place_when_it_changes(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c).await;
    let (person, other) = (server.entrant("sen").await, server.entrant("sung").await);
    let worker = FakeWorker::enrol(&server).await;
    hand_in(&other, &phase).await;
    let id = hand_in(&person, &phase).await;
    let topic = format!("/events?topics=submission:{id}");
    let mut stream = person.request(reqwest::Method::GET, &topic).send().await.unwrap();
    let mut text = String::new();
    let told = tokio::time::timeout(Duration::from_secs(20), async {
        while !text.contains("\"place\":2") {
            text.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
        }
        let lease = worker.claim().await;
        worker.score(&lease, 0.5, 0.5).await;
        while !text.contains("\"place\":1") {
            text.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
        }
    });
    told.await.expect("each change is told within seconds");
    tokio::time::sleep(Duration::from_secs(7)).await;
    let more = tokio::time::timeout(Duration::from_millis(100), stream.chunk()).await;
    let more =
        more.map_or_else(|_| String::new(), |c| String::from_utf8_lossy(&c.unwrap().unwrap()).into_owned());
    assert!(!more.contains("queue"), "what did not change is not told again: {more}");
}
