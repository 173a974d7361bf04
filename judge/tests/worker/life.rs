//! A worker's start and what it does before it takes jobs.

use std::{fs, os::unix::fs::PermissionsExt, sync::atomic::Ordering, time::Duration};

use bollard::{models::ContainerCreateBody, query_parameters::CreateContainerOptionsBuilder};
use judge::{Secret, Stub};
use judge_core::{
    metrics::{Metric, MetricSpec},
    protocol::{Outcome, Plan, Predictions, ScorePlan, Scorer, TableScorer},
};

use crate::{
    Test,
    contest::{Contest, ENROLMENT},
    fixtures::{Worker, containers, docker, limits, nothing_left, python},
    tests,
};

pub fn tests() -> Vec<Test> {
    tests![
        the_self_probe_finds_every_wall,
        what_a_killed_worker_left_is_swept,
        a_doctor_finds_this_machine_fit
    ]
}

pub fn tests_without_engine() -> Vec<Test> {
    tests![
        an_enrolled_worker_keeps_its_credential_to_itself,
        a_stub_answers_at_once,
        a_full_disk_takes_no_job,
        a_worker_without_engine_says_what_to_do,
    ]
}

async fn until_hello(contest: &Contest) -> judge_core::protocol::Hello {
    for _ in 0..3000 {
        let hello = contest.hello.lock().unwrap().clone();
        if let Some(hello) = hello {
            return hello;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the worker never said hello");
}

async fn the_self_probe_finds_every_wall() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let hello = until_hello(&contest).await;
    let open: Vec<_> = hello.probe.iter().filter(|(name, holds)| !**holds && *name != "no_vsock").collect();
    assert!(open.is_empty(), "{open:?}");
    for name in
        ["no_network", "output_symlinks", "memory", "wall_time", "cpu_time", "processes", "scratch_bytes"]
    {
        assert!(hello.probe.contains_key(name), "{name} was not tried");
    }
    assert!(hello.sandbox.starts_with("Docker "), "{}", hello.sandbox);
    worker.stop().await;
}

async fn what_a_killed_worker_left_is_swept() {
    let contest = Contest::open().await;
    let first = Worker::start(&contest);
    until_hello(&contest).await;
    let config = first.config.clone();
    first.begin_stop();
    // The folder of a worker that is gone, filled as a kill would leave it.
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let id = "0123456789ab";
    fs::create_dir_all(data.join("jobs/old/output")).unwrap();
    fs::write(data.join("worker-id"), id).unwrap();
    rustix::mount::mount(
        "left",
        data.join("jobs/old/output"),
        "tmpfs",
        rustix::mount::MountFlags::empty(),
        None,
    )
    .unwrap();
    let body = ContainerCreateBody {
        image: Some(python(&contest).await.image_id),
        cmd: Some(vec!["sleep".into(), "100".into()]),
        labels: Some([("dautri.worker".to_owned(), id.to_owned())].into()),
        ..Default::default()
    };
    let options = CreateContainerOptionsBuilder::new().name("dautri-test-left-over").build();
    let _ = docker().await.remove_container("dautri-test-left-over", None).await;
    docker().await.create_container(Some(options), body).await.unwrap();
    assert_eq!(containers(id).await.len(), 1);
    first.stop().await;
    *contest.hello.lock().unwrap() = None;
    let second = Worker::start_with(&contest, |config| config.data_dir.clone_from(&data));
    until_hello(&contest).await;
    assert_eq!(containers(id).await.len(), 0);
    second.stop().await;
    drop(config);
}

async fn a_doctor_finds_this_machine_fit() {
    let folder = tempfile::tempdir().unwrap();
    let mut config =
        judge::WorkerConfig::new("http://localhost", folder.path().join("not/yet/there")).unwrap();
    config.docker_host = crate::fixtures::docker_host();
    let checks = judge::doctor::doctor(&config).await;
    let names: Vec<_> = checks.iter().map(|check| check.name).collect();
    assert_eq!(names, ["engine", "cgroups", "mount", "disk"]);
    assert!(checks.iter().all(|check| check.ok), "{checks:?}");
}

async fn an_enrolled_worker_keeps_its_credential_to_itself() {
    let contest = Contest::open().await;
    let worker = Worker::start_with(&contest, |config| {
        config.token = None;
        config.enrolment_token = Some(Secret::new(ENROLMENT));
        config.stub = Some(Stub::default());
    });
    until_hello(&contest).await;
    let path = worker.config.data_dir.join("token");
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    worker.stop().await;
}

fn score_plan(contest: &Contest) -> Plan {
    let metric = MetricSpec::from(Metric::F1Macro);
    Plan::Score(ScorePlan {
        predictions: Predictions::File { link: contest.blob("x"), name: "p.csv".into() },
        truth: contest.blob("y"),
        scorer: Scorer::Builtin(TableScorer {
            predictions_file: "p.csv".into(),
            truth_file: "t.csv".into(),
            id_column: "id".into(),
            target_column: "y".into(),
            gain_column: None,
            prediction_columns: vec!["y".into()],
            split_column: None,
            metrics: vec![metric],
        }),
        beside: None,
        limits: limits(),
    })
}

async fn a_stub_answers_at_once() {
    let contest = Contest::open().await;
    let worker = Worker::start_with(&contest, |config| {
        config.stub = Some(Stub::default());
        config.slots = 4;
    });
    let jobs: Vec<_> = (0..100).map(|_| contest.submit(score_plan(&contest))).collect();
    for job in jobs {
        let Outcome::Scored { scores, .. } = contest.outcome(job).await else { panic!("a stub scores") };
        assert!(scores.public.contains_key("f1_macro"));
    }
    assert_eq!(contest.downloads.load(Ordering::SeqCst), 0);
    worker.stop().await;
}

async fn a_full_disk_takes_no_job() {
    let contest = Contest::open().await;
    let worker = Worker::start_with(&contest, |config| {
        config.stub = Some(Stub::default());
        config.min_free_bytes = u64::MAX;
    });
    contest.submit(score_plan(&contest));
    until_hello(&contest).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(contest.claims.load(Ordering::SeqCst), 0);
    worker.stop().await;
}

async fn a_worker_without_engine_says_what_to_do() {
    let contest = Contest::open().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = judge::WorkerConfig::new(contest.address(), folder.path()).unwrap();
    config.docker_host = Some("unix:///nonexistent/docker.sock".into());
    let error = judge::run(config.clone(), tokio_util::sync::CancellationToken::new()).await.unwrap_err();
    assert!(error.to_string().contains("--docker-host"), "{error}");
    nothing_left(&config).await;
    let checks = judge::doctor::doctor(&config).await;
    assert!(!checks[0].ok && checks[0].sentence.en.contains("docker.io"), "{checks:?}");
}
