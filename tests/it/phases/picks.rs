//! Final submissions that teams choose.

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::Stage;
use crate::{
    harness::{Answer, Browser, Contest},
    judging::assert_invariants,
};

fn contest(places: u16) -> Contest {
    Contest::result().phase("board/final_picks", json!(places))
}

async fn pick(stage: &Stage, who: &Browser, submissions: &[&String]) -> Answer {
    who.put(&format!("/phases/{}/picks", stage.phase), json!({ "submissions": submissions })).await
}

/// The private score that ranks the only team.
async fn ranked_by(stage: &Stage) -> f64 {
    let board = stage.get(&stage.admin, "board?split=private").await;
    board["rows"][0]["values"]["accuracy"].as_f64().unwrap()
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-9
}

#[sqlx::test(migrations = "./migrations")]
async fn the_best_private_score_of_what_the_team_chose_ranks_it_in_the_end(db: PgPool) {
    let stage = Stage::open(db, &contest(2)).await;
    let person = stage.server.entrant("sen").await;
    let mut made = Vec::new();
    for (public, private) in [(0.9, 0.1), (0.8, 0.3), (0.7, 0.8), (0.6, 0.5)] {
        made.push(stage.score(&person, public, private).await);
    }
    assert!(close(ranked_by(&stage).await, 0.3), "of the two best by public score");
    let shown = stage.get(&person, "picks").await;
    assert_eq!((&shown["picked"], &shown["counting"]), (&json!([]), &json!([made[0], made[1]])));

    let chosen = pick(&stage, &person, &[&made[2], &made[3]]).await;
    assert_eq!(chosen.status, StatusCode::OK, "{:?}", chosen.body);
    assert_eq!(chosen.body["counting"], json!([made[2], made[3]]));
    assert!(close(ranked_by(&stage).await, 0.8), "with the next read");
    assert_eq!(stage.rows().await, [("sen".to_owned(), 0.9)], "the public board knows no choice");
    assert!(pick(&stage, &person, &[&made[3], &made[3]]).await.status.is_success(), "once is enough");
    assert!(close(ranked_by(&stage).await, 0.5), "the free place goes to the best by public score");
    assert_eq!(pick(&stage, &person, &[]).await.body["counting"], json!([made[0], made[1]]));
    assert!(close(ranked_by(&stage).await, 0.3));
    pick(&stage, &person, &[&made[2]]).await;
    assert_invariants(&stage.server).await;

    stage.end().await;
    assert_eq!(pick(&stage, &person, &[&made[0]]).await.code(), (409, "picks-closed"));
    assert!(close(ranked_by(&stage).await, 0.8));
    assert_eq!(stage.get(&person, "picks").await["picked"], json!([made[2]]));
}

#[sqlx::test(migrations = "./migrations")]
async fn only_scored_submissions_of_the_own_team_are_chosen_and_not_more_than_places(db: PgPool) {
    let contest = contest(2);
    let stage = Stage::open(db, &contest).await;
    let (person, other) = (stage.server.entrant("sen").await, stage.server.entrant("sung").await);
    let mut made = Vec::new();
    for n in 0..3 {
        made.push(stage.score(&person, 0.5 + f64::from(n) / 10.0, 0.5).await);
    }
    let others = stage.score(&other, 0.9, 0.9).await;
    let waiting = stage.hand_in(&person).await.text("id");
    let nobodys = uuid::Uuid::nil().to_string();
    for wrong in [&others, &waiting, &nobodys] {
        let refused = pick(&stage, &person, &[&made[0], wrong]).await;
        assert_eq!((refused.code(), &refused.body["submission"]), ((422, "invalid"), &json!(wrong)));
    }
    let refused = pick(&stage, &person, &[&made[0], &made[1], &made[2]]).await;
    assert_eq!((refused.code(), &refused.body["limit"]), ((422, "invalid"), &json!(2)));
    assert_eq!(stage.get(&person, "picks").await["picked"], json!([]), "what is refused changes nothing");
    let stranger = stage.server.person("khach").await;
    assert_eq!(pick(&stage, &stranger, &[]).await.code(), (403, "no-team"));
    assert_eq!(pick(&stage, &stage.server.browser(), &[]).await.status, StatusCode::UNAUTHORIZED);
    let unknown = format!("/phases/{}/picks", uuid::Uuid::nil());
    assert_eq!(person.put(&unknown, json!({ "submissions": [] })).await.code(), (404, "not-found"));

    // Fewer places later: the best of what was chosen.
    pick(&stage, &person, &[&made[0], &made[1]]).await;
    contest.clone().phase("board/final_picks", json!(1)).import(&stage.admin).await;
    assert_eq!(stage.get(&person, "picks").await["counting"], json!([made[1]]));
    assert_invariants(&stage.server).await;
    contest.phase("board/final_picks", Value::Null).import(&stage.admin).await;
    assert_eq!(pick(&stage, &person, &[]).await.code(), (409, "no-final-picks"));
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn choices_and_results_that_arrive_at_once_leave_the_boards_right(db: PgPool) {
    let stage = Stage::open(db, &contest(2)).await;
    let person = stage.server.entrant("sen").await;
    let mut made = Vec::new();
    for n in 0..4 {
        made.push(stage.score(&person, f64::from(n) / 10.0, 0.9 - f64::from(n) / 10.0).await);
    }
    let mut leases = Vec::new();
    for _ in 0..12 {
        assert_eq!(stage.hand_in(&person).await.status, StatusCode::CREATED);
        leases.push(stage.worker.claim().await);
    }
    let results = leases.iter().zip(1_u32..).map(|(lease, n)| {
        let score = f64::from(n) / 20.0;
        stage.worker.score(lease, score, 1.0 - score)
    });
    // Different members of a team may choose at once; no more than the places are ever taken.
    let choices = (0..24).map(|n| {
        let pair = [made[n % 4].clone(), made[(n + 1 + n / 4 % 2) % 4].clone()];
        let (stage, person) = (&stage, &person);
        async move { pick(stage, person, &[&pair[0], &pair[1]]).await.status }
    });
    let (reported, chosen) =
        tokio::join!(futures::future::join_all(results), futures::future::join_all(choices));
    assert!(
        reported.iter().all(|s| *s == StatusCode::NO_CONTENT) && chosen.iter().all(|s| *s == StatusCode::OK)
    );
    assert_eq!(stage.count("SELECT count(*) FROM final_picks").await, 2);
    let counting = stage.get(&person, "picks").await["counting"].clone();
    let best = counting
        .as_array()
        .unwrap()
        .iter()
        .map(|id| made.iter().position(|m| id == m).unwrap())
        .min()
        .unwrap();
    #[expect(clippy::cast_precision_loss, reason = "one of four")]
    let expected = 0.9 - best as f64 / 10.0;
    assert!(close(ranked_by(&stage).await, expected));
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_frozen_board_keeps_what_was_chosen_of_what_came_before(db: PgPool) {
    let stage = Stage::open(db, &contest(1).phase("board/private", json!("always"))).await;
    let person = stage.server.entrant("sen").await;
    stage.score(&person, 0.5, 0.2).await;
    stage.act(&stage.admin, "freeze", json!({ "reason": "thử" })).await;
    let late = stage.score(&person, 0.4, 0.9).await;
    assert!(pick(&stage, &person, &[&late]).await.status.is_success());
    let frozen = stage.get(&stage.server.browser(), "board?split=private").await;
    assert!(close(frozen["rows"][0]["values"]["accuracy"].as_f64().unwrap(), 0.2));
    assert!(close(ranked_by(&stage).await, 0.9));
    assert_invariants(&stage.server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn choosing_needs_a_phase_in_which_the_best_counts(db: PgPool) {
    let stage = Stage::open(db, &Contest::result()).await;
    for board in [json!({ "final_picks": 0 }), json!({ "final_picks": 2, "counts": "last" })] {
        let mut definition = Contest::result();
        for (key, value) in board.as_object().unwrap() {
            definition = definition.phase(&format!("board/{key}"), value.clone());
        }
        let upload = stage.admin.upload("thi.zip", None, &definition.archive()).await;
        let refused = stage.admin.post("/competitions", json!({ "upload": upload })).await;
        assert_eq!(refused.code(), (422, "definition-wrong"), "{board}");
    }
    assert_eq!(
        stage.server.entrant("sen").await.get(&format!("/phases/{}/picks", stage.phase)).await.code(),
        (409, "no-final-picks")
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn what_two_teams_chose_follows_them_when_they_merge(db: PgPool) {
    let contest =
        contest(2).with("/teams", json!({ "max_members": 3, "merge_until": "2099-01-01T00:00:00Z" }));
    let stage = Stage::open(db, &contest).await;
    let (one, other) = (stage.server.entrant("sen").await, stage.server.entrant("sung").await);
    let team = async |who: &Browser| {
        let teams = who.get("/me/teams").await.body;
        teams["items"].get(0).or_else(|| teams.get(0)).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let mut made = Vec::new();
    for (who, public, private) in [(&one, 0.9, 0.1), (&one, 0.2, 0.8), (&other, 0.5, 0.5), (&other, 0.3, 0.9)]
    {
        made.push(stage.score(who, public, private).await);
    }
    pick(&stage, &one, &[&made[1]]).await;
    pick(&stage, &other, &[&made[2], &made[3]]).await;
    let asked =
        one.post(&format!("/teams/{}/merges", team(&one).await), json!({ "into": team(&other).await })).await;
    assert!(asked.status.is_success(), "{:?}", asked.body);
    let merged = other.post(&format!("/merges/{}", asked.text("id")), json!({})).await;
    assert!(merged.status.is_success(), "{:?}", merged.body);
    // Three are chosen for two places: the best of them by public score take them, until the team chooses anew.
    assert_eq!(stage.get(&one, "picks").await["counting"], json!([made[2], made[3]]));
    assert!(close(ranked_by(&stage).await, 0.9));
    assert_invariants(&stage.server).await;
    assert_eq!(pick(&stage, &one, &[&made[1]]).await.body["picked"], json!([made[1]]));
    assert_invariants(&stage.server).await;
}
