//! What judging adds to the container that it runs.
//!
//! A pair is one submission through the API, from acceptance to the score in the API, and the same container by
//! hand. Both halves run on the same engine, one after the other.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use dautri::cli::client::pack_folder;
use sqlx::Row as _;
use tokio::time::timeout;

use crate::{
    contestant::{Contestant, accepted},
    manual::ByHand,
    measure::{Measure, median, spread},
    say,
    site::Site,
    surroundings::Surroundings,
};

pub const NAME: &str = "judging_overhead_ms";
const GOAL_MS: f64 = 150.0;
const PAIRS: usize = 20;
/// Before it counts, the worker has loaded the image and the inputs, and the page cache is warm.
const WARM_UP: usize = 3;
const SAMPLE: &str = "nearest-centroid";
/// The worker's first look at the machine and the load of the image are part of the first wait.
const DEADLINE: Duration = Duration::from_mins(5);

pub async fn measure(around: &Surroundings) -> anyhow::Result<Vec<Measure>> {
    say(&format!("{NAME}: storing the image, importing digits"));
    let mut site = Site::start(around, "judging").await?;
    site.store_image(around).await?;
    let competition = site.import(around, "digits").await?;
    let phase = competition.phase("digits", "main").context("digits has a main round")?.id.clone();
    let team = site.teams(&competition.slug, 1).await?.remove(0);
    let worker = site.worker(around, "worker", &[])?;
    let folder = around.repo.join("datasets/digits/samples").join(SAMPLE).join("submission");
    let archive = std::fs::read(pack_folder(&folder, &[]).await?.path())?;
    let image = sqlx::query_scalar("SELECT image_id FROM images").fetch_one(&site.db).await?;
    let by_hand = ByHand::prepare(around, image, SAMPLE)?;
    let mut judge = Judge { events: Events::open(&site.url, &phase).await?, team, phase, archive };

    let (mut judged, mut manual) = (Vec::new(), Vec::new());
    for pair in 0..WARM_UP + PAIRS {
        let one = timeout(DEADLINE, judge.once()).await;
        site.check()?;
        let (one, other) = (one.context("a submission was not judged in time")??, by_hand.run()?);
        if pair >= WARM_UP {
            judged.push(one.as_secs_f64() * 1000.0);
            manual.push(other.as_secs_f64() * 1000.0);
        }
    }
    drop(worker);
    let differences: Vec<f64> = judged.iter().zip(&manual).map(|(one, other)| one - other).collect();
    say(&format!("  accepted to visible, ms: {}", spread(&judged)));
    say(&format!("  docker run, ms:          {}", spread(&manual)));
    say(&format!("  difference, ms:          {}", spread(&differences)));
    stages(&site).await?;
    let value = median(&differences);
    Ok(vec![Measure {
        name: NAME,
        value,
        unit: "ms",
        peer: Some("docker run of the same container".to_owned()),
        peer_value: Some(median(&manual)),
        ratio: Some(median(&judged) / median(&manual)),
        goal: format!("value <= {GOAL_MS}"),
        holds: value <= GOAL_MS,
    }])
}

/// One team that hands the same program in again and again.
struct Judge {
    team: Contestant,
    phase: String,
    archive: Vec<u8>,
    events: Events,
}

impl Judge {
    /// From the moment of acceptance, as the server's answer names it, to the score in an answer of the API.
    async fn once(&mut self) -> anyhow::Result<Duration> {
        let upload = self.team.upload(&self.phase, "predict.zip", &self.archive).await?;
        let accepted = self.team.hand_in(&self.phase, &upload).await?;
        loop {
            self.events.next().await?;
            let submission = self.team.submission(accepted.id).await?;
            if submission["state"] != "done" {
                continue;
            }
            let visible = DateTime::<Utc>::from(SystemTime::now());
            let verdict = &submission["evaluations"][0]["verdict"];
            ensure!(verdict == "scored", "the sample was judged {verdict}: {submission}");
            ensure!(submission["scores"]["public"]["accuracy"] == 0.86, "the score is wrong: {submission}");
            return Ok((visible - accepted.accepted_at).to_std()?);
        }
    }
}

/// The event stream of a board.
struct Events {
    answer: reqwest::Response,
    text: String,
}

impl Events {
    async fn open(server: &str, phase: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build()?;
        let answer = http.get(format!("{server}/api/v1/events?topics=board:{phase}")).send().await?;
        Ok(Self { answer: accepted(answer).await?, text: String::new() })
    }

    /// Waits until the board moves.
    async fn next(&mut self) -> anyhow::Result<()> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let moved = event.lines().any(|line| line == "event: board");
                if moved {
                    return Ok(());
                }
            }
            let chunk = self.answer.chunk().await?.context("the event stream ended")?;
            self.text.push_str(std::str::from_utf8(&chunk)?);
        }
    }
}

/// Prints where the time of a submission goes: medians of what workers and server noted.
async fn stages(site: &Site) -> anyhow::Result<()> {
    let rows = sqlx::query(
        "WITH measured AS (
             SELECT j.*, e.finished_at AS ended, s.accepted_at FROM jobs j JOIN evaluations e ON e.id = j.evaluation_id
             JOIN submissions s ON s.id = e.submission_id
             WHERE s.id IN (SELECT id FROM submissions ORDER BY accepted_at DESC LIMIT $1)
         ), noted AS (
             SELECT step, 1 AS place, 'from ready to claimed' AS name,
                    extract(epoch FROM started_at - queued_at)::float8 * 1000 AS ms FROM measured
             UNION ALL
             SELECT step, 2, 'worker: ' || stage.key, stage.value::float8
             FROM measured, jsonb_each_text(report->'usage'->'stages_ms') AS stage
             UNION ALL
             SELECT step, 3, 'from claimed to reported', extract(epoch FROM finished_at - started_at)::float8 * 1000
             FROM measured
             UNION ALL
             SELECT step, 4, 'container, by the engine''s clock', (report->'usage'->>'run_ms')::float8 FROM measured
             WHERE step = 'predict'
             UNION ALL
             SELECT 'all', 6, 'of that outside create, start and run',
                    extract(epoch FROM p.ended - p.accepted_at)::float8 * 1000 -
                    (SELECT sum(value::float8) FROM jsonb_each_text(p.report->'usage'->'stages_ms')
                     WHERE key IN ('create', 'attach', 'start', 'run'))
             FROM measured p WHERE p.step = 'predict'
             UNION ALL
             SELECT 'all', 5, 'from accepted to done', extract(epoch FROM ended - accepted_at)::float8 * 1000
             FROM measured
         )
         SELECT step, name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM noted
         GROUP BY step, place, name ORDER BY step = 'all', step, place, ms DESC",
    )
    .bind(i64::try_from(PAIRS)?)
    .fetch_all(&site.db)
    .await?;
    for row in rows {
        let (step, name, ms): (String, String, f64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        say(&format!("  {step:<8}{name:<38}{ms:>8.1} ms"));
    }
    Ok(())
}
