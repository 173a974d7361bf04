//! Versions of tasks: what is pinned by them, and what boards say of them.

use reqwest::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use super::stage::{contest, hand_in};
use crate::{
    harness::{Contest, FakeWorker, Server, zip_of},
    judging::assert_invariants,
};

const OTHER_TRUTH: &[u8] = b"id,label,split\na,y,public\nb,y,public\nc,x,private\nd,y,private\n";

/// Stores another archive under the name of the fake image.
async fn replace_image(server: &Server) {
    let blob = uuid::Uuid::new_v4();
    sqlx::query("INSERT INTO blobs (id, sha256, size) VALUES ($1, $2, 5)")
        .bind(blob)
        .bind(Sha256::digest(b"other").to_vec())
        .execute(&server.db)
        .await
        .unwrap();
    sqlx::query("UPDATE images SET image_id = 'sha256:1', blob_id = $1 WHERE name = 'python-ml'")
        .bind(blob)
        .execute(&server.db)
        .await
        .unwrap();
}

#[sqlx::test(migrations = "./migrations")]
async fn an_image_stored_again_takes_effect_in_a_new_version_only(db: PgPool) {
    let server = Server::start(db).await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    let contest = Contest::code(&["python3", "predict.py"]);
    let phase = contest.import(&admin).await;
    let person = server.entrant("sen").await;
    let worker = FakeWorker::enrol(&server).await;
    let zip = zip_of(&[("predict.py", b"pass")]);
    let hand_in = || async {
        let made = person.hand_in(&phase, "p.zip", &zip).await;
        let version = made.body["evaluations"][0]["task_version"].as_i64().unwrap();
        let lease = worker.claim().await;
        let image = lease["plan"]["image"]["image_id"].as_str().unwrap().to_owned();
        worker.predict(&lease, b"tar").await;
        let score = worker.claim().await;
        worker.score(&score, 0.5, 0.5).await;
        (version, image)
    };
    assert_eq!(hand_in().await, (1, "sha256:0".to_owned()));
    replace_image(&server).await;
    assert_eq!(hand_in().await, (1, "sha256:0".to_owned()), "the version keeps its image");
    contest.import(&admin).await;
    assert_eq!(hand_in().await, (2, "sha256:1".to_owned()), "the same definition with another image");
    contest.import(&admin).await;
    assert_eq!(hand_in().await, (2, "sha256:1".to_owned()), "nothing changed");
    assert_invariants(&server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn the_board_says_by_which_version_each_score_was_made(db: PgPool) {
    let (server, phase, admin) = contest(db, |c| c).await;
    let (old, new) = (server.entrant("cu").await, server.entrant("moi").await);
    let worker = FakeWorker::enrol(&server).await;
    hand_in(&old, &phase).await;
    let waits = worker.claim().await;
    worker.score(&waits, 0.5, 0.5).await;
    Contest::result().with_file("truth/truth.csv", OTHER_TRUTH).import(&admin).await;
    hand_in(&new, &phase).await;
    let lease = worker.claim().await;
    assert_eq!(worker.score(&lease, 0.9, 0.9).await, StatusCode::NO_CONTENT);
    let board = admin.get(&format!("/phases/{phase}/board")).await.body;
    assert_eq!(board["rows"][0]["versions"], json!({ "task": 2 }));
    assert_eq!(board["rows"][1]["versions"], json!({ "task": 1 }));
    assert_invariants(&server).await;
}
