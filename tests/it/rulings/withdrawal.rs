//! Withdrawing before the start, cancelling before the end.

use judge_core::verdict::Verdict;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use super::stage::{CSV, acts, contest, hand_in, notices, rows, used};
use crate::{
    harness::{Contest, FakeWorker, Server},
    judging::assert_invariants,
};

#[sqlx::test(migrations = "./migrations")]
async fn a_submission_that_waits_is_withdrawn_and_its_attempt_comes_back_once(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c.phase("attempts", json!({ "total": 1 }))).await;
    let person = server.entrant("sen").await;
    let id = hand_in(&person, &phase).await;
    for _ in 0..3 {
        let shown = person.post(&format!("/submissions/{id}/withdraw"), json!({})).await;
        assert_eq!(shown.status, StatusCode::OK, "{:?}", shown.body);
        assert_eq!((&shown.body["state"], &shown.body["charged"]), (&json!("withdrawn"), &json!(false)));
        assert_eq!(shown.body["refund"]["cause"], "withdrawn");
        assert_eq!(used(&person, &phase).await, 0);
    }
    let worker = FakeWorker::enrol(&server).await;
    assert_eq!(worker.try_claim(0).await.0, StatusCode::NO_CONTENT, "its job is gone");
    let listed = person.get(&format!("/phases/{phase}/submissions")).await.body;
    assert_eq!(listed["items"][0]["state"], "withdrawn", "it stays visible");
    hand_in(&person, &phase).await;
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn what_a_worker_has_claimed_is_not_withdrawn_not_even_when_it_was_handed_back(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    let id = hand_in(&person, &phase).await;
    let lease = worker.claim().await;
    let withdraw = format!("/submissions/{id}/withdraw");
    assert_eq!(person.post(&withdraw, json!({})).await.code(), (409, "judging-begun"));
    worker.hand_back(&lease).await;
    assert_eq!(person.post(&withdraw, json!({})).await.code(), (409, "judging-begun"));
    let lease = worker.claim().await;
    assert_eq!(worker.score(&lease, 0.5, 0.5).await, StatusCode::NO_CONTENT);
    assert_eq!(person.post(&withdraw, json!({})).await.code(), (409, "judging-begun"));
    assert_eq!(rows(&server, &phase).await, [(1, "sen".to_owned(), 0.5)]);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_prediction_that_was_made_is_not_withdrawn(db: PgPool) {
    let server = Server::start(db).await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    let phase = Contest::code(&["python3", "predict.py"]).import(&admin).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    let zip = crate::harness::zip_of(&[("predict.py", b"pass")]);
    let id = person.hand_in(&phase, "p.zip", &zip).await.text("id");
    let lease = worker.claim().await;
    assert_eq!(worker.predict(&lease, b"tar").await, StatusCode::NO_CONTENT);
    let answer = person.post(&format!("/submissions/{id}/withdraw"), json!({})).await;
    assert_eq!(answer.code(), (409, "judging-begun"));
    let lease = worker.claim().await;
    assert_eq!(worker.score(&lease, 0.5, 0.5).await, StatusCode::NO_CONTENT);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_withdrawal_and_a_claim_at_once_leave_one_winner(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let workers = [FakeWorker::enrol(&server).await, FakeWorker::enrol(&server).await];
    let mut withdrawn = 0;
    for _ in 0..24 {
        let path = format!("/submissions/{}/withdraw", hand_in(&person, &phase).await);
        let (first, second, one, other) = tokio::join!(
            person.post(&path, json!({})),
            person.post(&path, json!({})),
            workers[0].try_claim(0),
            workers[1].try_claim(0),
        );
        let leases: Vec<_> = [(&workers[0], one), (&workers[1], other)]
            .into_iter()
            .filter(|(_, (status, _))| *status == StatusCode::OK)
            .collect();
        assert_eq!(first.status, second.status, "{:?} {:?}", first.body, second.body);
        assert_eq!(leases.len(), usize::from(first.status != StatusCode::OK), "{:?}", first.body);
        withdrawn += usize::from(first.status == StatusCode::OK);
        for (worker, (_, lease)) in leases {
            assert_eq!(worker.score(&lease, 0.5, 0.5).await, StatusCode::NO_CONTENT);
        }
    }
    assert_eq!(used(&person, &phase).await, 24 - i64::try_from(withdrawn).unwrap());
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_cancelled_evaluation_is_told_to_its_worker_and_its_report_is_refused(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let (worker, other) = (FakeWorker::enrol(&server).await, FakeWorker::enrol(&server).await);
    let id = hand_in(&person, &phase).await;
    let lease = worker.claim().await;
    assert_eq!(worker.beat(&lease).await["cancelled"], false);
    let body = json!({ "reason": "Đề bị lỗi", "refund": false });
    let cancelled = admin.post(&format!("/submissions/{id}/cancel"), body.clone()).await;
    assert_eq!(cancelled.status, StatusCode::OK, "{:?}", cancelled.body);
    let again = admin.post(&format!("/submissions/{id}/cancel"), body).await;
    assert_eq!(again.code(), (409, "submission-ended"));

    assert_eq!(worker.beat(&lease).await["cancelled"], true);
    assert_eq!(other.heartbeat(&lease).await, StatusCode::CONFLICT, "another worker learns nothing");
    assert_eq!(worker.log(&lease, 0, "x").await, StatusCode::CONFLICT);
    assert_eq!(worker.score(&lease, 0.9, 0.9).await, StatusCode::CONFLICT);
    assert_eq!(worker.hand_back(&lease).await, StatusCode::CONFLICT);
    server.judging.watch_once().await.unwrap();
    assert_eq!(worker.try_claim(0).await.0, StatusCode::NO_CONTENT);

    let shown = person.get(&format!("/submissions/{id}")).await.body;
    assert_eq!((&shown["state"], &shown["charged"]), (&json!("cancelled"), &json!(true)));
    assert_eq!(shown["ended"]["reason"], "Đề bị lỗi");
    assert_eq!(rows(&server, &phase).await, []);
    assert_eq!(acts(&server, "submission.cancelled", "Đề bị lỗi").await, 1);
    assert_eq!(notices(&server, &person, "submission_cancelled").await, 1);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn cancelling_gives_the_attempt_back_where_the_organizer_says_so(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    let waits = hand_in(&person, &phase).await;
    let path = format!("/submissions/{waits}/cancel");
    assert_eq!(admin.post(&path, json!({ "reason": " ", "refund": true })).await.code(), (422, "invalid"));
    let shown = admin.post(&path, json!({ "reason": "Sai đề", "refund": true })).await.body;
    assert_eq!(shown["refund"], json!({ "cause": "organizer", "reason": "Sai đề" }));
    assert_eq!(used(&person, &phase).await, 0);

    let judged = hand_in(&person, &phase).await;
    let lease = worker.claim().await;
    worker.fail(&lease, Verdict::RuntimeError, vec![]).await;
    let path = format!("/submissions/{judged}/cancel");
    let late = admin.post(&path, json!({ "reason": "x", "refund": true })).await;
    assert_eq!(late.code(), (409, "already-judged"));
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_cancellation_and_a_report_at_once_leave_one_winner(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    for _ in 0..12 {
        let id = hand_in(&person, &phase).await;
        let lease = worker.claim().await;
        let path = format!("/submissions/{id}/cancel");
        let (cancelled, reported) = tokio::join!(
            admin.post(&path, json!({ "reason": "x", "refund": true })),
            worker.fail(&lease, Verdict::ScorerFailed, vec![]),
        );
        let outcome = (cancelled.status.as_u16(), reported.as_u16());
        assert!([(200, 409), (409, 204)].contains(&outcome), "{outcome:?} {:?}", cancelled.body);
    }
    assert_eq!(used(&person, &phase).await, 0, "each attempt came back once, one way or the other");
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn strangers_learn_nothing_and_members_rule_nothing(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let (person, stranger) = (server.entrant("sen").await, server.entrant("sung").await);
    let id = hand_in(&person, &phase).await;
    let because = json!({ "reason": "vì", "refund": true, "level": "high" });
    for act in ["withdraw", "cancel", "refund", "disqualify", "reinstate"] {
        let path = format!("/submissions/{id}/{act}");
        assert_eq!(stranger.post(&path, because.clone()).await.status, StatusCode::NOT_FOUND, "{act}");
        let nobody = server.browser().post(&path, because.clone()).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{act}");
        if act != "withdraw" {
            assert_eq!(person.post(&path, because.clone()).await.status, StatusCode::FORBIDDEN, "{act}");
        }
    }
    let priority = format!("/submissions/{id}/priority");
    assert_eq!(stranger.put(&priority, because.clone()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(person.put(&priority, because).await.status, StatusCode::FORBIDDEN);
    let by_organizer = admin.post(&format!("/submissions/{id}/withdraw"), json!({})).await;
    assert_eq!(by_organizer.status, StatusCode::FORBIDDEN, "an organizer cancels");
    let upload = person.upload("p.csv", Some(&phase), CSV).await;
    let answer = person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_invariants(&server).await;
}
