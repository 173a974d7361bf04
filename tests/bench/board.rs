//! A board of 800 teams: how fast it is read, and whether a read ever misses the last commit.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use uuid::Uuid;

use crate::{
    bare,
    contestant::{Contestant, accepted},
    measure::{Measure, median, spread},
    process::{self, Running},
    say,
    site::Site,
    surroundings::Surroundings,
    worker::Worker,
};

pub const NAME: &str = "board_800";
pub const NAME_FRESH: &str = "board_fresh";
const GOAL_RATIO: f64 = 0.5;
const TEAMS: u32 = 800;
const ROUNDS: usize = 3;
const CONNECTIONS: usize = 32;
const FRESH_READS: u32 = 20;
/// Readers that ask for the board all the time while it changes.
const READERS: usize = 4;

pub async fn measure(around: &Surroundings) -> anyhow::Result<Vec<Measure>> {
    let mut hall = Hall::open(around).await?;
    let body = hall.read().await?;
    ensure!(rows(&body)?.len() == TEAMS as usize, "the board has {} rows", rows(&body)?.len());
    say(&format!("{NAME}: {TEAMS} teams stand on the board, {} bytes", body.len()));
    let (ours, theirs) = rates(around, &hall, &body).await?;
    let fresh = hall.fresh_reads().await?;
    hall.site.check()?;
    let ratio = median(&ours) / median(&theirs);
    Ok(vec![
        Measure {
            name: NAME,
            value: median(&ours),
            unit: "requests/s",
            peer: Some("bare axum handler, same bytes".to_owned()),
            peer_value: Some(median(&theirs)),
            ratio: Some(ratio),
            goal: format!("ratio >= {GOAL_RATIO}"),
            holds: ratio >= GOAL_RATIO,
        },
        Measure {
            name: NAME_FRESH,
            value: f64::from(fresh),
            unit: "first reads",
            peer: None,
            peer_value: None,
            ratio: None,
            goal: format!("value = {FRESH_READS}"),
            holds: fresh == FRESH_READS,
        },
    ])
}

/// Requests per second of the board and of the bare handler, taking turns.
async fn rates(around: &Surroundings, hall: &Hall, body: &Bytes) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let (file, address) = (around.work.join("board.json"), format!("127.0.0.1:{}", free_port()?));
    std::fs::write(&file, body)?;
    let mut serve = Command::new(std::env::current_exe()?);
    serve.arg(bare::COMMAND).arg(&file).arg(&address);
    let mut peer = Running::start(serve, around.work.join("bare.log"))?;
    let peer_url = format!("http://{address}/");
    let same = until_answered(&hall.site.http, &peer_url, &mut peer).await?;
    ensure!(same == *body, "the bare handler returns the same bytes");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(requests_per_second(&peer_url)?);
        ours.push(requests_per_second(&hall.address)?);
    }
    say(&format!("  board, requests/s:        {}", spread(&ours)));
    say(&format!("  bare handler, requests/s: {}", spread(&theirs)));
    Ok((ours, theirs))
}

/// A phase whose board is full.
struct Hall {
    site: Site,
    phase: String,
    /// Of the board.
    address: String,
    teams: Vec<Contestant>,
    worker: Worker,
}

impl Hall {
    /// Every team hands in and is scored, through the API.
    async fn open(around: &Surroundings) -> anyhow::Result<Self> {
        let site = Site::start(around, "board").await?;
        let competition = site.import(around, "diabetes").await?;
        let phase = competition.phase("diabetes", "main").context("diabetes has a main round")?.id.clone();
        let teams = site.teams(&competition.slug, TEAMS as usize).await?;
        let worker = Worker::enrol(site.http.clone(), &site.url, site.invite_worker(around)?).await?;
        let address = format!("{}/api/v1/phases/{phase}/board", site.url);
        let hall = Self { site, phase, address, teams, worker };
        let handing_in = hall.teams.iter().map(|team| hall.hand_in(team));
        stream::iter(handing_in).buffer_unordered(8).try_collect::<()>().await?;
        for place in 0..TEAMS {
            let lease = hall.worker.claim().await?;
            hall.worker.report(&lease, scores(50.0 + f64::from(place * 7 % TEAMS) / 13.0)).await?;
        }
        Ok(hall)
    }

    async fn hand_in(&self, team: &Contestant) -> anyhow::Result<()> {
        let upload = team.upload(&self.phase, "predictions.csv", b"id,prediction\n1,150\n").await?;
        team.hand_in(&self.phase, &upload).await.map(drop)
    }

    async fn read(&self) -> anyhow::Result<Bytes> {
        read(&self.site.http, &self.address).await
    }

    /// How many of the first reads after a report's answer show the result.
    async fn fresh_reads(&self) -> anyhow::Result<u32> {
        let mut readers = JoinSet::new();
        for _ in 0..READERS {
            let (http, address) = (self.site.http.clone(), self.address.clone());
            readers.spawn(async move {
                loop {
                    read(&http, &address).await?;
                }
                #[expect(unreachable_code, reason = "names the type of the error")]
                anyhow::Ok(())
            });
        }
        let mut fresh = 0;
        for round in 0..FRESH_READS {
            let team = &self.teams[round as usize * 37];
            // Better than all before, so it must show.
            let score = 40.0 - f64::from(round);
            self.hand_in(team).await?;
            let lease = self.worker.claim().await?;
            ensure!(
                rmse(&self.read().await?, team.team)? != Some(score),
                "the score shows before its report"
            );
            self.worker.report(&lease, scores(score)).await?;
            fresh += u32::from(rmse(&self.read().await?, team.team)? == Some(score));
        }
        ensure!(readers.try_join_next().is_none(), "a reader of the board failed");
        Ok(fresh)
    }
}

fn scores(rmse: f64) -> BTreeMap<String, f64> {
    let metric = |name: &str, value| (name.to_owned(), value);
    BTreeMap::from([metric("rmse", rmse), metric("mae", rmse * 0.8), metric("r2", 1.0 - rmse / 150.0)])
}

async fn read(http: &reqwest::Client, address: &str) -> anyhow::Result<Bytes> {
    Ok(accepted(http.get(address).send().await?).await?.bytes().await?)
}

fn rows(board: &[u8]) -> anyhow::Result<Vec<Value>> {
    let mut board: Value = serde_json::from_slice(board)?;
    serde_json::from_value(board["rows"].take()).context("a board has rows")
}

/// What the board shows of a team.
fn rmse(board: &[u8], team: Uuid) -> anyhow::Result<Option<f64>> {
    let team = team.to_string();
    let row = rows(board)?.into_iter().find(|row| row["team"]["id"] == team.as_str());
    Ok(row.and_then(|row| row["values"]["rmse"].as_f64()))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

async fn until_answered(http: &reqwest::Client, url: &str, server: &mut Running) -> anyhow::Result<Bytes> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        server.check()?;
        if let Ok(Ok(body)) = timeout(Duration::from_secs(2), read(http, url)).await {
            return Ok(body);
        }
        ensure!(Instant::now() < deadline, "the bare handler does not answer");
        sleep(Duration::from_millis(20)).await;
    }
}

/// One thread, so that the server keeps a processor for itself where there are two.
fn requests_per_second(url: &str) -> anyhow::Result<f64> {
    let mut wrk = Command::new(Path::new("wrk"));
    let printed = process::output(wrk.args(["-t1", &format!("-c{CONNECTIONS}"), "-d5s", url]), None)?;
    ensure!(!printed.contains("Non-2xx") && !printed.contains("Socket errors"), "wrk: {printed}");
    let line = printed.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    Ok(line.context("wrk prints a rate")?.trim().parse()?)
}
