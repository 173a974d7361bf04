//! Who sees what, on every path that leads to it.

use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::PgPool;

use super::{CSV, Stage};
use crate::harness::{Browser, Contest, FakeWorker, Server, zip_of};

/// Nobody's other figure looks like these.
const PUBLIC: f64 = 0.4321;
const PRIVATE: f64 = 0.1357;

async fn visible(stage: &Stage, who: &Browser, query: &str) -> bool {
    let answer = who.get(&format!("/phases/{}/board{query}", stage.phase)).await;
    match answer.code() {
        (200, _) => true,
        (403, "board-hidden" | "private-board-hidden") => false,
        other => panic!("{other:?}"),
    }
}

/// Whether the event stream lets the person follow the board.
async fn follows(stage: &Stage, who: &Browser) -> bool {
    let answer =
        who.request(Method::GET, &format!("/events?topics=board:{}", stage.phase)).send().await.unwrap();
    answer.status() == StatusCode::OK
}

#[sqlx::test(migrations = "./migrations")]
async fn the_board_and_its_events_are_for_whom_the_phase_names(db: PgPool) {
    let stage = Stage::open(db, &Contest::result()).await;
    let member = stage.server.entrant("sen").await;
    stage.score(&member, PUBLIC, PRIVATE).await;
    let readers = [&stage.server.browser(), &stage.server.person("khach").await, &member, &stage.admin];
    let all = async |query: &str| {
        let mut seen = Vec::new();
        for who in readers {
            seen.push(visible(&stage, who, query).await);
        }
        seen
    };
    for (board, expected) in [
        ("everyone", [true, true, true, true]),
        ("participants", [false, false, true, true]),
        ("organizers", [false, false, false, true]),
        ("after_end", [false, false, false, true]),
    ] {
        stage.set(json!({ "visibility": { "board": board }, "private_board": "organizers" })).await;
        assert_eq!(all("").await, expected, "{board}");
        assert_eq!(all("?division=a").await, expected, "{board}");
        assert_eq!(all("?split=private").await, [false, false, false, true], "{board}");
        for (who, expected) in readers.into_iter().zip(expected) {
            assert_eq!(follows(&stage, who).await, expected, "{board}");
        }
        stage.set(json!({ "private_board": "always" })).await;
        assert_eq!(all("?split=private").await, expected, "{board}");
    }
    stage.end().await;
    assert_eq!(all("").await, [true; 4], "the end opens it");
    assert!(follows(&stage, readers[0]).await);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_board_that_was_kept_is_hidden_with_the_next_read_and_its_followers_are_sent_away(db: PgPool) {
    let contest = Contest::result();
    let server = Server::start_with(db, |c| c.http.recheck = std::time::Duration::from_millis(200)).await;
    let admin = server.admin().await;
    let phase = contest.import(&admin).await;
    let worker = FakeWorker::enrol(&server).await;
    let stage = Stage { server, admin, worker, phase };
    let member = stage.server.entrant("sen").await;
    stage.score(&member, PUBLIC, PRIVATE).await;
    let nobody = stage.server.browser();
    let path = format!("/events?topics=board:{}", stage.phase);
    let mut stream = nobody.request(Method::GET, &path).send().await.unwrap();
    for _ in 0..20 {
        assert!(visible(&stage, &nobody, "").await);
        stage.set(json!({ "visibility": { "board": "organizers" } })).await;
        assert!(!visible(&stage, &nobody, "").await);
        stage.set(json!({ "visibility": {} })).await;
    }
    let hidden = contest.phase("visibility", json!({ "board": "organizers" }));
    hidden.import(&stage.admin).await;
    assert!(!visible(&stage, &nobody, "").await, "a definition hides it as well");
    let ended = tokio::time::timeout(std::time::Duration::from_secs(5), async {
        while stream.chunk().await.unwrap().is_some() {}
    });
    ended.await.expect("whoever may not see the board any more does not follow it either");
}

/// All that a member of the team is told of a submission, by every call.
async fn told(stage: &Stage, who: &Browser, submission: &str, upload: &str) -> String {
    let mut told = String::new();
    for path in [
        format!("/submissions/{submission}"),
        format!("/phases/{}/submissions", stage.phase),
        format!("/phases/{}/attempts", stage.phase),
        format!("/phases/{}/board", stage.phase),
        format!("/phases/{}/board?split=private", stage.phase),
        format!("/phases/{}/changes", stage.phase),
        "/competitions/thi".to_owned(),
        "/me/teams".to_owned(),
    ] {
        told.push_str(&who.get(&path).await.body.to_string());
    }
    let again = who.post(&format!("/phases/{}/submissions", stage.phase), json!({ "upload": upload })).await;
    assert_eq!(again.status, StatusCode::OK, "{:?}", again.body);
    told + &again.body.to_string()
}

#[sqlx::test(migrations = "./migrations")]
async fn scores_that_are_hidden_reach_the_team_on_no_path(db: PgPool) {
    let stage = Stage::open(db, &Contest::result()).await;
    let member = stage.server.entrant("sen").await;
    let upload = member.upload("p.csv", Some(&stage.phase), CSV).await;
    let path = format!("/phases/{}/submissions", stage.phase);
    let submission = member.post(&path, json!({ "upload": upload })).await.text("id");
    let topics = format!("/events?topics=submission:{submission},phase:{}", stage.phase);
    let mut stream = member.request(Method::GET, &topics).send().await.unwrap();
    let lease = stage.worker.claim().await;
    stage.worker.score(&lease, PUBLIC, PRIVATE).await;
    let mut events = String::new();
    while !events.contains("done") {
        events.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
    }
    let (public, private) = (PUBLIC.to_string(), PRIVATE.to_string());
    assert!(!events.contains(&public) && !events.contains(&private), "{events}");

    let seen = async || {
        let told = told(&stage, &member, &submission, &upload).await;
        (told.contains(&public), told.contains(&private))
    };
    assert_eq!(seen().await, (true, false));
    for board in ["organizers", "after_end"] {
        let hidden = json!({ "board": board, "scores": "after_end" });
        stage.set(json!({ "visibility": hidden, "private_board": "always" })).await;
        assert_eq!(seen().await, (false, false), "{board}");
    }
    stage.set(json!({ "visibility": { "board": "organizers", "scores": "hidden" } })).await;
    assert_eq!(seen().await, (false, false));
    let verdict = member.get(&format!("/submissions/{submission}")).await.body;
    assert_eq!(verdict["evaluations"][0]["verdict"], "scored", "the verdict is no score");
    let all = stage.get(&stage.admin, "submissions").await.to_string();
    assert!(all.contains(&public) && all.contains(&private), "organizers see all");

    stage.end().await;
    assert_eq!(seen().await, (false, false), "hidden for good");
    stage.set(json!({ "visibility": { "board": "organizers", "scores": "after_end" } })).await;
    assert_eq!(seen().await, (true, true));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_board_that_would_tell_hidden_scores_is_refused(db: PgPool) {
    let stage = Stage::open(db, &Contest::result()).await;
    for visibility in [
        json!({ "scores": "hidden" }),
        json!({ "scores": "after_end", "board": "participants" }),
        json!({ "scores": "hidden", "board": "after_end" }),
    ] {
        let body = json!({ "visibility": visibility, "reason": "thử" });
        let refused = stage.patch(&stage.admin, body).await;
        assert_eq!((refused.code(), &refused.body["field"]), ((422, "invalid"), &json!("visibility")));
        let definition = Contest::result().phase("visibility", visibility);
        let upload = stage.admin.upload("thi.zip", None, &definition.archive()).await;
        let refused = stage.admin.post("/competitions", json!({ "upload": upload })).await;
        assert_eq!(refused.code(), (422, "definition-wrong"));
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn logs_are_read_and_followed_by_whom_the_phase_names(db: PgPool) {
    let server = Server::start(db).await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    let phase = Contest::code(&["python3", "predict.py"]).import(&admin).await;
    let worker = FakeWorker::enrol(&server).await;
    let stage = Stage { server, admin, worker, phase };
    let member = stage.server.entrant("sen").await;
    for (logs, member_reads, admin_reads, followed) in [
        ("own", (200, true, false), (200, true, true), true),
        ("organizers", (403, false, false), (200, true, true), false),
        ("none", (403, false, false), (403, false, false), false),
    ] {
        stage.set(json!({ "visibility": { "logs": logs }, "attempts_total": 100 + logs.len() })).await;
        let answer = member.hand_in(&stage.phase, "p.zip", &zip_of(&[("predict.py", b"pass")])).await;
        let (id, evaluation) =
            (answer.text("id"), answer.body["evaluations"][0]["id"].as_str().unwrap().to_owned());
        let topic = format!("/events?topics=submission:{id}");
        let mut streams = Vec::new();
        for who in [&member, &stage.admin] {
            streams.push(who.request(Method::GET, &topic).send().await.unwrap());
        }
        let lease = stage.worker.claim().await;
        stage.worker.log(&lease, 0, "dòng của đội").await;
        stage.worker.predict(&lease, b"tar").await;
        let lease = stage.worker.claim().await;
        stage.worker.log(&lease, 0, "dòng chấm điểm").await;
        stage.worker.score(&lease, 0.5, 0.5).await;
        for mut stream in streams {
            let mut events = String::new();
            while !events.contains("done") {
                events.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
            }
            assert_eq!(events.contains("dòng của đội"), followed, "{logs}: {events}");
            assert!(!events.contains("dòng chấm điểm"), "{logs}");
        }
        for (who, expected) in [(&member, member_reads), (&stage.admin, admin_reads)] {
            let log = who.get(&format!("/evaluations/{evaluation}/log")).await;
            let text = log.body.to_string();
            let found = (log.status.as_u16(), text.contains("dòng của đội"), text.contains("dòng chấm điểm"));
            assert_eq!(found, expected, "{logs}");
        }
    }
}
