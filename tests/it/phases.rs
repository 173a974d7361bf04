//! Running phases: limits, pauses, changed times, each with its record.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod advancement;
mod command;
mod picks;
mod visibility;

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    harness::{Answer, Browser, Contest, FakeWorker, Server},
    judging::assert_invariants,
};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";

struct Stage {
    server: Server,
    admin: Browser,
    worker: FakeWorker,
    phase: String,
}

impl Stage {
    async fn open(db: PgPool, contest: &Contest) -> Self {
        let server = Server::start(db).await;
        let admin = server.admin().await;
        let phase = contest.import(&admin).await;
        let worker = FakeWorker::enrol(&server).await;
        Self { server, admin, worker, phase }
    }

    async fn act(&self, who: &Browser, call: &str, body: Value) -> Answer {
        who.post(&format!("/phases/{}/{call}", self.phase), body).await
    }

    /// Hands in and is judged at once; the submission's id.
    async fn score(&self, who: &Browser, public: f64, private: f64) -> String {
        let answer = self.hand_in(who).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
        let lease = self.worker.claim().await;
        assert_eq!(self.worker.score(&lease, public, private).await, StatusCode::NO_CONTENT);
        answer.text("id")
    }

    /// Ends the phase now.
    async fn end(&self) {
        let end = now(&self.server.db).await;
        self.set(json!({ "ends_at": end })).await;
    }

    /// Ends the phase so long ago that nothing more of it can arrive.
    async fn end_long_ago(&self) {
        let end = now(&self.server.db).await - Duration::from_mins(2);
        self.set(json!({ "ends_at": end })).await;
    }

    /// Changes settings as an organizer, which must go well.
    async fn set(&self, mut wanted: Value) -> Value {
        wanted["reason"] = json!("thử");
        let answer = self.patch(&self.admin, wanted).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        answer.body
    }

    async fn patch(&self, who: &Browser, body: Value) -> Answer {
        who.answer(who.request(Method::PATCH, &format!("/phases/{}", self.phase)).json(&body)).await
    }

    async fn hand_in(&self, who: &Browser) -> Answer {
        who.hand_in(&self.phase, "p.csv", CSV).await
    }

    async fn get(&self, who: &Browser, what: &str) -> Value {
        let answer = who.get(&format!("/phases/{}/{what}", self.phase)).await;
        assert_eq!(answer.status, StatusCode::OK, "{what}: {:?}", answer.body);
        answer.body
    }

    /// Names and values of the board that everybody sees.
    async fn rows(&self) -> Vec<(String, f64)> {
        let board = self.get(&self.server.browser(), "board").await;
        let row = |r: &Value| {
            let name = r["team"]["name"].as_str().unwrap().to_owned();
            (name, r["values"]["accuracy"].as_f64().unwrap())
        };
        board["rows"].as_array().unwrap().iter().map(row).collect()
    }

    async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.server.db).await.unwrap()
    }
}

/// A phase of the track that `Contest` makes, beside its own.
fn phase_named(slug: &str) -> Value {
    let text = json!({ "vi": slug, "en": slug });
    json!({
        "slug": slug, "title": text, "starts": "2020-01-01T00:00:00+07:00", "ends": "2100-01-01T00:00:00+07:00",
        "tasks": ["task"], "board": { "columns": [{ "metric": "accuracy", "title": text, "order": "desc" }] },
    })
}

/// The database's time.
async fn now(db: &PgPool) -> chrono::DateTime<chrono::Utc> {
    sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(db).await.unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn a_changed_time_is_recorded_in_public_audited_and_told(db: PgPool) {
    let stage = Stage::open(db, &Contest::result()).await;
    let person = stage.server.entrant("sen").await;
    let nobody = stage.server.browser();
    let topic = format!("/events?topics=phase:{}", stage.phase);
    let mut stream = nobody.request(Method::GET, &topic).send().await.unwrap();

    let end = now(&stage.server.db).await + Duration::from_hours(5);
    let made = stage
        .patch(
            &stage.admin,
            json!({ "ends_at": end, "attempts_daily": 4, "reason": " Mất điện ở hội trường " }),
        )
        .await;
    assert_eq!(made.status, StatusCode::OK, "{:?}", made.body);
    let changes = stage.get(&nobody, "changes").await;
    let change = &changes["items"][0];
    assert_eq!((&change["kind"], &change["reason"]), (&json!("settings"), &json!("Mất điện ở hội trường")));
    assert_eq!(change["fields"][0]["field"], "ends_at");
    assert_eq!(change["fields"][0]["old"], "2099-12-31T17:00:00Z");
    assert_eq!(change["fields"][1], json!({ "field": "attempts_daily", "old": null, "new": 4 }));
    let shown = nobody.get("/competitions/thi").await.body;
    assert_eq!(shown["tracks"][0]["phases"][0]["attempts_daily"], 4);

    let audited = "SELECT count(*) FROM audit_acts WHERE verb = 'phase.changed' AND actor_id IS NOT NULL
                   AND competition_id IS NOT NULL AND reason = 'Mất điện ở hội trường' AND facts->'fields'->0->>'field' = 'ends_at'";
    assert_eq!(stage.count(audited).await, 1);
    let told: Value = sqlx::query_scalar("SELECT notice FROM notifications WHERE user_id = $1::uuid")
        .bind(uuid::Uuid::parse_str(&person.id).unwrap())
        .fetch_one(&stage.server.db)
        .await
        .unwrap();
    assert_eq!((&told["kind"], &told["phase"]), (&json!("phase_changed"), &json!(stage.phase)));
    assert!(told["what"]["vi"].as_str().unwrap().contains("lượt nộp mỗi ngày: 4"), "{told}");
    let seen = tokio::time::timeout(Duration::from_secs(5), async {
        let mut text = String::new();
        while !text.contains(change["id"].as_str().unwrap()) {
            text.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
        }
    });
    seen.await.expect("whoever follows the phase hears of the change");

    let quiet = json!({ "attempts_daily": 5, "notice": false, "reason": "thử" });
    assert_eq!(stage.patch(&stage.admin, quiet).await.status, StatusCode::OK);
    assert_eq!(stage.count("SELECT count(*) FROM notifications").await, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn only_its_organizers_change_a_phase_and_only_with_a_reason(db: PgPool) {
    let stage = Stage::open(db, &Contest::result()).await;
    let person = stage.server.entrant("sen").await;
    let other = stage.server.person_with("khach", &[dautri::accounts::Role::Organizer]).await;
    let right = json!({ "attempts_daily": 4, "judging": true, "reason": "thử" });
    for who in [&person, &other] {
        assert_eq!(stage.patch(who, right.clone()).await.code(), (403, "forbidden"));
        for call in ["pause", "resume", "freeze", "unfreeze"] {
            assert_eq!(stage.act(who, call, right.clone()).await.code(), (403, "forbidden"), "{call}");
        }
    }
    for (body, refusal) in [
        (json!({ "attempts_daily": 4, "reason": "  " }), (422, "invalid")),
        (json!({ "attempts_daily": 4 }), (422, "wrong-fields")),
        (json!({ "attempts_daily": 0, "reason": "thử" }), (422, "invalid")),
        (json!({ "ends_at": "2001-01-01T00:00:00Z", "reason": "thử" }), (422, "invalid")),
        (json!({ "ends_at": "tomorrow", "reason": "thử" }), (422, "wrong-fields")),
        (json!({ "reason": "thử" }), (409, "nothing-changes")),
        (json!({ "ends_at": "2100-01-01T00:00:00+07:00", "reason": "thử" }), (409, "nothing-changes")),
    ] {
        assert_eq!(stage.patch(&stage.admin, body.clone()).await.code(), refusal, "{body}");
    }
    for call in ["pause", "resume", "unfreeze"] {
        let answer = stage.act(&stage.admin, call, json!({ "reason": "thử" })).await;
        assert_eq!(answer.code(), (409, "nothing-changes"), "{call}");
    }
    let unknown = format!("/phases/{}", uuid::Uuid::nil());
    let request = stage.admin.request(Method::PATCH, &unknown).json(&right);
    assert_eq!(stage.admin.answer(request).await.code(), (404, "not-found"));
    assert_eq!(stage.admin.get(&format!("{unknown}/changes")).await.code(), (404, "not-found"));
    assert_eq!(stage.get(&person, "changes").await["items"], json!([]), "what is refused is no change");
}

#[sqlx::test(migrations = "./migrations")]
async fn every_hand_in_falls_before_the_deadline_that_moved_or_is_refused(db: PgPool) {
    let stage = Stage::open(db, &Contest::result()).await;
    let person = stage.server.entrant("sen").await;
    let mut uploads = Vec::new();
    for _ in 0..10 {
        uploads.push(person.upload("p.csv", Some(&stage.phase), CSV).await);
    }
    let end = now(&stage.server.db).await + Duration::from_millis(60);
    let path = format!("/phases/{}/submissions", stage.phase);
    let posts = uploads.iter().enumerate().map(async |(n, upload)| {
        tokio::time::sleep(Duration::from_millis(10 * n as u64)).await;
        person.post(&path, json!({ "upload": upload })).await
    });
    let (_, answers) = tokio::join!(stage.set(json!({ "ends_at": end })), futures::future::join_all(posts));
    let late = "SELECT count(*) FROM submissions s JOIN phases p ON p.id = s.phase_id WHERE s.accepted_at >= p.ends_at";
    assert_eq!(stage.count(late).await, 0);
    let made = answers.iter().filter(|a| a.status == StatusCode::CREATED).count();
    assert_eq!(stage.count("SELECT count(*) FROM submissions").await, i64::try_from(made).unwrap());
    for answer in answers.iter().filter(|a| a.status != StatusCode::CREATED) {
        assert_eq!(answer.code(), (409, "phase-closed"));
    }
    assert_eq!(answers.last().unwrap().code(), (409, "phase-closed"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_phase_whose_private_board_was_public_is_reopened_only_with_force(db: PgPool) {
    let contest = Contest::result();
    let stage = Stage::open(db, &contest).await;
    stage.end().await;
    stage.get(&stage.server.browser(), "board?split=private").await;
    let again = json!({ "ends_at": "2090-01-01T00:00:00Z", "reason": "thêm giờ" });
    let refused = stage.patch(&stage.admin, again.clone()).await;
    assert_eq!(refused.code(), (409, "private-board-published"));
    // A definition may not do in silence what the call refuses.
    let definition = contest.clone().phase("ends", json!("2090-01-01T00:00:00Z"));
    let upload = stage.admin.upload("thi.zip", None, &definition.archive()).await;
    let refused = stage.admin.post("/competitions", json!({ "upload": upload })).await;
    assert_eq!(refused.code(), (409, "private-board-published"));

    let mut forced = again;
    forced["force"] = json!(true);
    assert_eq!(stage.patch(&stage.admin, forced).await.status, StatusCode::OK);
    let hidden = stage.server.browser().get(&format!("/phases/{}/board?split=private", stage.phase)).await;
    assert_eq!(hidden.code(), (403, "private-board-hidden"), "no kept board survives the change");
    assert_eq!(stage.count("SELECT count(*) FROM audit_acts WHERE (facts->>'forced')::bool").await, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_definition_that_changes_a_running_phase_leaves_the_same_record(db: PgPool) {
    let contest = Contest::result();
    let stage = Stage::open(db, &contest).await;
    stage.server.entrant("sen").await;
    assert_eq!(stage.get(&stage.admin, "changes").await["items"], json!([]), "making a phase changes none");
    let changed = contest.clone().phase("attempts", json!({ "per_day": 3, "max_running": 2 }));
    let upload = stage.admin.upload("thi.zip", None, &changed.archive()).await;
    let body = json!({ "upload": upload, "reason": "theo thể lệ mới" });
    assert_eq!(stage.admin.post("/competitions", body).await.status, StatusCode::OK);
    let items = stage.get(&stage.server.browser(), "changes").await["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1);
    assert_eq!((&items[0]["kind"], &items[0]["reason"]), (&json!("import"), &json!("theo thể lệ mới")));
    assert_eq!(items[0]["fields"][0], json!({ "field": "attempts_daily", "old": null, "new": 3 }));
    assert_eq!(items[0]["fields"][1], json!({ "field": "max_running", "old": null, "new": 2 }));
    assert_eq!(stage.count("SELECT count(*) FROM audit_acts WHERE verb = 'phase.imported'").await, 1);
    assert_eq!(stage.count("SELECT count(*) FROM notifications").await, 1);
    changed.phase("title", json!({ "vi": "khác", "en": "other" })).import(&stage.admin).await;
    assert_eq!(stage.get(&stage.admin, "changes").await["items"].as_array().unwrap().len(), 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn organizers_freeze_the_board_at_once_and_unfreeze_it(db: PgPool) {
    let stage = Stage::open(db, &Contest::result()).await;
    let person = stage.server.entrant("sen").await;
    stage.score(&person, 0.5, 0.5).await;
    assert_eq!(stage.rows().await, [("sen".to_owned(), 0.5)]);
    let frozen = stage.act(&stage.admin, "freeze", json!({ "reason": "giờ cuối" })).await;
    assert_eq!(frozen.status, StatusCode::OK, "{:?}", frozen.body);
    assert_eq!(frozen.body["fields"][0]["field"], "freeze_at");
    stage.score(&person, 0.9, 0.9).await;
    assert_eq!(stage.rows().await, [("sen".to_owned(), 0.5)]);
    let again = stage.act(&stage.admin, "freeze", json!({ "reason": "giờ cuối" })).await;
    assert_eq!(again.code(), (409, "nothing-changes"));
    let live = stage.act(&stage.admin, "unfreeze", json!({ "reason": "công bố" })).await;
    assert_eq!(live.status, StatusCode::OK, "{:?}", live.body);
    assert_eq!(stage.rows().await, [("sen".to_owned(), 0.9)]);
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_pause_of_hand_ins_keeps_uploads_and_costs_nothing(db: PgPool) {
    let stage = Stage::open(db, &Contest::result().phase("attempts", json!({ "total": 1 }))).await;
    let person = stage.server.entrant("sen").await;
    let pause = json!({ "hand_ins": true, "reason": "Mất điện." });
    assert_eq!(stage.act(&stage.admin, "pause", pause.clone()).await.status, StatusCode::OK);
    assert_eq!(stage.act(&stage.admin, "pause", pause.clone()).await.code(), (409, "nothing-changes"));
    let shown = stage.server.browser().get("/competitions/thi").await.body;
    assert_eq!(shown["tracks"][0]["phases"][0]["hand_ins_paused"]["reason"], "Mất điện.");

    let upload = person.upload("p.csv", Some(&stage.phase), CSV).await;
    let path = format!("/phases/{}/submissions", stage.phase);
    let refused = person.post(&path, json!({ "upload": upload })).await;
    assert_eq!((refused.code(), &refused.body["reason"]), ((409, "hand-ins-paused"), &json!("Mất điện.")));
    assert_eq!(stage.get(&person, "attempts").await["used_total"], 0);

    let resumed = stage.act(&stage.admin, "resume", pause).await;
    assert_eq!(resumed.body["fields"], json!([{ "field": "hand_ins_paused", "old": true, "new": false }]));
    assert_eq!(person.post(&path, json!({ "upload": upload })).await.status, StatusCode::CREATED);
    let kinds: Vec<Value> = stage.get(&person, "changes").await["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["kind"].clone())
        .collect();
    assert_eq!(kinds, ["resume", "pause"]);
}

#[sqlx::test(migrations = "./migrations")]
async fn no_job_of_a_paused_phase_is_claimed_and_all_go_on_after_it(db: PgPool) {
    let server = Server::start(db).await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    let contest = Contest::code(&["python3", "predict.py"])
        .with("/tracks/0/phases", json!([phase_named("main"), phase_named("side")]));
    let main = contest.import(&admin).await;
    let shown = admin.get("/competitions/thi").await.body;
    let side = shown["tracks"][0]["phases"][1]["id"].as_str().unwrap().to_owned();
    let worker = FakeWorker::enrol(&server).await;
    let stage = Stage { server, admin, worker, phase: main.clone() };
    let person = stage.server.entrant("sen").await;
    let zip = crate::harness::zip_of(&[("predict.py", b"pass")]);
    let hand_in = async |phase: &str| {
        let answer = person.hand_in(phase, "p.zip", &zip).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
    };
    hand_in(&main).await;
    hand_in(&main).await;
    let held = stage.worker.claim().await;
    let pause = json!({ "judging": true, "reason": "Máy chấm hỏng." });
    assert_eq!(stage.act(&stage.admin, "pause", pause.clone()).await.status, StatusCode::OK);
    // What a worker holds goes on to the end of its step; the next step waits.
    assert_eq!(stage.worker.predict(&held, b"tar").await, StatusCode::NO_CONTENT);
    hand_in(&main).await;
    assert_eq!(stage.worker.try_claim(0).await.0, StatusCode::NO_CONTENT);
    hand_in(&side).await;
    let other = stage.worker.claim().await;
    assert_eq!(stage.worker.predict(&other, b"tar").await, StatusCode::NO_CONTENT);
    let other = stage.worker.claim().await;
    assert_eq!(stage.worker.score(&other, 0.5, 0.5).await, StatusCode::NO_CONTENT);
    assert_eq!(stage.worker.try_claim(0).await.0, StatusCode::NO_CONTENT);

    // A waiting worker hears of the end of the pause at once.
    let (waited, resumed) = tokio::join!(stage.worker.try_claim(10), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        stage.act(&stage.admin, "resume", pause).await
    });
    assert_eq!((waited.0, resumed.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(waited.1["plan"]["step"], "score", "the step that waited goes first");
    assert_eq!(stage.worker.score(&waited.1, 0.6, 0.6).await, StatusCode::NO_CONTENT);
    for _ in 0..2 {
        let lease = stage.worker.claim().await;
        assert_eq!(stage.worker.predict(&lease, b"tar").await, StatusCode::NO_CONTENT);
        let lease = stage.worker.claim().await;
        assert_eq!(stage.worker.score(&lease, 0.7, 0.7).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(stage.rows().await, [("sen".to_owned(), 0.7)]);
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn thirty_two_posts_at_three_running_give_exactly_three_and_cost_no_more(db: PgPool) {
    let stage = Stage::open(db, &Contest::result().phase("attempts", json!({ "max_running": 3 }))).await;
    let person = stage.server.entrant("sen").await;
    let mut uploads = Vec::new();
    for _ in 0..8 {
        uploads.push(person.upload("p.csv", Some(&stage.phase), CSV).await);
    }
    let path = format!("/phases/{}/submissions", stage.phase);
    let posts = uploads.iter().cycle().take(32).map(|upload| person.post(&path, json!({ "upload": upload })));
    let answers = futures::future::join_all(posts).await;
    assert_eq!(answers.iter().filter(|a| a.status == StatusCode::CREATED).count(), 3);
    for answer in answers.iter().filter(|a| !a.status.is_success()) {
        assert_eq!(answer.code(), (409, "too-many-running"), "{:?}", answer.body);
    }
    let attempts = stage.get(&person, "attempts").await;
    assert_eq!(
        (&attempts["used_total"], &attempts["running"], &attempts["max_running"]),
        (&json!(3), &json!(3), &json!(3))
    );

    // Another team is not kept by this one, and one that is done makes room for one.
    let other = stage.server.entrant("sung").await;
    assert_eq!(stage.hand_in(&other).await.status, StatusCode::CREATED);
    let lease = stage.worker.claim().await;
    assert_eq!(stage.hand_in(&person).await.code(), (409, "too-many-running"), "being judged is running");
    stage.worker.score(&lease, 0.5, 0.5).await;
    assert_eq!(stage.hand_in(&person).await.status, StatusCode::CREATED);
    assert_eq!(stage.hand_in(&person).await.code(), (409, "too-many-running"));
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_day_ends_at_the_zones_midnight_also_where_clocks_change(db: PgPool) {
    for (at, zone, expected) in [
        ("2026-11-28T16:59:59.999Z", "Asia/Ho_Chi_Minh", "2026-11-28T17:00:00Z"),
        ("2026-11-28T17:00:00Z", "Asia/Ho_Chi_Minh", "2026-11-29T17:00:00Z"),
        // A day of 23 and one of 25 hours.
        ("2026-03-29T00:00:00Z", "Europe/Paris", "2026-03-29T22:00:00Z"),
        ("2026-10-25T00:00:00Z", "Europe/Paris", "2026-10-25T23:00:00Z"),
        // Clocks go from 23:59 to 01:00: the day has no midnight.
        ("2026-03-28T12:00:00Z", "Asia/Beirut", "2026-03-28T22:00:00Z"),
        // Clocks go from 01:00 back to 00:00: the first midnight counts.
        ("2026-10-31T12:00:00Z", "America/Havana", "2026-11-01T04:00:00Z"),
        // Clocks go from 24:00 back to 23:00: the second midnight is the only one.
        ("2018-02-17T12:00:00Z", "America/Sao_Paulo", "2018-02-18T03:00:00Z"),
        // A whole day was left out.
        ("2011-12-30T05:00:00Z", "Pacific/Apia", "2011-12-30T10:00:00Z"),
    ] {
        let begins: chrono::DateTime<chrono::Utc> =
            sqlx::query_scalar("SELECT next_day_in_zone($1::timestamptz, $2)")
                .bind(at.parse::<chrono::DateTime<chrono::Utc>>().unwrap())
                .bind(zone)
                .fetch_one(&db)
                .await
                .unwrap();
        assert_eq!(begins, expected.parse::<chrono::DateTime<chrono::Utc>>().unwrap(), "{at} in {zone}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn attempts_return_when_the_competitions_next_day_begins(db: PgPool) {
    let contest = Contest::result().phase("attempts", json!({ "per_day": 1 }));
    let stage = Stage::open(db, &contest).await;
    let person = stage.server.entrant("sen").await;
    // Never the same date in both.
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12"] {
        sqlx::query("DELETE FROM attempts").execute(&stage.server.db).await.unwrap();
        contest.clone().with("/timezone", json!(zone)).import(&stage.admin).await;
        assert_eq!(stage.hand_in(&person).await.status, StatusCode::CREATED, "{zone}");
        let spent = stage.hand_in(&person).await;
        assert_eq!(spent.code(), (409, "daily-attempts-spent"), "{zone}");
        let expected: chrono::DateTime<chrono::Utc> = sqlx::query_scalar(
            "SELECT ((clock_timestamp() AT TIME ZONE $1)::date + 1)::timestamp AT TIME ZONE $1",
        )
        .bind(zone)
        .fetch_one(&stage.server.db)
        .await
        .unwrap();
        let said = |value: &Value| value.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        assert_eq!(said(&spent.body["returns_at"]), expected, "{zone}");
        assert_eq!(said(&stage.get(&person, "attempts").await["returns_at"]), expected, "{zone}");
        let day: bool =
            sqlx::query_scalar("SELECT day = (clock_timestamp() AT TIME ZONE $1)::date FROM attempts")
                .bind(zone)
                .fetch_one(&stage.server.db)
                .await
                .unwrap();
        assert!(day, "{zone}");
    }
    // A zone in which it is yesterday gives no attempt back.
    contest.clone().with("/timezone", json!("Pacific/Kiritimati")).import(&stage.admin).await;
    sqlx::query("DELETE FROM attempts").execute(&stage.server.db).await.unwrap();
    assert_eq!(stage.hand_in(&person).await.status, StatusCode::CREATED);
    contest.clone().with("/timezone", json!("Etc/GMT+12")).import(&stage.admin).await;
    assert_eq!(stage.hand_in(&person).await.code(), (409, "daily-attempts-spent"));
    // Yesterday's are forgotten.
    sqlx::query("UPDATE attempts SET day = day - 3").execute(&stage.server.db).await.unwrap();
    assert_eq!(stage.get(&person, "attempts").await["used_today"], 0);
    assert_eq!(stage.hand_in(&person).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_limit_lowered_below_what_is_used_holds_at_once_and_takes_nothing_away(db: PgPool) {
    let stage =
        Stage::open(db, &Contest::result().phase("attempts", json!({ "per_day": 5, "total": 5 }))).await;
    let person = stage.server.entrant("sen").await;
    for _ in 0..3 {
        assert_eq!(stage.hand_in(&person).await.status, StatusCode::CREATED);
    }
    stage.set(json!({ "attempts_daily": 2 })).await;
    let spent = stage.hand_in(&person).await;
    assert_eq!((spent.code(), &spent.body["used"]), ((409, "daily-attempts-spent"), &json!(3)));
    stage.set(json!({ "attempts_daily": null, "attempts_total": 1 })).await;
    let spent = stage.hand_in(&person).await;
    assert_eq!((spent.code(), &spent.body["used"]), ((409, "attempts-spent"), &json!(3)));
    assert_eq!(stage.get(&person, "attempts").await["returns_at"], Value::Null);
    stage.set(json!({ "attempts_total": 4 })).await;
    assert_eq!(stage.hand_in(&person).await.status, StatusCode::CREATED);
    assert_eq!(stage.hand_in(&person).await.code(), (409, "attempts-spent"));
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn practice_is_open_to_teams_that_are_not_approved(db: PgPool) {
    let mut practice = phase_named("tap");
    practice["practice"] = json!(true);
    let contest = Contest::result()
        .with("/registration", json!({ "approval": "required" }))
        .with("/tracks/0/phases", json!([phase_named("main"), practice]));
    let mut stage = Stage::open(db, &contest).await;
    let person = stage.server.entrant("sen").await;
    assert_eq!(stage.hand_in(&person).await.code(), (403, "team-not-approved"));
    let shown = person.get("/competitions/thi").await.body;
    let phase = &shown["tracks"][0]["phases"][1];
    assert_eq!(phase["practice"], true);
    stage.phase = phase["id"].as_str().unwrap().to_owned();
    stage.score(&person, 0.5, 0.5).await;
    assert_eq!(stage.rows().await, [("sen".to_owned(), 0.5)]);
}
