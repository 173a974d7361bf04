//! How many jobs the queue moves when the container is taken out: eight workers that answer at once.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use dautri::cli::client::pack_folder;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sqlx::Row as _;
use tokio::time::sleep;

use crate::{measure::Measure, process::Running, say, site::Site, surroundings::Surroundings};

pub const NAME: &str = "queue_stub";
pub const NAME_CLAIM: &str = "queue_claim_p99_ms";
const GOAL_RATE: f64 = 200.0;
const GOAL_CLAIM_MS: f64 = 50.0;
const TEAMS: usize = 100;
const SUBMISSIONS: u32 = 2_000;
/// A prediction and a scoring each.
const JOBS: u32 = 2 * SUBMISSIONS;
const WORKERS: usize = 8;
/// Requests side by side while the queue is filled.
const AT_ONCE: usize = 8;
const DEADLINE: Duration = Duration::from_mins(5);

pub async fn measure(around: &Surroundings) -> anyhow::Result<Vec<Measure>> {
    let mut site = Site::start(around, "queue").await?;
    site.store_image(around).await?;
    fill(&site, around).await?;
    let mut workers = Vec::new();
    for number in 0..WORKERS {
        workers.push(site.worker(around, &format!("stub-{number}"), &["--stub", "0"])?);
    }
    let end = Instant::now() + DEADLINE;
    while left(&site).await? > 0 {
        ensure!(Instant::now() < end, "{} jobs are left after {} s", left(&site).await?, DEADLINE.as_secs());
        workers.iter_mut().try_for_each(Running::check)?;
        sleep(Duration::from_millis(100)).await;
    }
    // At once: waits at the empty queue would count as claims when they end.
    let metrics = site.metrics().await?;
    site.check()?;
    drop(workers);
    let seconds = each_judged_once(&site).await?;
    let rate = f64::from(JOBS) / seconds;
    let p99 = quantile(&metrics, "/api/worker/v1/claim", "0.99")? * 1000.0;
    for call in ["claim", "jobs/{job}/artifact", "jobs/{job}/report"] {
        let path = format!("/api/worker/v1/{call}");
        let ms = |q| quantile(&metrics, &path, q).map(|seconds| seconds * 1000.0);
        say(&format!("  {call}: p50 {:.1} ms, p99 {:.1} ms", ms("0.5")?, ms("0.99")?));
    }
    let rate = Measure {
        name: NAME,
        value: rate,
        unit: "jobs/s",
        peer: None,
        peer_value: None,
        ratio: None,
        goal: format!("value >= {GOAL_RATE}"),
        holds: rate >= GOAL_RATE,
    };
    let claim = Measure {
        name: NAME_CLAIM,
        value: p99,
        unit: "ms",
        goal: format!("value <= {GOAL_CLAIM_MS}"),
        holds: p99 <= GOAL_CLAIM_MS,
        ..rate.clone()
    };
    Ok(vec![rate, claim])
}

/// Hands everything in through the public API.
async fn fill(site: &Site, around: &Surroundings) -> anyhow::Result<()> {
    let competition = site.import(around, "digits").await?;
    let phase = competition.phase("digits", "main").context("digits has a main round")?.id.clone();
    let teams = site.teams(&competition.slug, TEAMS).await?;
    let folder = around.repo.join("datasets/digits/samples/majority-class/submission");
    let archive = std::fs::read(pack_folder(&folder, &[]).await?.path())?;
    let begin = Instant::now();
    let hand_in = |number: u32| {
        let (team, phase, archive) = (&teams[number as usize % TEAMS], &phase, &archive);
        async move {
            let upload = team.upload(phase, "predict.zip", archive).await?;
            team.hand_in(phase, &upload).await.map(drop)
        }
    };
    stream::iter((0..SUBMISSIONS).map(hand_in)).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    say(&format!(
        "{NAME}: {SUBMISSIONS} submissions handed in within {:.1} s",
        begin.elapsed().as_secs_f64()
    ));
    Ok(())
}

async fn left(site: &Site) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM evaluations WHERE state <> 'done'").fetch_one(&site.db).await
}

/// Checks that nothing was lost or done twice; seconds from the first claim to the last report.
async fn each_judged_once(site: &Site) -> anyhow::Result<f64> {
    let (submissions, jobs) = (i64::from(SUBMISSIONS), i64::from(JOBS));
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM submissions),
                (SELECT count(DISTINCT submission_id) FROM evaluations WHERE verdict = 'scored'),
                (SELECT count(*) FROM evaluations),
                count(*), count(*) FILTER (WHERE state = 'done' AND report IS NOT NULL),
                count(*) FILTER (WHERE fence = 1 AND deaths = 0), count(DISTINCT worker_id),
                extract(epoch FROM max(finished_at) - min(started_at))::float8
         FROM jobs",
    )
    .fetch_one(&site.db)
    .await?;
    let count = |column: usize| row.try_get::<i64, _>(column);
    ensure!(count(0)? == submissions, "{} of {submissions} submissions are there", count(0)?);
    ensure!(count(1)? == submissions, "{} of {submissions} submissions are scored", count(1)?);
    ensure!(count(2)? == submissions, "{} evaluations of {submissions} submissions", count(2)?);
    ensure!(count(3)? == jobs, "{} jobs instead of {jobs}", count(3)?);
    ensure!(count(4)? == jobs, "{} of {jobs} jobs have a report", count(4)?);
    ensure!(count(5)? == jobs, "{} of {jobs} jobs were claimed once", count(5)?);
    say(&format!("  {jobs} jobs, each claimed and reported once, by {} workers", count(6)?));
    Ok(row.try_get(7)?)
}

/// Seconds that the server took for requests of a route.
fn quantile(metrics: &str, path: &str, quantile: &str) -> anyhow::Result<f64> {
    let path = format!("path=\"{path}\"");
    let quantile = format!("quantile=\"{quantile}\"");
    let line = metrics.lines().find(|line| {
        line.starts_with("dautri_http_request_seconds{") && line.contains(&path) && line.contains(&quantile)
    });
    let value = line.and_then(|line| line.rsplit(' ').next()).context("the server times its requests")?;
    Ok(value.parse()?)
}
