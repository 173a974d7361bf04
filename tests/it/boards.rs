//! Boards: who sees what and when, how teams rank, and that no way of writing or reading gets it wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{io::Read, sync::Arc};

use dautri::kernel::ids::PhaseId;
use judge_core::protocol::{Outcome, Scores};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::harness::{Browser, Contest, FakeWorker, Server};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";

struct Stage {
    server: Server,
    admin: Browser,
    worker: FakeWorker,
    phase: String,
    contest: Contest,
}

impl Stage {
    async fn open(db: PgPool, contest: Contest) -> Self {
        let server = Server::start(db).await;
        let admin = server.admin().await;
        let phase = contest.import(&admin).await;
        let worker = FakeWorker::enrol(&server).await;
        Self { server, admin, worker, phase, contest }
    }

    /// Imports the contest again with a value of its phase changed.
    async fn change(&mut self, key: &str, value: Value) {
        self.contest = self.contest.clone().phase(key, value);
        self.contest.import(&self.admin).await;
    }

    async fn team(&self, name: &str, division: &str) -> Browser {
        let person = self.server.person(name).await;
        let team =
            person.post("/competitions/thi/teams", json!({ "name": name, "division": division })).await;
        assert_eq!(team.status, StatusCode::CREATED, "{:?}", team.body);
        person
    }

    /// Hands in and is judged at once.
    async fn score(&self, person: &Browser, public: &[f64], private: &[f64]) {
        hand_in(person, &self.phase).await;
        let lease = self.worker.claim().await;
        let outcome = scored(public, private);
        assert_eq!(self.worker.report(&lease, &outcome).await, StatusCode::NO_CONTENT);
    }

    async fn board(&self, reader: &Browser, query: &str) -> Value {
        let answer = reader.get(&format!("/phases/{}/board{query}", self.phase)).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        answer.body
    }

    /// Rank, team and first value of the public's board.
    async fn rows(&self, query: &str) -> Vec<(i64, String, f64)> {
        rows(&self.board(&self.server.browser(), query).await)
    }
}

/// Values of `accuracy` and, where given, of `f1_macro`.
fn scored(public: &[f64], private: &[f64]) -> Outcome {
    let named = |values: &[f64]| {
        ["accuracy", "f1_macro"].into_iter().map(str::to_owned).zip(values.iter().copied()).collect()
    };
    Outcome::Scored { scores: Scores { public: named(public), private: named(private) }, items: Vec::new() }
}

async fn hand_in(person: &Browser, phase: &str) -> String {
    let answer = person.hand_in(phase, "p.csv", CSV).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
    answer.text("id")
}

fn rows(board: &Value) -> Vec<(i64, String, f64)> {
    let row = |r: &Value| {
        let name = r["team"]["name"].as_str().unwrap().to_owned();
        (r["rank"].as_i64().unwrap(), name, r["values"]["accuracy"].as_f64().unwrap())
    };
    board["rows"].as_array().unwrap().iter().map(row).collect()
}

fn row(rank: i64, team: &str, value: f64) -> (i64, String, f64) {
    (rank, team.to_owned(), value)
}

/// The result contest with a second metric, and these tie-breakers.
fn two_columns(tie_breakers: &[&str]) -> Contest {
    let title = json!({ "vi": "cột", "en": "column" });
    let column = |metric: &str| json!({ "metric": metric, "title": title, "order": "desc" });
    let board = json!({ "columns": [column("accuracy"), column("f1_macro")], "tie_breakers": tie_breakers });
    Contest::result()
        .with(
            "/tracks/0/tasks/0/scorer/builtin/metrics",
            json!([{ "metric": "accuracy" }, { "metric": "f1_macro" }]),
        )
        .phase("board", board)
}

/// The database's time, as definitions write it.
async fn now(db: &PgPool) -> String {
    let now = r#"SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#;
    sqlx::query_scalar(now).fetch_one(db).await.unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn a_freeze_hides_later_scores_from_all_but_the_organizers(db: PgPool) {
    let mut stage = Stage::open(db, Contest::result()).await;
    let (early, late) = (stage.team("som", "a").await, stage.team("muon", "a").await);
    stage.score(&early, &[0.5], &[0.5]).await;
    let freeze = now(&stage.server.db).await;
    stage.change("board/freeze", json!(freeze)).await;
    stage.score(&early, &[0.9], &[0.9]).await;
    stage.score(&late, &[0.8], &[0.8]).await;

    for reader in [&stage.server.browser(), &early, &late] {
        let board = stage.board(reader, "").await;
        assert_eq!(rows(&board), [row(1, "som", 0.5)]);
        assert_eq!(board["frozen_at"], json!(freeze));
        assert_eq!(board["rows"][0]["entries"], 1);
    }
    let board = stage.board(&stage.admin, "").await;
    assert_eq!(rows(&board), [row(1, "som", 0.9), row(2, "muon", 0.8)]);
    assert_eq!(board["frozen_at"], Value::Null);

    stage.change("board/freeze", Value::Null).await;
    assert_eq!(stage.rows("").await, [row(1, "som", 0.9), row(2, "muon", 0.8)]);
    assert_eq!(stage.server.leaderboard.verify().await.unwrap(), []);
}

#[sqlx::test(migrations = "./migrations")]
async fn the_private_board_opens_when_the_phase_is_over(db: PgPool) {
    let mut stage = Stage::open(db, Contest::result()).await;
    let person = stage.team("sen", "a").await;
    stage.score(&person, &[0.9], &[0.3]).await;
    let path = format!("/phases/{}/board?split=private", stage.phase);
    for reader in [&stage.server.browser(), &person] {
        assert_eq!(reader.get(&path).await.code(), (403, "private-board-hidden"));
    }
    assert_eq!(rows(&stage.board(&stage.admin, "?split=private").await), [row(1, "sen", 0.3)]);
    let submissions = format!("/phases/{}/submissions", stage.phase);
    assert!(!person.get(&submissions).await.body.to_string().contains("private"));

    let end = now(&stage.server.db).await;
    stage.change("ends", json!(end)).await;
    assert_eq!(stage.rows("?split=private").await, [row(1, "sen", 0.3)]);
    let own = person.get(&submissions).await.body;
    assert_eq!(own["items"][0]["scores"]["private"]["accuracy"], 0.3);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_private_board_for_organizers_stays_theirs_after_the_end_and_one_for_all_is_open_at_once(
    db: PgPool,
) {
    let mut stage = Stage::open(db, Contest::result()).await;
    let person = stage.team("sen", "a").await;
    stage.score(&person, &[0.9], &[0.3]).await;
    stage.change("board/private", json!("always")).await;
    assert_eq!(stage.rows("?split=private").await, [row(1, "sen", 0.3)]);
    stage.change("board/private", json!("organizers")).await;
    let end = now(&stage.server.db).await;
    stage.change("ends", json!(end)).await;
    let path = format!("/phases/{}/board?split=private", stage.phase);
    assert_eq!(person.get(&path).await.code(), (403, "private-board-hidden"));
    assert_eq!(stage.admin.get(&path).await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "./migrations")]
async fn the_best_counts_until_the_organizers_say_the_last(db: PgPool) {
    let mut stage = Stage::open(db, Contest::result().phase("board/private", json!("always"))).await;
    let person = stage.team("sen", "a").await;
    stage.score(&person, &[0.9], &[0.1]).await;
    stage.score(&person, &[0.4], &[0.8]).await;
    assert_eq!(stage.rows("").await, [row(1, "sen", 0.9)]);
    let private = stage.rows("?split=private").await;
    assert_eq!(private, [row(1, "sen", 0.1)], "chosen on the public score");
    stage.change("board/counts", json!("last")).await;
    assert_eq!(stage.rows("").await, [row(1, "sen", 0.4)]);
    assert_eq!(stage.rows("?split=private").await, [row(1, "sen", 0.8)]);
    assert_eq!(stage.server.leaderboard.verify().await.unwrap(), []);
}

#[sqlx::test(migrations = "./migrations")]
async fn equal_scores_share_a_rank_and_the_next_one_is_skipped(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    for (name, score) in [("dd", 0.7), ("cc", 0.800_01), ("bb", 0.8), ("aa", 0.9)] {
        let person = stage.team(name, "a").await;
        stage.score(&person, &[score], &[score]).await;
    }
    let expected = [row(1, "aa", 0.9), row(2, "bb", 0.8), row(2, "cc", 0.8), row(4, "dd", 0.7)];
    assert_eq!(stage.rows("").await, expected, "what looks equal is equal");
}

#[sqlx::test(migrations = "./migrations")]
async fn tie_breakers_decide_in_their_order(db: PgPool) {
    let mut stage = Stage::open(db, two_columns(&[])).await;
    let teams = [stage.team("aa", "a").await, stage.team("bb", "a").await, stage.team("cc", "a").await];
    stage.score(&teams[2], &[0.1, 0.1], &[0.1]).await;
    stage.score(&teams[2], &[0.5, 0.7], &[0.5]).await;
    stage.score(&teams[1], &[0.5, 0.7], &[0.5]).await;
    stage.score(&teams[0], &[0.5, 0.2], &[0.5]).await;
    let ranks = |rows: Vec<(i64, String, f64)>| -> Vec<String> {
        rows.into_iter().map(|(rank, team, _)| format!("{rank}{}", &team[1..])).collect()
    };
    assert_eq!(ranks(stage.rows("").await), ["1a", "1b", "1c"]);
    for (breakers, expected) in [
        (&["f1_macro"][..], ["1b", "1c", "3a"]),
        (&["earliest"], ["1c", "2b", "3a"]),
        (&["fewest_entries"], ["1a", "1b", "3c"]),
        (&["f1_macro", "fewest_entries"], ["1b", "2c", "3a"]),
        (&["fewest_entries", "earliest"], ["1b", "2a", "3c"]),
    ] {
        stage.change("board/tie_breakers", json!(breakers)).await;
        assert_eq!(ranks(stage.rows("").await), expected, "{breakers:?}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_division_is_ranked_among_itself(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    for (name, division, score) in [("a1", "a", 0.9), ("b1", "b", 0.8), ("a2", "a", 0.7), ("b2", "b", 0.6)] {
        let person = stage.team(name, division).await;
        stage.score(&person, &[score], &[score]).await;
    }
    assert_eq!(stage.rows("?division=b").await, [row(1, "b1", 0.8), row(2, "b2", 0.6)]);
    assert_eq!(stage.rows("?division=a").await, [row(1, "a1", 0.9), row(2, "a2", 0.7)]);
    assert_eq!(stage.rows("").await.len(), 4);
}

#[sqlx::test(migrations = "./migrations")]
async fn several_tasks_count_together_once_all_are_judged(db: PgPool) {
    let contest = Contest::result()
        .with("/tracks/0/tasks", json!([task("task"), task("second")]))
        .phase("tasks", json!(["task", "second"]));
    let mut stage = Stage::open(db, contest).await;
    let person = stage.team("sen", "a").await;
    hand_in(&person, &stage.phase).await;
    let leases = [stage.worker.claim().await, stage.worker.claim().await];
    stage.worker.score(&leases[0], 0.5, 0.5).await;
    assert_eq!(stage.rows("").await, [], "half of an entry is none");
    stage.worker.score(&leases[1], 1.0, 1.0).await;
    assert_eq!(stage.rows("").await, [row(1, "sen", 0.75)]);
    stage.change("board/over_tasks", json!("sum")).await;
    assert_eq!(stage.rows("").await, [row(1, "sen", 1.5)]);
    assert_eq!(stage.server.leaderboard.verify().await.unwrap(), []);
}

/// A task like the one of the result contest.
fn task(slug: &str) -> Value {
    json!({
        "slug": slug, "title": { "vi": "đề", "en": "task" }, "truth": "truth",
        "scorer": { "builtin": {
            "predictions_file": "predictions.csv", "target_column": "label", "prediction_columns": ["label"],
            "split_column": "split", "metrics": [{ "metric": "accuracy" }],
        } },
    })
}

/// The `n`th order of `0..count`, by the factorial number system.
fn permutation(mut n: usize, count: usize) -> Vec<usize> {
    let mut left: Vec<usize> = (0..count).collect();
    let mut order = Vec::new();
    for size in (1..=count).rev() {
        order.push(left.remove(n % size));
        n /= size;
    }
    order
}

#[test]
fn permutations_are_all_different() {
    let all: std::collections::BTreeSet<_> = (0..24).map(|n| permutation(n, 4)).collect();
    assert_eq!(all.len(), 24);
}

#[sqlx::test(migrations = "./migrations")]
async fn the_order_in_which_results_arrive_changes_nothing(db: PgPool) {
    const ORDERS: [usize; 6] = [0, 719, 100, 333, 512, 601];
    let template = two_columns(&["f1_macro", "fewest_entries"]);
    let mut stage = Stage::open(db, template.clone()).await;
    let phases: Vec<Value> = (0..ORDERS.len()).map(|n| phase_named(&format!("p{n}"))).collect();
    template.with("/tracks/0/phases", json!(phases)).import(&stage.admin).await;
    let shown = stage.admin.get("/competitions/thi").await.body;
    let phases = shown["tracks"][0]["phases"].as_array().unwrap().clone();
    let teams = [stage.team("aa", "a").await, stage.team("bb", "a").await, stage.team("cc", "b").await];
    // Ties, equal entries of one team, and a later one that is worse.
    let scores = [[0.5, 0.1], [0.5, 0.2], [0.5, 0.2], [0.4, 0.9], [0.5, 0.2], [0.5, 0.2]];

    let mut boards = Vec::new();
    for (phase, order) in phases.iter().zip(ORDERS) {
        stage.phase = phase["id"].as_str().unwrap().to_owned();
        let mut entries = std::collections::BTreeMap::new();
        for (index, score) in scores.iter().enumerate() {
            entries.insert(hand_in(&teams[index % 3], &stage.phase).await, *score);
        }
        let mut leases = Vec::new();
        for _ in &scores {
            let lease = stage.worker.claim().await;
            leases.push((submission_of(&stage.server.db, &lease).await, lease));
        }
        leases.sort_by(|a, b| a.0.cmp(&b.0));
        for index in permutation(order, scores.len()) {
            let (submission, lease) = &leases[index];
            let score = entries[submission];
            stage.worker.report(lease, &scored(&score, &score)).await;
        }
        boards.push(stage.rows("").await);
    }
    assert_eq!(boards[0].iter().map(|r| r.0).collect::<Vec<_>>(), [1, 1, 3], "{:?}", boards[0]);
    assert!(boards.iter().all(|board| *board == boards[0]), "{boards:?}");
    assert_eq!(stage.server.leaderboard.verify().await.unwrap(), []);
}

fn phase_named(slug: &str) -> Value {
    let title = json!({ "vi": "cột", "en": "column" });
    let column = |metric: &str| json!({ "metric": metric, "title": title, "order": "desc" });
    json!({
        "slug": slug, "title": title, "starts": "2020-01-01T00:00:00+07:00", "ends": "2100-01-01T00:00:00+07:00",
        "tasks": ["task"],
        "board": {
            "columns": [column("accuracy"), column("f1_macro")], "tie_breakers": ["f1_macro", "fewest_entries"],
        },
    })
}

async fn submission_of(db: &PgPool, lease: &Value) -> String {
    let id: uuid::Uuid = lease["evaluation"].as_str().unwrap().parse().unwrap();
    let found: uuid::Uuid = sqlx::query_scalar("SELECT submission_id FROM evaluations WHERE id = $1")
        .bind(id)
        .fetch_one(db)
        .await
        .unwrap();
    found.to_string()
}

#[sqlx::test(migrations = "./migrations")]
async fn a_tampered_standing_is_found_and_mended(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let (first, second) = (stage.team("aa", "a").await, stage.team("bb", "a").await);
    stage.score(&first, &[0.9], &[0.9]).await;
    stage.score(&second, &[0.5], &[0.5]).await;
    let phase: PhaseId = stage.phase.parse().unwrap();
    for tampering in [
        "UPDATE standings SET ranking_key = '{1}' WHERE split = 'public' AND view = 'live' AND ranking_key = '{0.5}'",
        "UPDATE standings SET shown = '{\"accuracy\": 1.0}' WHERE split = 'public' AND view = 'live' AND ranking_key = '{0.5}'",
        "DELETE FROM standings WHERE split = 'public' AND view = 'live' AND ranking_key = '{0.5}'",
    ] {
        let done = sqlx::query(sqlx::AssertSqlSafe(tampering)).execute(&stage.server.db).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{tampering}");
        let found = stage.server.leaderboard.verify().await.unwrap();
        assert_eq!(found.len(), 1, "{tampering}: {found:?}");
        assert_eq!(
            (found[0].phase, found[0].split.as_str(), found[0].view.as_str()),
            (phase, "public", "live")
        );
        stage.server.leaderboard.recompute_phase(phase).await.unwrap();
        assert_eq!(stage.server.leaderboard.verify().await.unwrap(), []);
        assert_eq!(stage.rows("").await, [row(1, "aa", 0.9), row(2, "bb", 0.5)], "{tampering}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn the_first_read_after_a_commit_shows_the_result_a_hundred_times(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let person = stage.team("sen", "a").await;
    for _ in 0..100 {
        hand_in(&person, &stage.phase).await;
    }
    // Others read all the time, so that a stale board would be kept if it ever could.
    let stop = CancellationToken::new();
    let path = Arc::new(format!("/phases/{}/board", stage.phase));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (nobody, path, stop) = (stage.server.browser(), Arc::clone(&path), stop.clone());
            tokio::spawn(async move {
                let mut reads = 0;
                while !stop.is_cancelled() {
                    assert_eq!(nobody.get(&path).await.status, StatusCode::OK);
                    reads += 1;
                }
                reads
            })
        })
        .collect();
    for n in 1..=100_u32 {
        let lease = stage.worker.claim().await;
        let score = f64::from(n) / 1000.0;
        assert_eq!(stage.worker.score(&lease, score, score).await, StatusCode::NO_CONTENT);
        assert_eq!(stage.rows("").await, [row(1, "sen", score)]);
    }
    stop.cancel();
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_board_read_while_its_columns_change_is_not_kept(db: PgPool) {
    let mut stage = Stage::open(db, Contest::result()).await;
    let person = stage.team("sen", "a").await;
    stage.score(&person, &[0.5], &[0.5]).await;
    let stop = CancellationToken::new();
    let path = Arc::new(format!("/phases/{}/board", stage.phase));
    // Organizers share the live board with everybody, and are asked for in the database between two looks.
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (admin, path, stop) = (stage.admin.clone(), Arc::clone(&path), stop.clone());
            tokio::spawn(async move {
                while !stop.is_cancelled() {
                    assert_eq!(admin.get(&path).await.status, StatusCode::OK);
                }
            })
        })
        .collect();
    for n in 1..=20 {
        let title = json!({ "vi": format!("cột {n}"), "en": format!("column {n}") });
        let column = json!([{ "metric": "accuracy", "title": title, "order": "desc" }]);
        stage.change("board/columns", column).await;
        let board = stage.board(&stage.server.browser(), "").await;
        assert_eq!(board["columns"][0]["title"], title);
    }
    stop.cancel();
    for reader in readers {
        reader.await.unwrap();
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn an_unchanged_board_is_not_sent_again_and_a_changed_one_is(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let person = stage.team("sen", "a").await;
    stage.score(&person, &[0.5], &[0.5]).await;
    let nobody = stage.server.browser();
    let path = format!("/phases/{}/board", stage.phase);
    let first = nobody.get(&path).await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let same = nobody.with("if-none-match", &tag).get(&path).await;
    assert_eq!((same.status, &same.body), (StatusCode::NOT_MODIFIED, &Value::Null));
    assert_eq!(same.headers["etag"], tag.as_str());
    stage.score(&person, &[0.6], &[0.6]).await;
    let changed = nobody.with("if-none-match", &tag).get(&path).await;
    assert_eq!((changed.status, rows(&changed.body)), (StatusCode::OK, vec![row(1, "sen", 0.6)]));
    assert_ne!(changed.headers["etag"], tag.as_str());
}

#[sqlx::test(migrations = "./migrations")]
async fn a_packed_board_holds_the_same_as_a_plain_one(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let person = stage.team("sen", "a").await;
    stage.score(&person, &[0.5], &[0.5]).await;
    let nobody = stage.server.browser();
    let path = format!("/phases/{}/board", stage.phase);
    let plain = nobody.request(Method::GET, &path).send().await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    let plain = plain.bytes().await.unwrap();
    let packed =
        nobody.request(Method::GET, &path).header("accept-encoding", "br, gzip").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.headers()["vary"].to_str().unwrap().contains("accept-encoding"));
    let packed = packed.bytes().await.unwrap();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_organizer_of_another_competition_is_a_stranger_here(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let other = stage.server.person_with("khach", &[dautri::accounts::Role::Organizer]).await;
    let path = format!("/phases/{}/board?split=private", stage.phase);
    assert_eq!(other.get(&path).await.code(), (403, "private-board-hidden"));
}

#[sqlx::test(migrations = "./migrations")]
async fn unknown_boards_are_refused_with_a_reason(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let nobody = stage.server.browser();
    let id = &stage.phase;
    for (path, refusal) in [
        (format!("/phases/{}/board", uuid::Uuid::nil()), (404, "not-found")),
        ("/phases/khong/board".to_owned(), (404, "not-found")),
        (format!("/phases/{id}/board?division=z"), (404, "unknown-division")),
        (format!("/phases/{id}/board?division=a%00"), (404, "unknown-division")),
        (format!("/phases/{id}/board?split=secret"), (400, "wrong-query")),
    ] {
        assert_eq!(nobody.get(&path).await.code(), refusal, "{path}");
    }
}
