//! Two teams become one: members, submissions, attempts and standings, and no way to gain by it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    harness::{Answer, Browser, Contest, FakeWorker, Server},
    people::until_waiting,
};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";
const FUTURE: &str = "2100-01-01T00:00:00+07:00";

struct Stage {
    server: Server,
    admin: Browser,
    worker: FakeWorker,
    phase: String,
}

/// A person who leads a team of their own.
struct Leader {
    browser: Browser,
    team: String,
}

impl Stage {
    /// Teams of at most three that may merge, with these limits of attempts.
    async fn open(db: PgPool, attempts: Value) -> Self {
        let server = Server::start(db).await;
        let admin = server.admin().await;
        let phase = contest(attempts, json!(FUTURE)).import(&admin).await;
        let worker = FakeWorker::enrol(&server).await;
        Self { server, admin, worker, phase }
    }

    async fn leader(&self, name: &str, division: &str) -> Leader {
        let browser = self.server.person(name).await;
        let body = json!({ "name": format!("Đội {name}"), "division": division });
        let made = browser.post("/competitions/thi/teams", body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        Leader { browser, team: made.text("id") }
    }

    async fn joined(&self, leader: &Leader, name: &str) -> Browser {
        let person = self.server.person(name).await;
        let code =
            leader.browser.post(&format!("/teams/{}/invitations", leader.team), json!({})).await.text("code");
        let joined = person.post(&format!("/invitations/{code}"), json!({})).await;
        assert_eq!(joined.status, StatusCode::OK, "{}", joined.body);
        person
    }

    async fn hand_in(&self, person: &Browser) -> Answer {
        person.hand_in(&self.phase, "p.csv", CSV).await
    }

    /// Hands in and is scored at once.
    async fn score(&self, person: &Browser, public: f64) {
        assert_eq!(self.hand_in(person).await.status, StatusCode::CREATED);
        let lease = self.worker.claim().await;
        assert_eq!(self.worker.score(&lease, public, public).await, StatusCode::NO_CONTENT);
    }

    /// The board: name, first value and entries of each row.
    async fn board(&self) -> Vec<(String, f64, i64)> {
        let board = self.server.browser().get(&format!("/phases/{}/board", self.phase)).await.body;
        let row = |row: &Value| {
            let value = row["values"].as_object().unwrap().values().next().unwrap().as_f64().unwrap();
            (row["team"]["name"].as_str().unwrap().to_owned(), value, row["entries"].as_i64().unwrap())
        };
        board["rows"].as_array().unwrap().iter().map(row).collect()
    }

    async fn used(&self, person: &Browser) -> (i64, i64) {
        let attempts = person.get(&format!("/phases/{}/attempts", self.phase)).await.body;
        (attempts["used_today"].as_i64().unwrap(), attempts["used_total"].as_i64().unwrap())
    }

    /// That tables say what follows from the submissions.
    async fn is_consistent(&self) {
        let wrong: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM attempts a WHERE used_total <> (
                 SELECT count(*) FROM submissions s
                 WHERE s.phase_id = a.phase_id AND s.team_id = a.team_id AND s.charged)
             OR used_today <> (
                 SELECT count(*) FROM submissions s
                 WHERE s.phase_id = a.phase_id AND s.team_id = a.team_id AND s.charged AND s.charged_day = a.day)",
        )
        .fetch_one(&self.server.db)
        .await
        .unwrap();
        assert_eq!(wrong, 0, "attempts differ from what was charged");
        assert_eq!(self.server.leaderboard.verify().await.unwrap(), []);
        let stray: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id
             JOIN submissions s ON s.id = e.submission_id WHERE s.team_id <> j.team_id",
        )
        .fetch_one(&self.server.db)
        .await
        .unwrap();
        assert_eq!(stray, 0, "jobs that are not their submission's team's");
    }
}

#[expect(clippy::needless_pass_by_value, reason = "reads as a literal")]
fn contest(attempts: Value, merge_until: Value) -> Contest {
    Contest::result()
        .with("/teams", json!({ "max_members": 3, "merge_until": merge_until }))
        .phase("attempts", attempts)
}

impl Leader {
    async fn ask(&self, other: &Leader) -> Answer {
        self.browser.post(&format!("/teams/{}/merges", self.team), json!({ "into": other.team })).await
    }

    async fn accept(&self, merge: &str) -> Answer {
        self.browser.post(&format!("/merges/{merge}"), json!({})).await
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn the_one_team_has_members_submissions_attempts_and_rank_of_both(db: PgPool) {
    let stage = Stage::open(db, json!({ "per_day": 3, "total": 3 })).await;
    let (lan, minh) = (stage.leader("lan", "a").await, stage.leader("minh", "a").await);
    let mai = stage.joined(&lan, "mai").await;
    stage.score(&lan.browser, 0.9).await;
    stage.score(&minh.browser, 0.4).await;
    let waiting = stage.hand_in(&mai).await.text("id");

    let asked = lan.ask(&minh).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.body);
    let merge = asked.text("id");
    assert_eq!(lan.ask(&minh).await.code(), (409, "merge-asked"));
    assert_eq!(minh.browser.get(&format!("/teams/{}/merges", minh.team)).await.body["items"][0]["id"], merge);
    assert_eq!(lan.accept(&merge).await.code(), (403, "leader-only"), "who asks does not accept");
    let other = stage.leader("sen", "a").await;
    assert_eq!(other.accept(&merge).await.code(), (404, "not-found"));
    assert_eq!(other.browser.delete(&format!("/merges/{merge}")).await.code(), (404, "not-found"));
    let merged = minh.accept(&merge).await;
    assert_eq!(merged.status, StatusCode::OK, "{}", merged.body);
    let members: Vec<_> = merged.body["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["name"].as_str().unwrap(), m["is_leader"].as_bool().unwrap()))
        .collect();
    assert_eq!(members, [("lan", false), ("minh", true), ("mai", false)]);
    assert_eq!((merged.text("id"), merged.text("name")), (minh.team.clone(), "Đội minh".to_owned()));

    let lease = stage.worker.claim().await;
    assert_eq!(stage.worker.score(&lease, 0.5, 0.5).await, StatusCode::NO_CONTENT);
    assert_eq!(stage.board().await, [("Đội minh".to_owned(), 0.9, 3)]);
    assert_eq!(stage.used(&mai).await, (3, 3));
    assert_eq!(stage.hand_in(&lan.browser).await.code(), (409, "attempts-spent"));
    assert_eq!(minh.browser.get(&format!("/submissions/{waiting}")).await.status, StatusCode::OK);
    let gone = stage.server.browser().get(&format!("/teams/{}", lan.team)).await.body;
    assert_eq!(gone["merged_into"], minh.team, "who knows the old address is led on");
    assert_eq!(minh.accept(&merge).await.code(), (404, "not-found"), "twice changes nothing");
    stage.is_consistent().await;
    let told: Vec<String> = sqlx::query_scalar("SELECT notice ->> 'kind' FROM notifications ORDER BY 1")
        .fetch_all(&stage.server.db)
        .await
        .unwrap();
    let merged = told.iter().filter(|kind| *kind == "teams_merged").count();
    assert_eq!((merged, told.contains(&"team_merge_asked".to_owned())), (3, true));
}

#[sqlx::test(migrations = "./migrations")]
async fn teams_that_used_more_than_one_team_has_do_not_merge(db: PgPool) {
    let stage = Stage::open(db, json!({ "total": 3 })).await;
    let (lan, minh) = (stage.leader("lan", "a").await, stage.leader("minh", "a").await);
    for person in [&lan.browser, &lan.browser, &minh.browser] {
        stage.score(person, 0.5).await;
    }
    let merge = lan.ask(&minh).await.text("id");
    stage.score(&minh.browser, 0.5).await;
    let refused = minh.accept(&merge).await;
    assert_eq!(refused.code(), (409, "merge-attempts"));
    assert_eq!((&refused.body["used"], &refused.body["limit"]), (&json!(4), &json!(3)));
    assert_eq!(stage.used(&lan.browser).await.1, 2, "nothing was changed half-way");
    assert_eq!(stage.board().await.len(), 2);
    assert_eq!(minh.ask(&lan).await.code(), (409, "merge-attempts"));

    // Of one day only: yesterday two, today two, with a limit of three a day.
    contest(json!({ "per_day": 3 }), json!(FUTURE)).import(&stage.admin).await;
    sqlx::query("UPDATE submissions SET charged_day = charged_day - 1 WHERE team_id = $1::uuid")
        .bind(&lan.team)
        .execute(&stage.server.db)
        .await
        .unwrap();
    sqlx::query("UPDATE attempts SET day = day - 1 WHERE team_id = $1::uuid")
        .bind(&lan.team)
        .execute(&stage.server.db)
        .await
        .unwrap();
    assert_eq!(minh.accept(&merge).await.status, StatusCode::OK);
    assert_eq!(stage.used(&lan.browser).await, (2, 4), "yesterday's attempts are not today's");
    stage.is_consistent().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn merges_end_with_their_date_and_never_cross_divisions_or_sizes(db: PgPool) {
    let stage = Stage::open(db, json!({})).await;
    let (lan, minh, sen) =
        (stage.leader("lan", "a").await, stage.leader("minh", "a").await, stage.leader("sen", "b").await);
    assert_eq!(lan.ask(&sen).await.code(), (409, "other-division"));
    let merge = lan.ask(&minh).await.text("id");
    contest(json!({}), json!("2020-01-01T00:00:00+07:00")).import(&stage.admin).await;
    assert_eq!(minh.accept(&merge).await.code(), (409, "merging-over"));
    contest(json!({}), json!(FUTURE)).import(&stage.admin).await;
    for name in ["an", "binh"] {
        stage.joined(&lan, name).await;
    }
    let full = minh.accept(&merge).await;
    assert_eq!((full.code(), &full.body["members"]), ((409, "team-full"), &json!(4)));
    assert_eq!(minh.browser.delete(&format!("/merges/{merge}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(minh.accept(&merge).await.code(), (404, "not-found"), "it was declined");
    let stranger = stage.server.person("la").await;
    let path = format!("/teams/{}/merges", lan.team);
    assert_eq!(stranger.get(&path).await.code(), (404, "not-found"));
    assert_eq!(stranger.post(&path, json!({ "into": minh.team })).await.code(), (404, "not-found"));
    let own = lan.browser.post(&path, json!({ "into": lan.team })).await;
    assert_eq!(own.code(), (404, "not-found"), "not with itself");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_hand_in_at_the_same_time_falls_before_the_merge_or_after_it(db: PgPool) {
    let stage = Stage::open(db, json!({ "total": 4 })).await;
    let (lan, minh) = (stage.leader("lan", "a").await, stage.leader("minh", "a").await);
    stage.score(&lan.browser, 0.5).await;
    let merge = lan.ask(&minh).await.text("id");
    let mut uploads = Vec::new();
    for person in [&lan.browser, &minh.browser].into_iter().cycle().take(12) {
        uploads.push((person.clone(), person.upload("p.csv", Some(&stage.phase), CSV).await));
    }
    let path = format!("/phases/{}/submissions", stage.phase);
    let handing = uploads.iter().map(|(person, upload)| person.post(&path, json!({ "upload": upload })));
    let (merged, handed) = tokio::join!(minh.accept(&merge), futures::future::join_all(handing));
    for answer in &handed {
        assert!([201, 409].contains(&answer.status.as_u16()), "{}", answer.body);
    }
    let accepted = handed.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    match merged.code() {
        // All but what the one team has was refused.
        (200, _) => assert_eq!(stage.used(&lan.browser).await, (4, 4)),
        // Both had used more than one team has before the merge began.
        (409, "merge-attempts") => assert!(accepted > 3, "{accepted}"),
        other => panic!("{other:?}"),
    }
    stage.is_consistent().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_report_that_waits_for_a_merge_counts_for_the_one_team(db: PgPool) {
    let stage = Stage::open(db, json!({})).await;
    let (lan, minh) = (stage.leader("lan", "a").await, stage.leader("minh", "a").await);
    stage.score(&minh.browser, 0.2).await;
    assert_eq!(stage.hand_in(&lan.browser).await.status, StatusCode::CREATED);
    let lease = stage.worker.claim().await;
    let merge = lan.ask(&minh).await.text("id");
    // The merge stops at the attempts, when it has the job already; the report waits for the job.
    let mut held = stage.server.db.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM attempts FOR UPDATE").execute(&mut *held).await.unwrap();
    let (merged, reported, ()) = tokio::join!(
        minh.accept(&merge),
        async {
            until_waiting(&stage.server.db, 1).await;
            stage.worker.score(&lease, 0.8, 0.8).await
        },
        async {
            until_waiting(&stage.server.db, 2).await;
            held.rollback().await.unwrap();
        }
    );
    assert_eq!((merged.status, reported), (StatusCode::OK, StatusCode::NO_CONTENT));
    assert_eq!(stage.board().await, [("Đội minh".to_owned(), 0.8, 2)]);
    stage.is_consistent().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn of_merges_in_a_circle_one_stands(db: PgPool) {
    let stage = Stage::open(db, json!({})).await;
    let (lan, minh) = (stage.leader("lan", "a").await, stage.leader("minh", "a").await);
    let (there, back) = (lan.ask(&minh).await.text("id"), minh.ask(&lan).await.text("id"));
    let (a, b) = tokio::join!(minh.accept(&there), lan.accept(&back));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{} {}", a.body, b.body);
    assert_eq!(statuses[1], 404, "{} {}", a.body, b.body);
    let states: Vec<String> = sqlx::query_scalar("SELECT state FROM teams ORDER BY state")
        .fetch_all(&stage.server.db)
        .await
        .unwrap();
    assert_eq!(states, ["approved", "merged"]);
}

#[sqlx::test(migrations = "./migrations")]
async fn of_two_merges_into_one_team_at_once_only_those_stand_that_fit(db: PgPool) {
    let stage = Stage::open(db, json!({})).await;
    let (lan, minh, sen, an) = (
        stage.leader("lan", "a").await,
        stage.leader("minh", "a").await,
        stage.leader("sen", "a").await,
        stage.leader("an", "a").await,
    );
    stage.joined(&minh, "mai").await;
    let asked =
        [lan.ask(&minh).await.text("id"), sen.ask(&minh).await.text("id"), an.ask(&minh).await.text("id")];
    let answers = futures::future::join_all(asked.iter().map(|merge| minh.accept(merge))).await;
    let stood = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    let full = answers.iter().filter(|answer| answer.code() == (409, "team-full")).count();
    assert_eq!((stood, full), (1, 2), "{:?}", answers.iter().map(|a| a.body.to_string()).collect::<Vec<_>>());
    let members = minh.browser.get(&format!("/teams/{}", minh.team)).await.body;
    assert_eq!(members["members"].as_array().unwrap().len(), 3);
    stage.is_consistent().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_merge_that_breaks_off_half_way_changes_nothing(db: PgPool) {
    let stage = Stage::open(db, json!({ "total": 5 })).await;
    let (lan, minh) = (stage.leader("lan", "a").await, stage.leader("minh", "a").await);
    stage.score(&lan.browser, 0.9).await;
    stage.score(&minh.browser, 0.4).await;
    let merge = lan.ask(&minh).await.text("id");
    // The last thing that a merge does to tables fails.
    sqlx::raw_sql(
        "CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken off'; END $$;
         CREATE TRIGGER break_off BEFORE UPDATE ON teams FOR EACH ROW WHEN (NEW.state = 'merged')
         EXECUTE FUNCTION break_off();",
    )
    .execute(&stage.server.db)
    .await
    .unwrap();
    let board = stage.board().await;
    assert_eq!(minh.accept(&merge).await.code(), (500, "internal"));
    assert_eq!(stage.board().await, board);
    assert_eq!(stage.used(&lan.browser).await.1, 1);
    stage.is_consistent().await;
    sqlx::raw_sql("DROP TRIGGER break_off ON teams").execute(&stage.server.db).await.unwrap();
    assert_eq!(minh.accept(&merge).await.status, StatusCode::OK, "it can be accepted still");
    assert_eq!(stage.board().await, [("Đội minh".to_owned(), 0.9, 2)]);
    stage.is_consistent().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn who_left_the_team_that_is_gone_is_bound_to_the_one_team(db: PgPool) {
    let stage = Stage::open(db, json!({})).await;
    let (lan, minh) = (stage.leader("lan", "a").await, stage.leader("minh", "a").await);
    let mai = stage.joined(&lan, "mai").await;
    stage.score(&mai, 0.5).await;
    assert_eq!(mai.delete(&format!("/teams/{}/members/me", lan.team)).await.status, StatusCode::NO_CONTENT);
    let merge = lan.ask(&minh).await.text("id");
    assert_eq!(minh.accept(&merge).await.status, StatusCode::OK);
    let again = mai.post("/competitions/thi/teams", json!({ "name": "Mới", "division": "a" })).await;
    assert_eq!(again.code(), (409, "handed-in-elsewhere"));
    let code = minh.browser.post(&format!("/teams/{}/invitations", minh.team), json!({})).await.text("code");
    assert_eq!(mai.post(&format!("/invitations/{code}"), json!({})).await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "./migrations")]
async fn standings_follow_a_team_into_its_division_and_boards_its_name(db: PgPool) {
    let stage = Stage::open(db, json!({})).await;
    let lan = stage.leader("lan", "a").await;
    stage.score(&lan.browser, 0.9).await;
    let board = async |division: &str| {
        let path = format!("/phases/{}/board?division={division}", stage.phase);
        stage.server.browser().get(&path).await.body["rows"].as_array().unwrap().len()
    };
    assert_eq!((board("a").await, board("b").await), (1, 0));
    let moved = json!({ "division": "b", "reason": "Sai bảng" });
    let moved = stage.admin.put(&format!("/teams/{}/division", lan.team), moved).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.body);
    assert_eq!((board("a").await, board("b").await), (0, 1));
    lan.browser.put(&format!("/teams/{}/name", lan.team), json!({ "name": "Sao Hôm" })).await;
    assert_eq!(stage.board().await[0].0, "Sao Hôm");
    stage.is_consistent().await;
}
