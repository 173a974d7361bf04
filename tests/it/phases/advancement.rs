//! Who advances from one phase to the next.

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Stage, phase_named};
use crate::{
    harness::{Answer, Browser, Contest},
    judging::assert_invariants,
};

/// A qualifying phase, and a final one for the best of each division.
fn contest(top: i32) -> Contest {
    let mut last = phase_named("final");
    last["requires"] = json!({ "phase": "main", "top": top });
    Contest::result().with("/tracks/0/phases", json!([phase_named("main"), last]))
}

struct Two {
    stage: Stage,
    last: String,
}

impl Two {
    async fn open(db: PgPool, top: i32) -> Self {
        let stage = Stage::open(db, &contest(top)).await;
        let shown = stage.admin.get("/competitions/thi").await.body;
        let last = &shown["tracks"][0]["phases"][1];
        assert_eq!((&last["requires"]["slug"], &last["requires"]["top"]), (&json!("main"), &json!(top)));
        let last = last["id"].as_str().unwrap().to_owned();
        Self { stage, last }
    }

    async fn team(&self, name: &str, division: &str) -> (Browser, String) {
        let person = self.stage.server.person(name).await;
        let body = json!({ "name": name, "division": division });
        let team = person.post("/competitions/thi/teams", body).await;
        assert_eq!(team.status, StatusCode::CREATED, "{:?}", team.body);
        let id = team.text("id");
        (person, id)
    }

    async fn look(&self) -> Value {
        let answer = self.stage.admin.get(&format!("/phases/{}/advancement", self.last)).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        answer.body
    }

    async fn decide(&self, fingerprint: &Value, otherwise: Value) -> Answer {
        let body =
            json!({ "fingerprint": fingerprint, "otherwise": otherwise, "reason": "Kết quả vòng loại" });
        self.stage.admin.post(&format!("/phases/{}/advancement", self.last), body).await
    }

    async fn decide_team(&self, team: &str, advances: bool) -> Answer {
        let path = format!("/phases/{}/advancement/{team}", self.last);
        self.stage.admin.put(&path, json!({ "advances": advances, "reason": "Quyết định riêng" })).await
    }

    async fn tries(&self, who: &Browser) -> (u16, String) {
        let answer = who.hand_in(&self.last, "p.csv", super::CSV).await;
        let (status, code) = answer.code();
        (status, code.to_owned())
    }
}

fn advancing(advancement: &Value) -> Vec<String> {
    let teams = advancement["teams"].as_array().unwrap().iter();
    let row = |t: &Value| {
        let rank = t["rank"].as_i64().map_or("-".to_owned(), |rank| rank.to_string());
        format!("{} {rank} {}", t["division"].as_str().unwrap(), t["name"].as_str().unwrap())
    };
    teams.filter(|t| t["advances"] == true).map(row).collect()
}

const NOT_ADVANCED: (u16, &str) = (409, "not-advanced");

#[sqlx::test(migrations = "./migrations")]
async fn the_top_of_each_division_by_the_private_ranking_advances_with_ties(db: PgPool) {
    let two = Two::open(db, 2).await;
    let mut teams = Vec::new();
    // Public and private scores say the opposite; three share the second place of division a.
    for (name, division, private) in [
        ("a1", "a", 0.9),
        ("a2", "a", 0.8),
        ("a3", "a", 0.8),
        ("a4", "a", 0.8),
        ("a5", "a", 0.7),
        ("b1", "b", 0.2),
    ] {
        let (person, id) = two.team(name, division).await;
        two.stage.score(&person, 1.0 - private, private).await;
        teams.push((person, id));
    }
    let idle = two.team("b2", "b").await;
    assert_eq!(two.tries(&teams[0].0).await, (NOT_ADVANCED.0, NOT_ADVANCED.1.to_owned()));
    let seen = two.look().await;
    assert_eq!(seen["state"], "running");
    assert_eq!(two.decide(&seen["fingerprint"], json!([])).await.code(), (409, "still-running"));

    // What was handed in before the end is judged before anybody decides.
    let late = &teams[4].0;
    assert_eq!(two.stage.hand_in(late).await.status, StatusCode::CREATED);
    two.stage.end().await;
    assert_eq!(two.look().await["state"], "judging", "what arrived in time may still be looked over");
    two.stage.end_long_ago().await;
    let seen = two.look().await;
    assert_eq!((&seen["state"], &seen["left_to_judge"]), (&json!("judging"), &json!(1)));
    assert_eq!(two.decide(&seen["fingerprint"], json!([])).await.code(), (409, "still-judging"));
    let lease = two.stage.worker.claim().await;
    two.stage.worker.score(&lease, 0.0, 0.1).await;

    let seen = two.look().await;
    assert_eq!(seen["state"], "ready");
    let expected = ["a 1 a1", "a 2 a2", "a 2 a3", "a 2 a4", "b 1 b1"];
    assert_eq!(advancing(&seen), expected);
    assert_eq!(two.decide(&json!("other"), json!([])).await.code(), (409, "ranking-changed"));
    assert_eq!(two.decide_team(&idle.1, true).await.code(), (409, "not-decided"));
    let decided = two.decide(&seen["fingerprint"], json!([])).await;
    assert_eq!(decided.status, StatusCode::OK, "{:?}", decided.body);
    assert_eq!(
        (&decided.body["state"], advancing(&decided.body)),
        (&json!("decided"), expected.map(String::from).into())
    );
    assert_eq!(two.decide(&seen["fingerprint"], json!([])).await.code(), (409, "already-decided"));

    for (person, _) in &teams[..4] {
        assert_eq!(two.tries(person).await.0, 201);
    }
    for person in [late, &idle.0] {
        assert_eq!(two.tries(person).await, (NOT_ADVANCED.0, NOT_ADVANCED.1.to_owned()));
    }
    let told = "SELECT count(*) FROM notifications WHERE notice->>'kind' = 'advancement' AND (notice->>'advances')::bool";
    assert_eq!(two.stage.count(told).await, 5);
    let told = "SELECT count(*) FROM notifications WHERE notice->>'kind' = 'advancement' AND NOT (notice->>'advances')::bool";
    assert_eq!(two.stage.count(told).await, 1, "who took part and stays behind is told too");
    let audited = "SELECT count(*) FROM audit_acts WHERE verb = 'phase.advancement_decided' AND reason <> ''";
    assert_eq!(two.stage.count(audited).await, 1);
    let changes = two.stage.server.browser().get(&format!("/phases/{}/changes", two.last)).await.body;
    assert_eq!(changes["items"][0]["fields"][0], json!({ "field": "advanced_teams", "old": null, "new": 5 }));
    assert_invariants(&two.stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn organizers_decide_otherwise_of_single_teams_with_a_reason(db: PgPool) {
    let two = Two::open(db, 1).await;
    let (first, second, third) =
        (two.team("a1", "a").await, two.team("a2", "a").await, two.team("b1", "b").await);
    two.stage.score(&first.0, 0.9, 0.9).await;
    two.stage.score(&second.0, 0.5, 0.5).await;
    two.stage.end_long_ago().await;
    let seen = two.look().await;
    let otherwise = json!([
        { "team": first.1, "advances": false, "reason": "rút lui" },
        { "team": second.1, "advances": true, "reason": "thay thế" },
    ]);
    let silent = json!([{ "team": second.1, "advances": true, "reason": " " }]);
    assert_eq!(two.decide(&seen["fingerprint"], silent).await.code(), (422, "invalid"));
    let unknown = json!([{ "team": uuid::Uuid::nil(), "advances": true, "reason": "thử" }]);
    assert_eq!(two.decide(&seen["fingerprint"], unknown).await.code(), (404, "not-found"));
    assert_eq!(two.look().await["state"], "ready", "a refused decision decides nothing");
    let decided = two.decide(&seen["fingerprint"], otherwise).await;
    assert_eq!(advancing(&decided.body), ["a 2 a2"].map(String::from));
    assert_eq!(two.tries(&first.0).await.1, "not-advanced");
    assert_eq!(two.tries(&second.0).await.0, 201);

    let added = two.decide_team(&third.1, true).await;
    assert_eq!(advancing(&added.body).len(), 2, "{:?}", added.body);
    assert_eq!(two.tries(&third.0).await.0, 201);
    assert_eq!(two.decide_team(&third.1, true).await.code(), (409, "nothing-changes"));
    assert_eq!(two.decide_team(&second.1, false).await.status, StatusCode::OK);
    assert_eq!(two.tries(&second.0).await.1, "not-advanced");
    let notices = "SELECT count(*) FROM notifications n JOIN users u ON u.id = n.user_id
                   WHERE u.name = 'a2' AND notice->>'kind' = 'advancement'";
    assert_eq!(two.stage.count(notices).await, 2);
    let audited = "SELECT count(*) FROM audit_acts WHERE subject_kind = 'team' AND verb LIKE 'team.advance%' AND reason <> ''";
    assert_eq!(two.stage.count(audited).await, 4);
    for who in [&first.0, &third.0] {
        let path = format!("/phases/{}/advancement", two.last);
        assert_eq!(who.get(&path).await.code(), (403, "forbidden"));
        let body = json!({ "fingerprint": "", "reason": "thử" });
        assert_eq!(who.post(&path, body).await.code(), (403, "forbidden"));
        let body = json!({ "advances": true, "reason": "thử" });
        assert_eq!(who.put(&format!("{path}/{}", first.1), body).await.code(), (403, "forbidden"));
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn of_sixteen_decisions_at_once_one_counts(db: PgPool) {
    let two = Two::open(db, 1).await;
    let (first, _) = two.team("a1", "a").await;
    two.stage.score(&first, 0.9, 0.9).await;
    two.stage.end_long_ago().await;
    let fingerprint = two.look().await["fingerprint"].clone();
    let decisions = (0..16).map(|_| two.decide(&fingerprint, json!([])));
    let answers = futures::future::join_all(decisions).await;
    assert_eq!(answers.iter().filter(|a| a.status == StatusCode::OK).count(), 1);
    assert_eq!(answers.iter().filter(|a| a.code() == (409, "already-decided")).count(), 15);
    assert_eq!(
        two.stage.count("SELECT count(*) FROM notifications WHERE notice->>'kind' = 'advancement'").await,
        1
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn a_requirement_is_another_phase_that_counts_and_never_a_circle(db: PgPool) {
    let stage = Stage::open(db, &Contest::result()).await;
    let mut practice = phase_named("tap");
    practice["practice"] = json!(true);
    let refused = async |phases: Value| {
        let definition = Contest::result().with("/tracks/0/phases", phases);
        let upload = stage.admin.upload("thi.zip", None, &definition.archive()).await;
        let answer = stage.admin.post("/competitions", json!({ "upload": upload })).await;
        assert_eq!(answer.code(), (422, "definition-wrong"), "{:?}", answer.body);
        answer.text("en")
    };
    let requiring = |slug: &str, phase: &str, top: i32| {
        let mut made = phase_named(slug);
        made["requires"] = json!({ "phase": phase, "top": top });
        made
    };
    let main = phase_named("main");
    assert!(refused(json!([main, requiring("x", "none", 1)])).await.contains("no phase none"));
    assert!(refused(json!([main, practice, requiring("x", "tap", 1)])).await.contains("practice"));
    assert!(refused(json!([main, requiring("x", "main", 0)])).await.contains("at least 1"));
    assert!(refused(json!([main, requiring("x", "x", 1)])).await.contains("circle"));
    let circle = json!([main, requiring("x", "y", 1), requiring("y", "z", 1), requiring("z", "x", 1)]);
    assert!(refused(circle).await.contains("circle"));
    // A chain is none, and a definition may drop both ends of a requirement.
    let chain = json!([main, requiring("x", "main", 1), requiring("y", "x", 1)]);
    Contest::result().with("/tracks/0/phases", chain).import(&stage.admin).await;
    Contest::result().with("/tracks/0/phases", json!([main, phase_named("y")])).import(&stage.admin).await;
    let path = format!("/phases/{}/advancement", stage.phase);
    assert_eq!(stage.admin.get(&path).await.code(), (409, "nothing-required"));
}
