//! `dautri score` on a million rows, against pandas and scikit-learn.

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde_json::Value;
use tokio::task::yield_now;

use crate::{
    measure::{Measure, median, spread},
    process, say,
    surroundings::Surroundings,
};

pub const NAME: &str = "scoring_1m_rows";
pub const NAME_MEMORY: &str = "scoring_1m_rows_rss_mb";
const GOAL_RATIO: f64 = 10.0;
const GOAL_MB: f64 = 200.0;
const ROWS: u32 = 1_000_000;
const CLASSES: u8 = 10;
const RUNS: usize = 5;
const TOLERANCE: f64 = 1e-9;
const PEER: &str = "pandas + scikit-learn";

pub async fn measure(around: &Surroundings) -> anyhow::Result<Vec<Measure>> {
    say(&format!("{NAME}: writing {ROWS} rows"));
    let files = Files::write(&around.work.join("scoring"))?;
    let (ours, theirs) = (|| files.score(around), || files.script(around));
    // Warms the page cache and the interpreter's own; says whether both mean the same.
    let (one, other) = (ours_value(&run(ours())?.1)?, run(theirs())?.1.parse::<f64>()?);
    ensure!((one - other).abs() <= TOLERANCE, "dautri says {one}, scikit-learn {other}");
    let (mut own, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        own.push(run(ours())?.0);
        peer.push(run(theirs())?.0);
        // Lets a signal be heeded.
        yield_now().await;
    }
    let (own_mb, peer_mb) = (peak_mb(ours())?, peak_mb(theirs())?);
    say(&format!("  dautri score, ms: {}, peak {own_mb:.0} MB", spread(&own)));
    say(&format!("  {PEER}, ms: {}, peak {peer_mb:.0} MB; both say {one}", spread(&peer)));
    let ratio = median(&peer) / median(&own);
    let time = Measure {
        name: NAME,
        value: median(&own),
        unit: "ms",
        peer: Some(PEER.to_owned()),
        peer_value: Some(median(&peer)),
        ratio: Some(ratio),
        goal: format!("ratio >= {GOAL_RATIO}"),
        holds: ratio >= GOAL_RATIO,
    };
    let memory = Measure {
        name: NAME_MEMORY,
        value: own_mb,
        unit: "MB",
        peer_value: Some(peer_mb),
        ratio: Some(peer_mb / own_mb),
        goal: format!("value <= {GOAL_MB}"),
        holds: own_mb <= GOAL_MB,
        ..time.clone()
    };
    Ok(vec![time, memory])
}

/// Truth and predictions, each in an order of its own.
struct Files {
    truth: PathBuf,
    predictions: PathBuf,
}

impl Files {
    fn write(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let files = Self { truth: folder.join("truth.csv"), predictions: folder.join("predictions.csv") };
        let mut random = StdRng::seed_from_u64(20_261_121);
        let labels: Vec<u8> = (0..ROWS).map(|_| random.random_range(0..CLASSES)).collect();
        let guess = |random: &mut StdRng, label: u8| {
            if random.random_bool(0.8) { label } else { random.random_range(0..CLASSES) }
        };
        let mut rows: Vec<(u32, u8)> = (0..ROWS).zip(labels).collect();
        rows.shuffle(&mut random);
        table(&files.truth, &rows)?;
        for row in &mut rows {
            row.1 = guess(&mut random, row.1);
        }
        rows.shuffle(&mut random);
        table(&files.predictions, &rows)?;
        Ok(files)
    }

    fn score(&self, around: &Surroundings) -> Command {
        let mut score = Command::new(&around.program);
        score.args(["score", "--metric", "f1_macro", "--truth"]).arg(&self.truth);
        score.arg("--predictions").arg(&self.predictions);
        score
    }

    fn script(&self, around: &Surroundings) -> Command {
        let mut script = Command::new(&around.python);
        script.arg(around.repo.join("tests/bench/score.py")).arg(&self.truth).arg(&self.predictions);
        script
    }
}

fn table(path: &Path, rows: &[(u32, u8)]) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "id,label")?;
    for (id, label) in rows {
        writeln!(file, "{id},{label}")?;
    }
    Ok(file.flush()?)
}

/// Milliseconds of the whole process, and what it printed.
fn run(mut command: Command) -> anyhow::Result<(f64, String)> {
    let start = Instant::now();
    let printed = process::output(&mut command, None)?;
    Ok((start.elapsed().as_secs_f64() * 1000.0, printed))
}

fn ours_value(printed: &str) -> anyhow::Result<f64> {
    let scores: Value = serde_json::from_str(printed)?;
    scores["public"]["f1_macro"].as_f64().context("dautri score prints the metric")
}

/// The kernel's high-water mark, in millions of bytes, looked at until the process ends. (What `wait` tells of a
/// child counts its parent's memory before `exec` too.)
fn peak_mb(mut command: Command) -> anyhow::Result<f64> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0_u32;
    while child.try_wait()?.is_none() {
        // A process that has just ended has no memory any more.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = mark.and_then(|mark| mark.trim().trim_end_matches(" kB").parse().ok());
        peak_kib = peak_kib.max(kib.unwrap_or(0));
        sleep(Duration::from_millis(1));
    }
    ensure!(child.wait()?.success() && peak_kib > 0, "{command:?} failed");
    Ok(f64::from(peak_kib) * 1024.0 / 1e6)
}
