//! The queue, the workers' API, results and attempts: one submission's way, and every way it can go wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use judge_core::{
    faults::{Fault, FaultKind},
    verdict::Verdict,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Browser, Contest, FakeWorker, Server};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";

/// A server with a result contest.
async fn contest(db: PgPool, adjust: impl FnOnce(Contest) -> Contest) -> (Server, String, Browser) {
    let server = Server::start_on(db, super::STORAGE).await;
    let admin = server.admin().await;
    let phase = adjust(Contest::result()).import(&admin).await;
    (server, phase, admin)
}

async fn hand_in(person: &Browser, phase: &str) -> String {
    let answer = person.hand_in(phase, "p.csv", CSV).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
    answer.text("id")
}

async fn rows(server: &Server, phase: &str) -> Vec<(i64, String, f64)> {
    let board = server.browser().get(&format!("/phases/{phase}/board")).await.body;
    let row = |r: &Value| {
        let name = r["team"]["name"].as_str().unwrap().to_owned();
        (r["rank"].as_i64().unwrap(), name, r["values"]["accuracy"].as_f64().unwrap())
    };
    board["rows"].as_array().unwrap().iter().map(row).collect()
}

/// What must hold after everything: one end for each job and evaluation, attempts equal to charged
/// submissions, boards equal to recomputation.
pub async fn assert_invariants(server: &Server) {
    let wrong = [
        "SELECT count(*) FROM evaluations WHERE (state = 'done') <> (verdict IS NOT NULL)",
        "SELECT count(*) FROM attempts a WHERE a.used_total <> (SELECT count(*) FROM submissions s
         WHERE s.phase_id = a.phase_id AND s.team_id = a.team_id AND s.charged)",
        "SELECT count(*) FROM evaluations e JOIN jobs j ON j.evaluation_id = e.id
         WHERE e.state = 'cancelled' AND j.state IN ('ready', 'leased')",
        "SELECT count(*) FROM submissions WHERE charged AND refund IS NOT NULL",
        "SELECT count(*) FROM evaluations e WHERE e.verdict = 'scored'
         AND NOT EXISTS (SELECT 1 FROM evaluation_scores s WHERE s.evaluation_id = e.id)",
        "SELECT count(*) FROM evaluations e WHERE e.state NOT IN ('done', 'cancelled')
         AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.evaluation_id = e.id AND j.state IN ('ready', 'leased'))",
    ];
    for query in wrong {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&server.db).await.unwrap();
        assert_eq!(count, 0, "{query}");
    }
    assert_eq!(server.leaderboard.verify().await.unwrap(), []);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_result_file_is_judged_and_the_board_moves(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    let id = hand_in(&person, &phase).await;
    assert_eq!(person.get(&format!("/submissions/{id}")).await.body["state"], "queued");

    let lease = worker.claim().await;
    assert_eq!(lease["plan"]["step"], "score");
    assert_eq!(person.get(&format!("/submissions/{id}")).await.body["state"], "judging");
    assert_eq!(worker.score(&lease, 0.75, 0.5).await, StatusCode::NO_CONTENT);

    let shown = person.get(&format!("/submissions/{id}")).await.body;
    assert_eq!((&shown["state"], &shown["evaluations"][0]["verdict"]), (&json!("done"), &json!("scored")));
    assert_eq!(shown["scores"], json!({ "public": { "accuracy": 0.75 } }), "the private score stays hidden");
    assert_eq!(rows(&server, &phase).await, [(1, "sen".to_owned(), 0.75)]);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_prediction_lease_carries_no_link_to_the_truth(db: PgPool) {
    let server = Server::start_on(db, super::STORAGE).await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    let phase = Contest::code(&["python3", "predict.py"]).import(&admin).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    let zip = crate::harness::zip_of(&[("predict.py", b"pass")]);
    assert_eq!(person.hand_in(&phase, "p.zip", &zip).await.status, StatusCode::CREATED);

    let truth: uuid::Uuid =
        sqlx::query_scalar("SELECT truth_blob_id FROM task_versions").fetch_one(&server.db).await.unwrap();
    let predict = worker.claim().await;
    assert_eq!(predict["plan"]["step"], "predict");
    assert!(!predict.to_string().contains(&truth.to_string()));
    // Nor can a worker turn a link that it has into one to the truth.
    let own = predict["plan"]["submission"]["path"].as_str().unwrap();
    let (_, signed) = own.split_once('?').unwrap();
    let forged = format!("/api/worker/v1/blobs/{truth}?{signed}");
    assert_eq!(worker.fetch(own).await.0, StatusCode::OK);
    assert_eq!(worker.fetch(&forged).await.0, StatusCode::FORBIDDEN);
    let other = FakeWorker::enrol(&server).await;
    assert_eq!(other.fetch(own).await.0, StatusCode::FORBIDDEN, "a link is its worker's alone");

    assert_eq!(worker.predict(&predict, b"tar").await, StatusCode::NO_CONTENT);
    let score = worker.claim().await;
    assert!(score.to_string().contains(&truth.to_string()));
    let artifact = score["plan"]["predictions"]["link"]["path"].as_str().unwrap();
    assert_eq!(worker.fetch(artifact).await, (StatusCode::OK, b"tar".to_vec()));
    assert_eq!(worker.score(&score, 1.0, 1.0).await, StatusCode::NO_CONTENT);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_report_sent_five_times_counts_once_and_a_different_one_is_refused(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    hand_in(&person, &phase).await;
    let lease = worker.claim().await;
    for _ in 0..5 {
        assert_eq!(worker.score(&lease, 0.5, 0.5).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(worker.score(&lease, 0.9, 0.9).await, StatusCode::CONFLICT);
    assert_eq!(rows(&server, &phase).await, [(1, "sen".to_owned(), 0.5)]);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_worker_cut_off_past_its_lease_changes_nothing(db: PgPool) {
    let server = Server::start_with(db, |c| c.workers.lease = Duration::from_secs(2)).await;
    let admin = server.admin().await;
    let phase = Contest::result().import(&admin).await;
    let person = server.entrant("sen").await;
    let (slow, quick) = (FakeWorker::enrol(&server).await, FakeWorker::enrol(&server).await);
    hand_in(&person, &phase).await;
    let stale = slow.claim().await;
    let fresh = quick.claim().await;
    assert_eq!(fresh["job"], stale["job"]);
    assert_eq!(slow.heartbeat(&stale).await, StatusCode::CONFLICT);
    assert_eq!(slow.log(&stale, 0, "x").await, StatusCode::CONFLICT);
    assert_eq!(slow.score(&stale, 0.1, 0.1).await, StatusCode::CONFLICT);
    assert_eq!(slow.hand_back(&stale).await, StatusCode::CONFLICT);
    assert_eq!(quick.score(&fresh, 0.7, 0.7).await, StatusCode::NO_CONTENT);
    assert_eq!(slow.score(&stale, 0.1, 0.1).await, StatusCode::CONFLICT);
    assert_eq!(rows(&server, &phase).await, [(1, "sen".to_owned(), 0.7)]);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn heartbeats_keep_a_lease_beyond_its_length(db: PgPool) {
    let server = Server::start_with(db, |c| c.workers.lease = Duration::from_secs(2)).await;
    let admin = server.admin().await;
    let phase = Contest::result().import(&admin).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    hand_in(&person, &phase).await;
    let lease = worker.claim().await;
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert_eq!(worker.heartbeat(&lease).await, StatusCode::OK);
    }
    assert_eq!(worker.score(&lease, 0.7, 0.7).await, StatusCode::NO_CONTENT);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_job_that_kills_three_workers_is_quarantined_refunded_and_shown(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let mut worker = FakeWorker::enrol(&server).await;
    let id = hand_in(&person, &phase).await;
    for _ in 0..3 {
        worker.claim().await;
        worker = worker.rebooted().await;
    }
    server.judging.watch_once().await.unwrap();
    let shown = person.get(&format!("/submissions/{id}")).await.body;
    assert_eq!(shown["evaluations"][0]["verdict"], "platform_fault");
    assert_eq!(shown["charged"], false);
    assert!(!shown.to_string().contains("workers died"), "teams are not told the platform's reasons");
    let alerts = admin.get("/alerts").await.body;
    assert_eq!(alerts["items"][0]["kind"], "quarantined");
    assert!(alerts["items"][0]["detail"].as_str().unwrap().contains("3 workers died"));
    assert_eq!(admin.get("/queue").await.body["items"][0]["state"], "quarantined");
    assert_eq!(worker.try_claim(0).await.0, StatusCode::NO_CONTENT);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_job_handed_back_is_nobodys_death(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    hand_in(&person, &phase).await;
    for _ in 0..4 {
        let lease = worker.claim().await;
        assert_eq!(worker.hand_back(&lease).await, StatusCode::NO_CONTENT);
    }
    server.judging.watch_once().await.unwrap();
    let lease = worker.claim().await;
    assert_eq!(worker.score(&lease, 0.5, 0.5).await, StatusCode::NO_CONTENT);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_team_with_one_job_starts_within_one_turn_of_a_team_with_many(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c).await;
    let (many, one) = (server.entrant("nhieu").await, server.entrant("mot").await);
    let worker = FakeWorker::enrol(&server).await;
    for _ in 0..9 {
        hand_in(&many, &phase).await;
    }
    let first = worker.claim().await;
    worker.score(&first, 0.1, 0.1).await;
    let only = hand_in(&one, &phase).await;
    let mut claimed = Vec::new();
    for _ in 0..2 {
        let lease = worker.claim().await;
        claimed.push(submission_of(&server, &lease).await);
        worker.score(&lease, 0.2, 0.2).await;
    }
    assert!(claimed.contains(&only), "one further job of the other team at the most goes first");
}

async fn submission_of(server: &Server, lease: &Value) -> String {
    let id: uuid::Uuid = lease["evaluation"].as_str().unwrap().parse().unwrap();
    let found: uuid::Uuid = sqlx::query_scalar("SELECT submission_id FROM evaluations WHERE id = $1")
        .bind(id)
        .fetch_one(&server.db)
        .await
        .unwrap();
    found.to_string()
}

#[sqlx::test(migrations = "./migrations")]
async fn the_organizers_fault_costs_no_attempt_and_raises_an_alert(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c.phase("attempts", json!({ "total": 1 }))).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    let id = hand_in(&person, &phase).await;
    let secret = Fault::at_line(
        "truth.csv",
        3,
        FaultKind::BadNumber { column: "label".into(), value: "nhãn mật".into() },
    );
    let lease = worker.claim().await;
    assert_eq!(worker.fail(&lease, Verdict::ScorerFailed, vec![secret]).await, StatusCode::NO_CONTENT);
    let shown = person.get(&format!("/submissions/{id}")).await.body;
    assert_eq!(shown["evaluations"][0]["verdict"], "scorer_failed");
    assert!(!shown.to_string().contains("nhãn mật"), "a broken scorer's fault may quote the truth");
    assert!(admin.get("/alerts").await.body.to_string().contains("nhãn mật"));
    // The attempt is there again.
    hand_in(&person, &phase).await;
    let lease = worker.claim().await;
    worker.fail(&lease, Verdict::RuntimeError, vec![]).await;
    let spent = person.hand_in(&phase, "p.csv", CSV).await;
    assert_eq!(spent.code(), (409, "attempts-spent"), "the team's own fault is charged");
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn sixty_four_posts_at_limit_five_give_exactly_five(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c.phase("attempts", json!({ "per_day": 5 }))).await;
    let person = server.entrant("sen").await;
    let mut uploads = Vec::new();
    for _ in 0..8 {
        uploads.push(person.upload("p.csv", Some(&phase), CSV).await);
    }
    let posts = uploads.iter().cycle().take(64).map(|upload| {
        let (person, path) = (person.clone(), format!("/phases/{phase}/submissions"));
        let body = json!({ "upload": upload });
        async move { person.post(&path, body).await }
    });
    let answers = futures::future::join_all(posts).await;
    let made = answers.iter().filter(|a| a.status == StatusCode::CREATED).count();
    assert_eq!(made, 5);
    for answer in answers.iter().filter(|a| !a.status.is_success()) {
        assert_eq!(answer.code(), (409, "daily-attempts-spent"), "{:?}", answer.body);
    }
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM submissions").fetch_one(&server.db).await.unwrap();
    assert_eq!(rows, 5);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn one_upload_makes_one_submission_however_often_it_is_handed_in(db: PgPool) {
    // With one attempt only, a second request must not be told that none is left.
    let (server, phase, _) = contest(db, |c| c.phase("attempts", json!({ "total": 1 }))).await;
    let person = server.entrant("sen").await;
    let upload = person.upload("p.csv", Some(&phase), CSV).await;
    let path = format!("/phases/{phase}/submissions");
    let posts = (0..8).map(|_| person.post(&path, json!({ "upload": upload })));
    let answers = futures::future::join_all(posts).await;
    let ids: std::collections::BTreeSet<String> = answers.iter().map(|a| a.text("id")).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(answers.iter().filter(|a| a.status == StatusCode::CREATED).count(), 1);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn nothing_is_accepted_before_the_start_or_after_the_end(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let upload = person.upload("p.csv", Some(&phase), CSV).await;
    sqlx::query("UPDATE phases SET ends_at = clock_timestamp()").execute(&server.db).await.unwrap();
    let late = person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(late.code(), (409, "phase-closed"));
    sqlx::query("UPDATE phases SET starts_at = clock_timestamp() + interval '1 hour', ends_at = clock_timestamp() + interval '2 hours'")
        .execute(&server.db)
        .await
        .unwrap();
    let early = person.begin_upload("p.csv", Some(&phase), 3).await;
    assert_eq!(early.code(), (409, "phase-closed"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_worker_without_a_credential_or_with_a_revoked_one_gets_nothing(db: PgPool) {
    let (server, _, admin) = contest(db, |c| c).await;
    let worker = FakeWorker::enrol(&server).await;
    let stranger = worker.with_token("dtw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(stranger.try_claim(0).await.0, StatusCode::UNAUTHORIZED);
    let id = admin.get("/workers").await.body[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.delete(&format!("/workers/{id}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(worker.try_claim(0).await.0, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_enrolment_token_works_once(db: PgPool) {
    let server = Server::start_on(db, super::STORAGE).await;
    let invitation = dautri::accounts::secret::fresh(dautri::judging::ENROLMENT_PREFIX);
    let hash = dautri::accounts::secret::hash(&invitation);
    let mut conn = server.db.acquire().await.unwrap();
    dautri::judging::store::workers::invite(&mut conn, &hash, Duration::from_mins(1)).await.unwrap();
    let worker = FakeWorker::enrol(&server).await.with_token(&invitation);
    let body = json!({ "name": "x" });
    assert_eq!(worker.post("/enrolment", body.clone()).await.0, StatusCode::OK);
    assert_eq!(worker.post("/enrolment", body).await.0, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_log_line_reaches_the_event_stream_within_a_second_and_stays_readable(db: PgPool) {
    let server = Server::start_on(db, super::STORAGE).await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    let phase = Contest::code(&["python3", "predict.py"]).import(&admin).await;
    let (person, other) = (server.entrant("sen").await, server.entrant("sung").await);
    let worker = FakeWorker::enrol(&server).await;
    let zip = crate::harness::zip_of(&[("predict.py", b"pass")]);
    let answer = person.hand_in(&phase, "p.zip", &zip).await;
    let (id, evaluation) =
        (answer.text("id"), answer.body["evaluations"][0]["id"].as_str().unwrap().to_owned());
    let topic = format!("/events?topics=submission:{id}");
    assert_eq!(
        other.get(&topic).await.status,
        StatusCode::NOT_FOUND,
        "another team's log is nobody's business"
    );
    assert_eq!(server.browser().get(&topic).await.status, StatusCode::UNAUTHORIZED);

    let mut stream = person.request(reqwest::Method::GET, &topic).send().await.unwrap();
    let lease = worker.claim().await;
    assert_eq!(worker.log(&lease, 0, "dòng một\n").await, StatusCode::NO_CONTENT);
    assert_eq!(worker.log(&lease, 0, "dòng một\n").await, StatusCode::NO_CONTENT, "sent twice, stored once");
    let seen = tokio::time::timeout(Duration::from_secs(1), async {
        let mut text = String::new();
        while !text.contains("dòng một") {
            text.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
        }
    });
    seen.await.expect("the line comes within a second");
    let log = person.get(&format!("/evaluations/{evaluation}/log")).await.body;
    assert_eq!(log.as_array().unwrap().len(), 1);
    assert_eq!(log[0]["text"], "dòng một\n");

    worker.predict(&lease, b"tar").await;
    let score = worker.claim().await;
    worker.log(&score, 0, "nhãn: 7").await;
    let path = format!("/evaluations/{evaluation}/log");
    assert!(!person.get(&path).await.body.to_string().contains("nhãn"), "scorers' logs are for organizers");
    assert!(admin.get(&path).await.body.to_string().contains("nhãn"));
    assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_restarted_server_loses_no_submission_no_lease_and_no_upload(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    hand_in(&person, &phase).await;
    let lease = worker.claim().await;
    let created = person.begin_upload("p.csv", Some(&phase), CSV.len()).await;
    let upload = created.location_id();
    person.append(&upload, 0, CSV[..10].to_vec()).await;

    let server = server.restart().await;
    let worker = worker.at(&server);
    let person = person.at(&server);
    assert_eq!(worker.score(&lease, 0.6, 0.6).await, StatusCode::NO_CONTENT);
    assert_eq!(rows(&server, &phase).await, [(1, "sen".to_owned(), 0.6)]);
    let appended = person.append(&upload, 10, CSV[10..].to_vec()).await;
    assert_eq!(appended.status, StatusCode::NO_CONTENT);
    let again = person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(again.status, StatusCode::CREATED, "{:?}", again.body);
    let file = person.request(reqwest::Method::GET, &format!("/submissions/{}/file", again.text("id")));
    assert_eq!(file.send().await.unwrap().bytes().await.unwrap(), CSV);
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_verdict_is_never_seen_without_its_scores(db: PgPool) {
    let (server, phase, _) = contest(db, |c| c).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    for _ in 0..30 {
        let path = format!("/submissions/{}", hand_in(&person, &phase).await);
        let lease = worker.claim().await;
        let readers = (0..4).map(|_| async {
            loop {
                let shown = person.get(&path).await.body;
                if shown["evaluations"][0]["verdict"] == "scored" {
                    return shown;
                }
            }
        });
        let (reported, seen) =
            tokio::join!(worker.score(&lease, 0.5, 0.5), futures::future::join_all(readers));
        assert_eq!(reported, StatusCode::NO_CONTENT);
        for shown in seen {
            assert_eq!(shown["scores"]["public"]["accuracy"], 0.5, "{shown}");
        }
    }
}
