//! Refunds and disqualification.

use judge_core::verdict::Verdict;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::stage::{CSV, acts, contest, hand_in, notices, rows, submission_of, team_of, used};
use crate::{
    harness::{Browser, FakeWorker, Server},
    judging::assert_invariants,
};

/// Hands in and scores.
async fn scored(server: &Server, person: &Browser, phase: &str, public: f64, private: f64) -> String {
    let worker = FakeWorker::enrol(server).await;
    let id = hand_in(person, phase).await;
    let lease = worker.claim().await;
    assert_eq!(submission_of(server, &lease).await, id);
    assert_eq!(worker.score(&lease, public, private).await, StatusCode::NO_CONTENT);
    id
}

fn because(reason: &str) -> Value {
    json!({ "reason": reason })
}

#[sqlx::test(migrations = "./migrations")]
async fn an_attempt_is_given_back_once_with_its_reason(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c.phase("attempts", json!({ "total": 1 }))).await;
    let person = server.entrant("sen").await;
    let id = scored(&server, &person, &phase, 0.5, 0.5).await;
    let path = format!("/submissions/{id}/refund");
    let answers =
        futures::future::join_all((0..8).map(|_| admin.post(&path, because("Mất điện\nở hội trường")))).await;
    assert_eq!(answers.iter().filter(|a| a.status == StatusCode::OK).count(), 1);
    for refused in answers.iter().filter(|a| a.status != StatusCode::OK) {
        assert_eq!(refused.code(), (409, "not-charged"));
    }
    let shown = person.get(&format!("/submissions/{id}")).await.body;
    assert_eq!(shown["refund"], json!({ "cause": "organizer", "reason": "Mất điện ở hội trường" }));
    assert_eq!(rows(&server, &phase).await, [(1, "sen".to_owned(), 0.5)], "the score stays");
    assert_eq!(acts(&server, "submission.refunded", "Mất điện ở hội trường").await, 1);
    assert_eq!(notices(&server, &person, "attempt_refunded").await, 1);
    hand_in(&person, &phase).await;
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn what_a_fault_gave_back_is_not_given_back_again(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    let id = hand_in(&person, &phase).await;
    let lease = worker.claim().await;
    let path = format!("/submissions/{id}/refund");
    assert_eq!(admin.post(&path, because("vì")).await.status, StatusCode::OK, "also while it is judged");
    worker.fail(&lease, Verdict::PlatformFault, vec![]).await;
    assert_eq!(used(&person, &phase).await, 0);
    let shown = person.get(&format!("/submissions/{id}")).await.body;
    assert_eq!(shown["refund"]["cause"], "organizer");
    let other = hand_in(&person, &phase).await;
    let lease = worker.claim().await;
    worker.fail(&lease, Verdict::PlatformFault, vec![]).await;
    let refused = admin.post(&format!("/submissions/{other}/refund"), because("vì")).await;
    assert_eq!(refused.code(), (409, "not-charged"));
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_disqualified_submission_leaves_the_board_and_comes_back(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let (person, other) = (server.entrant("sen").await, server.entrant("sung").await);
    let best = scored(&server, &person, &phase, 0.9, 0.9).await;
    scored(&server, &person, &phase, 0.4, 0.4).await;
    scored(&server, &other, &phase, 0.6, 0.6).await;
    let path = format!("/submissions/{best}/disqualify");
    assert_eq!(admin.post(&path, because("Chép bài")).await.status, StatusCode::OK);
    assert_eq!(admin.post(&path, because("Chép bài")).await.code(), (409, "already-disqualified"));
    assert_eq!(rows(&server, &phase).await, [(1, "sung".to_owned(), 0.6), (2, "sen".to_owned(), 0.4)]);
    let shown = person.get(&format!("/submissions/{best}")).await.body;
    assert_eq!(shown["disqualified"]["reason"], "Chép bài");
    assert_eq!(shown["charged"], true, "the attempt counts");
    assert_invariants(&server).await;

    let path = format!("/submissions/{best}/reinstate");
    assert_eq!(admin.post(&path, because("Nhầm")).await.status, StatusCode::OK);
    assert_eq!(admin.post(&path, because("Nhầm")).await.code(), (409, "not-disqualified"));
    assert_eq!(rows(&server, &phase).await, [(1, "sen".to_owned(), 0.9), (2, "sung".to_owned(), 0.6)]);
    assert_eq!(acts(&server, "submission.disqualified", "Chép bài").await, 1);
    assert_eq!(acts(&server, "submission.reinstated", "Nhầm").await, 1);
    assert_eq!(notices(&server, &person, "submission_disqualified").await, 1);
    assert_eq!(notices(&server, &person, "submission_reinstated").await, 1);
    assert_eq!(notices(&server, &other, "submission_disqualified").await, 0);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_disqualified_team_is_off_the_board_out_of_the_queue_and_hands_in_nothing(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let (person, other) = (server.entrant("sen").await, server.entrant("sung").await);
    let worker = FakeWorker::enrol(&server).await;
    scored(&server, &person, &phase, 0.9, 0.9).await;
    scored(&server, &other, &phase, 0.6, 0.6).await;
    let waits = hand_in(&person, &phase).await;
    let runs = worker.claim().await;
    let later = hand_in(&person, &phase).await;
    let upload = person.upload("p.csv", Some(&phase), CSV).await;
    let team = team_of(&person).await;
    let path = format!("/teams/{team}/disqualify");
    assert_eq!(other.post(&path, because("x")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(person.post(&path, because("x")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.post(&path, because("")).await.code(), (422, "invalid"));
    assert_eq!(admin.post(&path, because("Gian lận")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(admin.post(&path, because("Gian lận")).await.code(), (409, "already-disqualified"));

    let seen = async |by: &Browser| by.get(&format!("/teams/{team}")).await.body["disqualified"].clone();
    assert_eq!(seen(&person).await["reason"], "Gian lận");
    assert_eq!(seen(&other).await, Value::Null, "why is nobody else's business");
    assert_eq!(rows(&server, &phase).await, [(1, "sung".to_owned(), 0.6)]);
    assert_eq!(worker.beat(&runs).await["cancelled"], true);
    assert_eq!(worker.score(&runs, 1.0, 1.0).await, StatusCode::CONFLICT);
    assert_eq!(worker.try_claim(0).await.0, StatusCode::NO_CONTENT, "the other job is gone too");
    let refused = person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(refused.code(), (409, "team-disqualified"));
    assert!(refused.body["vi"].as_str().unwrap().contains("Gian lận"));
    for id in [&waits, &later] {
        let shown = person.get(&format!("/submissions/{id}")).await.body;
        assert_eq!(
            (&shown["state"], &shown["disqualified"]["reason"]),
            (&json!("cancelled"), &json!("Gian lận"))
        );
    }
    assert_invariants(&server).await;

    let path = format!("/teams/{team}/reinstate");
    assert_eq!(admin.post(&path, because("Đã xem xét lại")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(admin.post(&path, because("x")).await.code(), (409, "not-disqualified"));
    assert_eq!(rows(&server, &phase).await[0], (1, "sen".to_owned(), 0.9));
    let mut again = Vec::new();
    for _ in 0..2 {
        let lease = worker.claim().await;
        again.push(submission_of(&server, &lease).await);
        assert_eq!(worker.score(&lease, 0.95, 0.95).await, StatusCode::NO_CONTENT);
    }
    again.sort();
    assert_eq!(again, [waits, later], "what was not judged is judged after all");
    assert_eq!(worker.score(&runs, 1.0, 1.0).await, StatusCode::CONFLICT, "the old claim is dead for good");
    hand_in(&person, &phase).await;
    assert_eq!(acts(&server, "team.disqualified", "Gian lận").await, 1);
    assert_eq!(notices(&server, &person, "team_disqualified").await, 1);
    assert_eq!(notices(&server, &person, "team_reinstated").await, 1);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn hand_ins_while_the_team_is_disqualified_leave_nothing_in_the_queue(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    let mut uploads = Vec::new();
    for _ in 0..8 {
        uploads.push(person.upload("p.csv", Some(&phase), CSV).await);
    }
    let path = format!("/phases/{phase}/submissions");
    let hand_ins = uploads.iter().map(|upload| person.post(&path, json!({ "upload": upload })));
    let disqualify = format!("/teams/{}/disqualify", team_of(&person).await);
    let (answers, ruled) =
        tokio::join!(futures::future::join_all(hand_ins), admin.post(&disqualify, because("vì")));
    assert_eq!(ruled.status, StatusCode::NO_CONTENT);
    for answer in answers {
        assert!(answer.status == StatusCode::CREATED || answer.code() == (409, "team-disqualified"));
    }
    assert_eq!(worker.try_claim(0).await.0, StatusCode::NO_CONTENT);
    assert_invariants(&server).await;
}
