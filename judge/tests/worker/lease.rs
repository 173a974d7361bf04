//! Claims that are lost, servers that are away, workers that stop.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use judge_core::protocol::{Outcome, Plan};

use crate::{
    Test,
    contest::Contest,
    fixtures::{WRITES, Worker, containers, predict_plan},
    tests,
};

pub fn tests() -> Vec<Test> {
    tests![
        a_stale_fence_drops_the_job_and_the_slot_goes_on,
        a_withdrawn_evaluation_is_dropped,
        a_server_that_was_away_gets_the_result_later,
        a_lease_that_ran_out_is_dropped,
        a_stopping_worker_finishes_what_ends_soon,
        a_stopping_worker_hands_back_what_does_not,
    ]
}

const SLEEPS: &str = "import time\nprint('asleep', flush=True)\ntime.sleep(15)\n";

async fn until_no_container(worker: &Worker) {
    let id = std::fs::read_to_string(worker.config.data_dir.join("worker-id")).unwrap();
    let start = Instant::now();
    while !containers(&id).await.is_empty() {
        assert!(start.elapsed() < Duration::from_secs(10), "a container is left");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn a_stale_fence_drops_the_job_and_the_slot_goes_on() {
    let contest = Contest::open().await;
    contest.lease_seconds.store(3, Ordering::SeqCst);
    let worker = Worker::start(&contest);
    let job = contest.submit(Plan::Predict(predict_plan(&contest, SLEEPS).await));
    contest.until(job, "the sleep", |job| !job.log.is_empty()).await;
    contest.jobs().get_mut(&job).unwrap().fence = 8;
    until_no_container(&worker).await;
    assert!(contest.job(job).report.is_none() && !contest.job(job).returned);
    let next = contest.submit(Plan::Predict(predict_plan(&contest, WRITES).await));
    assert!(matches!(contest.outcome(next).await, Outcome::Predicted { .. }));
    worker.stop().await;
}

async fn a_withdrawn_evaluation_is_dropped() {
    let contest = Contest::open().await;
    contest.lease_seconds.store(3, Ordering::SeqCst);
    let worker = Worker::start(&contest);
    let job = contest.submit(Plan::Predict(predict_plan(&contest, SLEEPS).await));
    contest.until(job, "the sleep", |job| !job.log.is_empty()).await;
    contest.withdrawn.store(true, Ordering::SeqCst);
    until_no_container(&worker).await;
    assert!(contest.job(job).report.is_none() && !contest.job(job).returned);
    worker.stop().await;
}

async fn a_server_that_was_away_gets_the_result_later() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let program = format!("print('begun', flush=True)\nimport time\ntime.sleep(1)\n{WRITES}");
    let job = contest.submit(Plan::Predict(predict_plan(&contest, &program).await));
    contest.until(job, "the start", |job| !job.log.is_empty()).await;
    contest.down.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(contest.job(job).report.is_none());
    contest.down.store(false, Ordering::SeqCst);
    assert!(matches!(contest.outcome(job).await, Outcome::Predicted { .. }));
    worker.stop().await;
}

async fn a_lease_that_ran_out_is_dropped() {
    let contest = Contest::open().await;
    contest.lease_seconds.store(3, Ordering::SeqCst);
    let worker = Worker::start(&contest);
    let job = contest.submit(Plan::Predict(predict_plan(&contest, SLEEPS).await));
    contest.until(job, "the sleep", |job| !job.log.is_empty()).await;
    contest.down.store(true, Ordering::SeqCst);
    until_no_container(&worker).await;
    contest.down.store(false, Ordering::SeqCst);
    let next = contest.submit(Plan::Predict(predict_plan(&contest, WRITES).await));
    assert!(matches!(contest.outcome(next).await, Outcome::Predicted { .. }));
    assert!(contest.job(job).report.is_none());
    worker.stop().await;
}

async fn a_stopping_worker_finishes_what_ends_soon() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let program = format!("print('begun', flush=True)\nimport time\ntime.sleep(1)\n{WRITES}");
    let job = contest.submit(Plan::Predict(predict_plan(&contest, &program).await));
    let later = contest.submit(Plan::Predict(predict_plan(&contest, WRITES).await));
    contest.until(job, "the start", |job| !job.log.is_empty()).await;
    worker.stop().await;
    assert!(matches!(contest.outcome(job).await, Outcome::Predicted { .. }));
    assert!(!contest.job(later).claimed);
}

async fn a_stopping_worker_hands_back_what_does_not() {
    let contest = Contest::open().await;
    let worker = Worker::start_with(&contest, |config| config.stop_grace = Duration::from_millis(300));
    let job = contest.submit(Plan::Predict(predict_plan(&contest, SLEEPS).await));
    contest.until(job, "the sleep", |job| !job.log.is_empty()).await;
    let start = Instant::now();
    worker.stop().await;
    assert!(start.elapsed() < Duration::from_secs(8));
    assert!(contest.job(job).returned && contest.job(job).report.is_none());
}
