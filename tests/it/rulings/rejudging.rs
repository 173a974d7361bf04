//! Rejudging: staged beside what counts, compared, then applied or dropped.

use judge_core::verdict::Verdict;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::stage::{acts, contest, hand_in, notices, rows, submission_of, team_of, used};
use crate::{
    harness::{Browser, Contest, FakeWorker, Server},
    judging::assert_invariants,
};

const OTHER_TRUTH: &[u8] = b"id,label,split\na,y,public\nb,y,public\nc,x,private\nd,y,private\n";

struct Stage {
    server: Server,
    phase: String,
    admin: Browser,
    worker: FakeWorker,
}

impl Stage {
    async fn open(db: PgPool) -> Self {
        let (server, phase, admin) = contest(db, |c| c).await;
        let worker = FakeWorker::enrol(&server).await;
        Self { server, phase, admin, worker }
    }

    async fn scored(&self, person: &Browser, public: f64) -> String {
        let id = hand_in(person, &self.phase).await;
        self.score_next(public).await;
        id
    }

    async fn score_next(&self, public: f64) {
        let lease = self.worker.claim().await;
        assert_eq!(self.worker.score(&lease, public, public).await, StatusCode::NO_CONTENT);
    }

    /// Stages a rejudging and returns its id.
    async fn rejudge(&self, body: Value) -> String {
        let answer = self.admin.post(&format!("/phases/{}/rejudgings", self.phase), body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
        assert_eq!(answer.body["state"], "staged");
        answer.text("id")
    }

    async fn state(&self, rejudging: &str) -> Value {
        self.admin.get(&format!("/rejudgings/{rejudging}")).await.body["state"].clone()
    }

    async fn difference(&self, rejudging: &str) -> Value {
        let answer = self.admin.get(&format!("/rejudgings/{rejudging}/difference")).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        answer.body
    }

    async fn act(&self, rejudging: &str, act: &str) -> (u16, String) {
        let answer = self.admin.post(&format!("/rejudgings/{rejudging}/{act}"), json!({})).await;
        let word = if answer.status == StatusCode::OK { "state" } else { "code" };
        (answer.status.as_u16(), answer.text(word))
    }

    async fn rows(&self) -> Vec<(i64, String, f64)> {
        rows(&self.server, &self.phase).await
    }
}

fn decided() -> (u16, String) {
    (409, "rejudging-decided".to_owned())
}

fn applied() -> (u16, String) {
    (200, "applied".to_owned())
}

fn row(rank: i64, name: &str, value: f64) -> (i64, String, f64) {
    (rank, name.to_owned(), value)
}

#[sqlx::test(migrations = "./migrations")]
async fn a_rejudging_counts_nowhere_until_it_is_applied_and_then_everywhere(db: PgPool) {
    let stage = Stage::open(db).await;
    let (first, second) = (stage.server.entrant("sen").await, stage.server.entrant("sung").await);
    let id = stage.scored(&first, 0.5).await;
    stage.scored(&second, 0.6).await;
    let rejudging = stage.rejudge(json!({ "reason": "Đáp án sai", "choice": { "submissions": [id] } })).await;
    assert_eq!(stage.difference(&rejudging).await["counts"]["pending"], 1);
    assert_eq!(stage.act(&rejudging, "apply").await, (409, "rejudging-not-ready".to_owned()));
    let lease = stage.worker.claim().await;
    assert_eq!(stage.state(&rejudging).await, "judging");
    let shown = first.get(&format!("/submissions/{id}")).await.body;
    assert_eq!((&shown["state"], shown["evaluations"].as_array().unwrap().len()), (&json!("done"), 1));
    assert_eq!(stage.worker.score(&lease, 0.9, 0.9).await, StatusCode::NO_CONTENT);
    assert_eq!(stage.state(&rejudging).await, "ready");
    assert_eq!(stage.rows().await, [row(1, "sung", 0.6), row(2, "sen", 0.5)], "nothing moved yet");
    let evaluation = lease["evaluation"].as_str().unwrap();
    let log = format!("/evaluations/{evaluation}/log");
    assert_eq!(first.get(&log).await.status, StatusCode::NOT_FOUND, "its log is for organizers");
    assert_eq!(stage.admin.get(&log).await.status, StatusCode::OK);
    assert_invariants(&stage.server).await;

    let difference = stage.difference(&rejudging).await;
    assert_eq!(difference["counts"]["scores"], 1);
    let change = &difference["submissions"][0];
    assert_eq!((&change["submission"], &change["change"]), (&json!(id), &json!("scores")));
    assert_eq!(
        (&change["old"]["public"]["accuracy"], &change["new"]["public"]["accuracy"]),
        (&json!(0.5), &json!(0.9))
    );
    let ranks: Vec<_> = difference["teams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| {
            (
                t["name"].as_str().unwrap(),
                t["split"].as_str().unwrap(),
                t["old"]["rank"].as_i64(),
                t["new"]["rank"].as_i64(),
            )
        })
        .collect();
    let moved = |split| [("sen", split, Some(2), Some(1)), ("sung", split, Some(1), Some(2))];
    assert_eq!(ranks, [moved("public"), moved("private")].concat());

    assert_eq!(stage.act(&rejudging, "apply").await, applied());
    assert_eq!(stage.rows().await, [row(1, "sen", 0.9), row(2, "sung", 0.6)]);
    assert_eq!(stage.difference(&rejudging).await, difference, "the record stays as it was decided");
    let shown = first.get(&format!("/submissions/{id}")).await.body;
    assert_eq!(shown["evaluations"][0]["scores"]["public"]["accuracy"], 0.9);
    assert_eq!(shown["evaluations"][0]["rejudging"], json!(rejudging));
    assert_eq!(shown["superseded"][0]["scores"]["public"]["accuracy"], 0.5, "history stays");
    assert_eq!(first.get(&log).await.status, StatusCode::OK);
    assert_eq!(stage.act(&rejudging, "apply").await, decided());
    assert_eq!(stage.act(&rejudging, "drop").await, decided());
    assert_eq!(notices(&stage.server, &first, "rejudged").await, 1);
    assert_eq!(notices(&stage.server, &second, "rejudged").await, 0);
    assert_eq!(acts(&stage.server, "rejudging.staged", "Đáp án sai").await, 1);
    assert_eq!(acts(&stage.server, "rejudging.applied", "Đáp án sai").await, 1);
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_dropped_rejudging_changes_nothing_and_late_results_are_refused(db: PgPool) {
    let stage = Stage::open(db).await;
    let person = stage.server.entrant("sen").await;
    for _ in 0..3 {
        stage.scored(&person, 0.5).await;
    }
    let rejudging = stage.rejudge(json!({ "reason": "vì" })).await;
    stage.score_next(0.9).await;
    let running = stage.worker.claim().await;
    assert_eq!(stage.act(&rejudging, "drop").await, (200, "dropped".to_owned()));
    assert_eq!(stage.worker.beat(&running).await["cancelled"], true);
    assert_eq!(stage.worker.score(&running, 0.9, 0.9).await, StatusCode::CONFLICT);
    assert_eq!(stage.worker.try_claim(0).await.0, StatusCode::NO_CONTENT);
    assert_eq!(stage.rows().await, [row(1, "sen", 0.5)]);
    assert_eq!(stage.act(&rejudging, "apply").await, decided());
    assert_eq!(notices(&stage.server, &person, "rejudged").await, 0);
    let again = stage.rejudge(json!({ "reason": "lần nữa" })).await;
    for _ in 0..3 {
        stage.score_next(0.7).await;
    }
    assert_eq!(stage.act(&again, "apply").await, applied());
    assert_eq!(stage.rows().await, [row(1, "sen", 0.7)]);
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_submission_is_in_one_open_rejudging_at_the_most(db: PgPool) {
    let stage = Stage::open(db).await;
    let person = stage.server.entrant("sen").await;
    let id = stage.scored(&person, 0.5).await;
    stage.scored(&person, 0.4).await;
    let path = format!("/phases/{}/rejudgings", stage.phase);
    let bodies = [json!({ "reason": "a" }), json!({ "reason": "b", "choice": { "submissions": [id] } })];
    let staged = (0..6).map(|n| stage.admin.post(&path, bodies[n % 2].clone()));
    let answers = futures::future::join_all(staged).await;
    assert_eq!(answers.iter().filter(|a| a.status == StatusCode::CREATED).count(), 1);
    for refused in answers.iter().filter(|a| a.status != StatusCode::CREATED) {
        assert_eq!(refused.code(), (409, "in-another-rejudging"));
    }
    let jobs: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE state = 'ready'")
        .fetch_one(&stage.server.db)
        .await
        .unwrap();
    assert!((1..=2).contains(&jobs), "what was refused left nothing behind");
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn applied_eight_times_at_once_it_is_applied_once(db: PgPool) {
    let stage = Stage::open(db).await;
    let person = stage.server.entrant("sen").await;
    stage.scored(&person, 0.5).await;
    let rejudging = stage.rejudge(json!({ "reason": "vì" })).await;
    stage.score_next(0.9).await;
    let acts_at_once = (0..8).map(|n| stage.act(&rejudging, if n % 2 == 0 { "apply" } else { "drop" }));
    let answers = futures::future::join_all(acts_at_once).await;
    assert_eq!(answers.iter().filter(|a| a.0 == 200).count(), 1);
    assert!(answers.iter().filter(|a| a.0 != 200).all(|a| *a == decided()));
    let expected = if stage.state(&rejudging).await == "applied" { 0.9 } else { 0.5 };
    assert_eq!(stage.rows().await, [row(1, "sen", expected)]);
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_failure_that_is_not_the_teams_replaces_no_score(db: PgPool) {
    let stage = Stage::open(db).await;
    let person = stage.server.entrant("sen").await;
    stage.scored(&person, 0.5).await;
    let rejudging = stage.rejudge(json!({ "reason": "vì" })).await;
    let lease = stage.worker.claim().await;
    stage.worker.fail(&lease, Verdict::ScorerFailed, vec![]).await;
    assert_eq!(stage.admin.get("/alerts").await.body["items"][0]["kind"], "scorer_failed");
    assert_eq!(used(&person, &stage.phase).await, 1, "the attempt is the hand-in's");
    assert_eq!(stage.difference(&rejudging).await["counts"]["kept"], 1);
    assert_eq!(stage.act(&rejudging, "apply").await, applied());
    assert_eq!(stage.rows().await, [row(1, "sen", 0.5)]);
    assert_eq!(used(&person, &stage.phase).await, 1);
    assert_eq!(notices(&stage.server, &person, "rejudged").await, 0);
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn an_attempt_that_a_fault_gave_back_counts_again_once_the_fault_is_gone(db: PgPool) {
    let stage = Stage::open(db).await;
    let person = stage.server.entrant("sen").await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(hand_in(&person, &stage.phase).await);
        let lease = stage.worker.claim().await;
        stage.worker.fail(&lease, Verdict::ScorerFailed, vec![]).await;
    }
    // What an organizer gave back is no fault's: it stays.
    let withdrawn = stage.scored(&person, 0.1).await;
    stage.admin.post(&format!("/submissions/{withdrawn}/refund"), json!({ "reason": "vì" })).await;
    assert_eq!(used(&person, &stage.phase).await, 0);
    let rejudging = stage.rejudge(json!({ "reason": "Đã sửa chương trình chấm" })).await;
    for _ in 0..3 {
        let lease = stage.worker.claim().await;
        if submission_of(&stage.server, &lease).await == ids[1] {
            stage.worker.fail(&lease, Verdict::PlatformFault, vec![]).await;
        } else {
            stage.worker.score(&lease, 0.8, 0.8).await;
        }
    }
    let difference = stage.difference(&rejudging).await;
    assert_eq!(difference["charged"], json!([ids[0]]));
    assert_eq!(stage.act(&rejudging, "apply").await, applied());
    assert_eq!(used(&person, &stage.phase).await, 1);
    let shown = person.get(&format!("/submissions/{}", ids[0])).await.body;
    assert_eq!((&shown["charged"], shown.get("refund")), (&json!(true), None));
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_phase_is_rejudged_under_the_newest_version_and_says_so(db: PgPool) {
    let stage = Stage::open(db).await;
    let (old, new) = (stage.server.entrant("cu").await, stage.server.entrant("moi").await);
    stage.scored(&old, 0.5).await;
    Contest::result().with_file("truth/truth.csv", OTHER_TRUTH).import(&stage.admin).await;
    stage.scored(&new, 0.6).await;
    let versions = format!("/phases/{}/versions", stage.phase);
    let shown = stage.admin.get(&versions).await.body;
    let counts = json!([{ "number": 1, "submissions": 1 }, { "number": 2, "submissions": 1 }]);
    assert_eq!(shown, json!([{ "task": "task", "newest": 2, "versions": counts }]));
    let body = json!({ "reason": "Đề mới", "newest": true, "choice": { "outdated": true } });
    let rejudging = stage.rejudge(body).await;
    assert_eq!(stage.admin.get(&format!("/rejudgings/{rejudging}")).await.body["submissions"], 1);
    let lease = stage.worker.claim().await;
    let truth: uuid::Uuid = sqlx::query_scalar("SELECT truth_blob_id FROM task_versions WHERE number = 2")
        .fetch_one(&stage.server.db)
        .await
        .unwrap();
    assert!(lease.to_string().contains(&truth.to_string()), "judged by the new truth");
    stage.worker.score(&lease, 0.7, 0.7).await;
    assert_eq!(stage.act(&rejudging, "apply").await, applied());
    let counts = json!([{ "number": 2, "submissions": 2 }]);
    let shown = stage.admin.get(&versions).await.body;
    assert_eq!(shown, json!([{ "task": "task", "newest": 2, "versions": counts }]));
    let board = stage.admin.get(&format!("/phases/{}/board", stage.phase)).await.body;
    assert_eq!(board["rows"][0]["team"]["name"], "cu");
    assert_eq!(board["rows"][0]["versions"], json!({ "task": 2 }));
    let path = format!("/phases/{}/rejudgings", stage.phase);
    let none = stage
        .admin
        .post(&path, json!({ "reason": "x", "newest": true, "choice": { "outdated": true } }))
        .await;
    assert_eq!(none.code(), (409, "nothing-to-rejudge"));
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn the_choice_narrows_by_team_verdict_and_time_and_never_takes_what_does_not_count(db: PgPool) {
    let stage = Stage::open(db).await;
    let (sen, sung) = (stage.server.entrant("sen").await, stage.server.entrant("sung").await);
    let good = stage.scored(&sen, 0.5).await;
    let bad = hand_in(&sen, &stage.phase).await;
    let lease = stage.worker.claim().await;
    stage.worker.fail(&lease, Verdict::RuntimeError, vec![]).await;
    let other = stage.scored(&sung, 0.4).await;
    let out = stage.scored(&sung, 0.3).await;
    stage.admin.post(&format!("/submissions/{out}/disqualify"), json!({ "reason": "vì" })).await;
    let waits = hand_in(&sung, &stage.phase).await;
    let path = format!("/phases/{}/rejudgings", stage.phase);
    let chosen = async |choice: Value| {
        let made = stage.admin.post(&path, json!({ "reason": "vì", "choice": choice })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
        let id = made.text("id");
        let set: Vec<uuid::Uuid> = sqlx::query_scalar(
            "SELECT submission_id FROM rejudging_submissions WHERE rejudging_id = $1::uuid ORDER BY 1",
        )
        .bind(&id)
        .fetch_all(&stage.server.db)
        .await
        .unwrap();
        stage.act(&id, "drop").await;
        set.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let mut all = vec![good.clone(), bad.clone(), other.clone()];
    all.sort();
    assert_eq!(chosen(json!({})).await, all);
    assert_eq!(chosen(json!({ "team": team_of(&sung).await })).await, [other.as_str()]);
    assert_eq!(chosen(json!({ "verdicts": ["runtime_error"] })).await, [bad.as_str()]);
    let accepted = sen.get(&format!("/submissions/{bad}")).await.body["accepted_at"].clone();
    assert_eq!(chosen(json!({ "until": accepted })).await, [good.as_str()]);
    let named =
        stage.admin.post(&path, json!({ "reason": "vì", "choice": { "submissions": [good, waits, out] } }));
    let refused = named.await;
    assert_eq!(refused.code(), (422, "not-rejudgeable"));
    assert_eq!(refused.body["submissions"], json!([waits, out]));
    let typo = stage.admin.post(&path, json!({ "reason": "vì", "choice": { "teams": [] } })).await;
    assert_eq!(typo.code(), (422, "wrong-fields"), "a misspelt condition must not choose everything");
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn rejudging_waits_for_what_is_fresh_and_takes_turns_among_teams(db: PgPool) {
    let stage = Stage::open(db).await;
    let (many, one) = (stage.server.entrant("nhieu").await, stage.server.entrant("mot").await);
    for _ in 0..4 {
        stage.scored(&many, 0.5).await;
    }
    let only = stage.scored(&one, 0.5).await;
    let rejudging = stage.rejudge(json!({ "reason": "vì" })).await;
    let fresh = hand_in(&many, &stage.phase).await;
    let mut order = Vec::new();
    for _ in 0..6 {
        let lease = stage.worker.claim().await;
        order.push(submission_of(&stage.server, &lease).await);
        stage.worker.score(&lease, 0.5, 0.5).await;
    }
    assert_eq!(order[0], fresh);
    assert!(order[1..3].contains(&only), "a team with one comes in the first round: {order:?}");
    assert_eq!(stage.difference(&rejudging).await["counts"]["unchanged"], 5);
    assert_eq!(stage.act(&rejudging, "apply").await, applied());
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_restart_in_the_middle_of_a_rejudging_loses_nothing(db: PgPool) {
    let stage = Stage::open(db).await;
    let person = stage.server.entrant("sen").await;
    stage.scored(&person, 0.5).await;
    stage.scored(&person, 0.4).await;
    let rejudging = stage.rejudge(json!({ "reason": "vì" })).await;
    stage.score_next(0.8).await;
    let held = stage.worker.claim().await;
    let server = stage.server.restart().await;
    let stage = Stage {
        admin: stage.admin.at(&server),
        worker: stage.worker.at(&server),
        phase: stage.phase,
        server,
    };
    assert_eq!(stage.state(&rejudging).await, "judging");
    assert_eq!(stage.worker.score(&held, 0.9, 0.9).await, StatusCode::NO_CONTENT);
    assert_eq!(stage.act(&rejudging, "apply").await, applied());
    assert_eq!(stage.rows().await, [row(1, "sen", 0.9)]);
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_team_disqualified_meanwhile_stays_off_the_board_when_the_rejudging_is_applied(db: PgPool) {
    let stage = Stage::open(db).await;
    let (sen, sung) = (stage.server.entrant("sen").await, stage.server.entrant("sung").await);
    stage.scored(&sen, 0.5).await;
    stage.scored(&sung, 0.6).await;
    let rejudging = stage.rejudge(json!({ "reason": "vì" })).await;
    let because = json!({ "reason": "vì" });
    stage.admin.post(&format!("/teams/{}/disqualify", team_of(&sen).await), because.clone()).await;
    stage.score_next(0.9).await;
    assert_eq!(stage.worker.try_claim(0).await.0, StatusCode::NO_CONTENT, "the other one was cancelled");
    assert_eq!(stage.act(&rejudging, "apply").await, applied());
    assert_eq!(stage.rows().await, [row(1, "sung", 0.9)]);
    stage.admin.post(&format!("/teams/{}/reinstate", team_of(&sen).await), because).await;
    assert_eq!(stage.rows().await, [row(1, "sung", 0.9), row(2, "sen", 0.5)], "its earlier score counts on");
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn rejudgings_are_for_organizers(db: PgPool) {
    let stage = Stage::open(db).await;
    let person = stage.server.entrant("sen").await;
    stage.scored(&person, 0.5).await;
    let rejudging = stage.rejudge(json!({ "reason": "vì" })).await;
    let phase = &stage.phase;
    for path in [format!("/phases/{phase}/rejudgings"), format!("/phases/{phase}/versions")] {
        assert_eq!(person.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(stage.server.browser().get(&path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(stage.admin.get(&path).await.status, StatusCode::OK, "{path}");
    }
    for path in [format!("/rejudgings/{rejudging}"), format!("/rejudgings/{rejudging}/difference")] {
        assert_eq!(person.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for act in ["apply", "drop"] {
        let answer = person.post(&format!("/rejudgings/{rejudging}/{act}"), json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    let listed = stage.admin.get(&format!("/phases/{phase}/rejudgings")).await.body;
    assert_eq!(listed["items"][0]["id"], json!(rejudging));
    let unknown = format!("/phases/{}/rejudgings", uuid::Uuid::nil());
    let answer = stage.admin.post(&unknown, json!({ "reason": "vì" })).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
