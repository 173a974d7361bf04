//! The check of a full pack of 100 queries before an attempt is spent: the whole request.

use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
    time::Instant,
};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    measure::{Measure, percentile, spread},
    process, say,
    site::Site,
    surroundings::Surroundings,
};

pub const NAME: &str = "check_zip";
const GOAL_MS: f64 = 50.0;
/// Nobody may ask more often than the limit of a minute, so they take turns.
const TEAMS: usize = 8;
const QUERIES: usize = 100;
const ROWS: usize = 100;
const EVENTS: usize = 4;
const WARM_UP: usize = 10;
const RUNS: usize = 200;
/// Of a hundred requests so many keep within the value.
const PERCENTILE: usize = 95;

pub async fn measure(around: &Surroundings) -> anyhow::Result<Vec<Measure>> {
    let mut site = Site::start(around, "check").await?;
    let folder = around.work.join("packs");
    process::copy_folder(&around.repo.join("datasets/events"), &folder)?;
    std::fs::write(folder.join("hidden/truth/truth.json"), truth().to_string())?;
    let competition = site.import_folder(&folder).await?;
    let phase = competition.phase("events", "main").context("events has a main round")?.id.clone();
    let teams = site.teams(&competition.slug, TEAMS).await?;
    let (pack, broken) = (pack(|text| text)?, pack(|text| text.replace("V007,50", "V007.mp4,50"))?);
    let mut uploads = Vec::with_capacity(TEAMS);
    for team in &teams {
        uploads.push(team.upload(&phase, "submission.zip", &pack).await?);
    }
    let mut took = Vec::with_capacity(RUNS);
    for run in 0..WARM_UP + RUNS {
        let begin = Instant::now();
        let found = teams[run % TEAMS].check(&phase, &uploads[run % TEAMS]).await?;
        if run >= WARM_UP {
            took.push(begin.elapsed().as_secs_f64() * 1e3);
        }
        ensure!(found == json!({ "ok": true, "complete": true, "faults": [], "warnings": [] }), "{found}");
    }
    let broken = teams[0].upload(&phase, "submission.zip", &broken).await?;
    let found = teams[0].check(&phase, &broken).await?;
    ensure!(found["faults"][0]["code"] == "video_extension", "a broken pack is found out: {found}");
    site.check()?;
    say(&format!("{NAME}: {QUERIES} queries of {ROWS} rows, ms: {}", spread(&took)));
    let value = percentile(&took, PERCENTILE);
    Ok(vec![Measure {
        name: NAME,
        value,
        unit: "ms, 95th percentile",
        peer: None,
        peer_value: None,
        ratio: None,
        goal: format!("value <= {GOAL_MS}"),
        holds: value <= GOAL_MS,
    }])
}

fn name(query: usize) -> String {
    let kind = ["kis", "qa", "trake"][query % 3];
    format!("query-{}-{kind}", query + 1)
}

fn truth() -> Value {
    let queries: Vec<Value> = (0..QUERIES)
        .map(|query| {
            let kind = ["kis", "qa", "trake"][query % 3];
            let events = if kind == "trake" { EVENTS } else { 1 };
            let ranges: Vec<_> = (0..events).map(|event| [event * 100, event * 100 + 50]).collect();
            let split = if query % 2 == 0 { "public" } else { "private" };
            let mut truth = json!({
                "query": name(query), "type": kind, "split": split, "video": "L01_V007", "ranges": ranges,
            });
            if kind == "qa" {
                truth["answers"] = json!(["bảy", "7"]);
            }
            truth
        })
        .collect();
    json!({ "queries": queries })
}

/// A pack without a gap, every text changed as told.
fn pack(change: impl Fn(String) -> String) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for query in 0..QUERIES {
        zip.start_file(format!("submission/{}.csv", name(query)), SimpleFileOptions::default())?;
        let mut text = String::new();
        for row in 0..ROWS {
            let _ = match query % 3 {
                0 => writeln!(text, "L01_V{:03},{}", row, row + 43),
                1 => writeln!(text, "L01_V{:03},{},\"câu trả lời số {row}, có dấu phẩy\"", row, row + 43),
                _ => writeln!(text, "L01_V{:03},{},{},{},{}", row, row + 43, row + 150, row + 250, row + 350),
            };
        }
        zip.write_all(change(text).as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}
