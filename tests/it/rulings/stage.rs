//! What the judging tests share.

use reqwest::StatusCode;
use serde_json::Value;
use sqlx::PgPool;

use crate::harness::{Browser, Contest, Server};

pub const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";

/// A server with a result contest.
pub async fn contest(db: PgPool, adjust: impl FnOnce(Contest) -> Contest) -> (Server, String, Browser) {
    let server = Server::start(db).await;
    let admin = server.admin().await;
    let phase = adjust(Contest::result()).import(&admin).await;
    (server, phase, admin)
}

pub async fn hand_in(person: &Browser, phase: &str) -> String {
    let answer = person.hand_in(phase, "p.csv", CSV).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
    answer.text("id")
}

pub async fn rows(server: &Server, phase: &str) -> Vec<(i64, String, f64)> {
    let board = server.browser().get(&format!("/phases/{phase}/board")).await.body;
    let row = |r: &Value| {
        let name = r["team"]["name"].as_str().unwrap().to_owned();
        (r["rank"].as_i64().unwrap(), name, r["values"]["accuracy"].as_f64().unwrap())
    };
    board["rows"].as_array().unwrap().iter().map(row).collect()
}

pub async fn submission_of(server: &Server, lease: &Value) -> String {
    let id: uuid::Uuid = lease["evaluation"].as_str().unwrap().parse().unwrap();
    let found: uuid::Uuid = sqlx::query_scalar("SELECT submission_id FROM evaluations WHERE id = $1")
        .bind(id)
        .fetch_one(&server.db)
        .await
        .unwrap();
    found.to_string()
}

/// Attempts that the person's team has used in a phase.
pub async fn used(person: &Browser, phase: &str) -> i64 {
    person.get(&format!("/phases/{phase}/attempts")).await.body["used_total"].as_i64().unwrap()
}

/// The id of the person's only team.
pub async fn team_of(person: &Browser) -> String {
    let teams = person.get("/me/teams").await.body;
    let team = teams["items"].get(0).or_else(|| teams.get(0)).unwrap();
    team["id"].as_str().unwrap().to_owned()
}

/// How often an act was recorded, with its reason.
pub async fn acts(server: &Server, verb: &str, reason: &str) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM audit_acts WHERE verb = $1 AND reason = $2 AND actor_id IS NOT NULL",
    )
    .bind(verb)
    .bind(reason)
    .fetch_one(&server.db)
    .await
    .unwrap()
}

/// How many notices of a kind a person has.
pub async fn notices(server: &Server, person: &Browser, kind: &str) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM notifications WHERE user_id = $1::uuid AND notice ->> 'kind' = $2",
    )
    .bind(&person.id)
    .bind(kind)
    .fetch_one(&server.db)
    .await
    .unwrap()
}
