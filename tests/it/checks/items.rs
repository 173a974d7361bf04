//! What scores are made of, query by query: kept with the result, shown when the phase is over.

use std::collections::BTreeMap;

use judge_core::protocol::{Item, MOST_ITEMS, Outcome, Scores, Split};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{packs, site};
use crate::harness::{Browser, FakeWorker, Server};

fn item(name: &str, split: Split, value: f64) -> Item {
    Item { item: name.to_owned(), split, value, figures: BTreeMap::from([("r_at_1".to_owned(), value)]) }
}

fn scored(items: Vec<Item>) -> Outcome {
    let of = |value: f64| BTreeMap::from([("score".to_owned(), value)]);
    Outcome::Scored { scores: Scores { public: of(0.5), private: of(0.75) }, items }
}

fn some() -> Vec<Item> {
    vec![
        item("query-1-kis", Split::Public, 0.5),
        item("query-2-qa", Split::Private, 1.0),
        item("query-1-kis", Split::Private, 0.5),
    ]
}

async fn handed_in(person: &Browser, phase: &str) -> String {
    let made = person.hand_in(phase, "bai.zip", &packs::good()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    format!("/evaluations/{}/items", made.body["evaluations"][0]["id"].as_str().unwrap())
}

async fn end_phase(server: &Server) {
    let end = "UPDATE phases SET ends_at = clock_timestamp() - interval '1 second'";
    sqlx::query(end).execute(&server.db).await.unwrap();
}

fn names(body: &Value) -> Vec<(&str, &str)> {
    let items = body.as_array().unwrap_or_else(|| panic!("{body}")).iter();
    items.map(|item| (item["split"].as_str().unwrap(), item["item"].as_str().unwrap())).collect()
}

#[sqlx::test(migrations = "./migrations")]
async fn organizers_see_items_at_once_and_the_team_when_the_phase_is_over(db: PgPool) {
    let (server, admin, person, phase) = site(db, packs::contest()).await;
    let (worker, other) = (FakeWorker::enrol(&server).await, server.entrant("sung").await);
    let path = handed_in(&person, &phase).await;
    assert_eq!(admin.get(&path).await.body, json!([]), "not scored yet");
    assert_eq!(worker.report(&worker.claim().await, &scored(some())).await, StatusCode::NO_CONTENT);
    let all = [("public", "query-1-kis"), ("private", "query-2-qa"), ("private", "query-1-kis")];
    let seen = admin.get(&path).await.body;
    assert_eq!(names(&seen), all);
    assert_eq!((&seen[0]["value"], &seen[0]["figures"]["r_at_1"]), (&json!(0.5), &json!(0.5)));
    let early = person.get(&path).await;
    assert_eq!(early.code(), (403, "items-after-phase"));
    assert!(early.body["ends_at"].as_str().unwrap().starts_with("2099-12-31"), "{}", early.body);
    assert_eq!(other.get(&path).await.code(), (404, "not-found"));
    assert_eq!(server.browser().get(&path).await.status, StatusCode::UNAUTHORIZED);
    end_phase(&server).await;
    assert_eq!(names(&person.get(&path).await.body), all);
    assert_eq!(other.get(&path).await.code(), (404, "not-found"));
}

#[sqlx::test(migrations = "./migrations")]
async fn the_private_split_stays_with_the_organizers_where_its_board_does(db: PgPool) {
    let title = json!({ "vi": "Điểm", "en": "Score" });
    let columns = json!([{ "metric": "score", "title": title, "order": "desc" }]);
    let contest = packs::contest().phase("board", json!({ "columns": columns, "private": "organizers" }));
    let (server, admin, person, phase) = site(db, contest).await;
    let worker = FakeWorker::enrol(&server).await;
    let path = handed_in(&person, &phase).await;
    assert_eq!(worker.report(&worker.claim().await, &scored(some())).await, StatusCode::NO_CONTENT);
    end_phase(&server).await;
    assert_eq!(names(&person.get(&path).await.body), [("public", "query-1-kis")]);
    assert_eq!(names(&admin.get(&path).await.body).len(), 3);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_report_whose_items_cannot_be_kept_is_refused_and_the_job_waits_for_a_better_one(db: PgPool) {
    let (server, admin, person, phase) = site(db, packs::contest()).await;
    let worker = FakeWorker::enrol(&server).await;
    let path = handed_in(&person, &phase).await;
    let lease = worker.claim().await;
    let mut figures = item("a", Split::Public, 0.5);
    figures.figures = (0..17).map(|n| (n.to_string(), 1.0)).collect();
    let cases = [
        ("twice", vec![item("a", Split::Public, 0.5), item("a", Split::Public, 0.6)]),
        ("no name", vec![item("", Split::Public, 0.5)]),
        ("a long name", vec![item(&"a".repeat(201), Split::Public, 0.5)]),
        ("a name that no database takes", vec![item("a\0b", Split::Public, 0.5)]),
        ("many figures", vec![figures]),
        ("too many", (0..=MOST_ITEMS).map(|n| item(&n.to_string(), Split::Public, 0.5)).collect()),
    ];
    for (name, items) in cases {
        assert_eq!(worker.report(&lease, &scored(items)).await, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    assert_eq!(admin.get(&path).await.body, json!([]));
    let full: Vec<Item> = (0..MOST_ITEMS)
        .map(|n| item(&format!("query-{n}-{}", "x".repeat(100)), Split::Public, 0.5))
        .collect();
    assert_eq!(worker.report(&lease, &scored(full.clone())).await, StatusCode::NO_CONTENT);
    assert_eq!(worker.report(&lease, &scored(full)).await, StatusCode::NO_CONTENT, "the same report again");
    assert_eq!(names(&admin.get(&path).await.body).len(), MOST_ITEMS);
}
