//! The worker or the server is killed while a program runs.

use std::{path::Path, time::Duration};

use serde_json::json;
use sqlx::PgPool;

use super::{WRITES, program};
use crate::{
    harness::{Browser, Contest, JudgeProcess, Server, ServerProcess, remains, until_nothing_remains},
    judging::assert_invariants,
};

/// Says that it runs, then takes its time.
fn slow() -> Vec<u8> {
    program(&format!("import time\nprint('begun', flush=True)\ntime.sleep(4)\n{WRITES}"))
}

async fn site(db: PgPool) -> (Server, Browser, String) {
    let server = Server::start(db).await;
    server.place_real_image().await;
    let admin = server.admin().await;
    let phase = Contest::code(&["python3", "predict.py"]).import(&admin).await;
    let person = server.entrant("sen").await;
    (server, person, phase)
}

/// Hands the slow program in and waits until it has printed.
async fn begun(person: &Browser, phase: &str, judge: &JudgeProcess) -> String {
    let made = person.hand_in(phase, "bai.zip", &slow()).await;
    let evaluation = &made.body["evaluations"][0];
    for _ in 0..600 {
        if person.log(evaluation).await.contains("begun") {
            return made.text("id");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the program never began:\n{}", judge.said());
}

/// Each step's job: how often its workers died, and that it ended.
async fn jobs(server: &Server) -> Vec<(String, i16, String)> {
    sqlx::query_as("SELECT step, deaths, state FROM jobs ORDER BY step").fetch_all(&server.db).await.unwrap()
}

async fn assert_judged_once(server: &Server) {
    let scores: Vec<(String, f64)> =
        sqlx::query_as("SELECT split, value FROM evaluation_scores ORDER BY split")
            .fetch_all(&server.db)
            .await
            .unwrap();
    assert_eq!(scores, [("private".to_owned(), 0.5), ("public".to_owned(), 1.0)]);
    assert_invariants(server).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_worker_killed_in_the_middle_judges_the_job_once_when_it_is_back_and_sweeps_up(db: PgPool) {
    let (server, person, phase) = site(db).await;
    let judge = JudgeProcess::prepare(&server, &server.base).await;
    let process = judge.start();
    let id = begun(&person, &phase, &judge).await;
    process.kill();
    let left = remains(&judge.data()).await;
    for kind in ["container ", "mount ", "folder ", "cgroup "] {
        assert!(left.iter().any(|what| what.starts_with(kind)), "killed too late, no {kind}: {left:?}");
    }
    assert_eq!(person.get(&format!("/submissions/{id}")).await.body["state"], "judging");

    let process = judge.start();
    let shown = person.judged(&id).await;
    assert_eq!(shown["scores"]["public"]["accuracy"], 1.0, "{shown}\n{}", judge.said());
    assert_eq!(shown["charged"], true);
    let done = || "done".to_owned();
    assert_eq!(jobs(&server).await, [("predict".to_owned(), 1, done()), ("score".to_owned(), 0, done())]);
    assert_judged_once(&server).await;
    until_nothing_remains(&judge.data()).await.unwrap();
    process.terminate().await;
    until_nothing_remains(&judge.data()).await.unwrap();
}

/// Waits until the program has written its predictions: seen from outside, with no server to ask.
async fn until_written(data: &Path) {
    for _ in 0..600 {
        let jobs = std::fs::read_dir(data.join("jobs")).unwrap();
        if jobs.into_iter().any(|job| job.unwrap().path().join("output/predictions.csv").exists()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the program wrote nothing within half a minute");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_server_killed_while_the_program_runs_gets_the_result_when_it_is_back(db: PgPool) {
    let (server, person, phase) = site(db).await;
    let serve = ServerProcess::prepare();
    let first = serve.start(&server).await;
    let person = person.at_address(&serve.address());
    let judge = JudgeProcess::prepare(&server, &serve.address()).await;
    let worker = judge.start();
    let id = begun(&person, &phase, &judge).await;
    first.kill();
    until_written(&judge.data()).await;

    let second = serve.start(&server).await;
    let shown = person.judged(&id).await;
    assert_eq!(shown["scores"]["public"]["accuracy"], 1.0, "{shown}\n{}", judge.said());
    let done = || "done".to_owned();
    assert_eq!(jobs(&server).await, [("predict".to_owned(), 0, done()), ("score".to_owned(), 0, done())]);
    let log = person.log(&shown["evaluations"][0]).await;
    assert_eq!(log.matches("begun").count(), 1, "the program ran once: {log}");
    assert_judged_once(&server).await;
    let board = person.get(&format!("/phases/{phase}/board")).await.body;
    assert_eq!(board["rows"][0]["values"], json!({ "accuracy": 1.0 }));
    worker.terminate().await;
    until_nothing_remains(&judge.data()).await.unwrap();
    second.terminate().await;
}
