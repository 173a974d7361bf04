//! Measures a release build against its peers, in one run on one machine.
//!
//! Purpose: the figures of `make bench`: what judging adds to a container, what scoring, queue and boards can bear.
//! Invariants: the program under test is the release binary in processes of its own, over real sockets, with a
//! PostgreSQL that syncs to disk; peer and product take turns, so that a noisy minute hits both; a result that is
//! wrong is an error, however fast it came.
//! Neighbours: `scripts/bench` brings PostgreSQL, the Docker engine, the image and the Python environment.

mod bare;
mod board;
mod check_zip;
mod contestant;
mod judging_overhead;
mod manual;
mod measure;
mod process;
mod queue;
mod scoring;
mod site;
mod surroundings;
mod worker;

use std::{path::Path, process::ExitCode};

use anyhow::{Context as _, bail};
use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
};

use self::{
    measure::{Measure, table},
    surroundings::Surroundings,
};

/// Every row of the summary, under the measure that makes it.
const ROWS: [(Subject, &[&str]); 5] = [
    (Subject::Judging, &[judging_overhead::NAME]),
    (Subject::Scoring, &[scoring::NAME, scoring::NAME_MEMORY]),
    (Subject::Queue, &[queue::NAME, queue::NAME_CLAIM]),
    (Subject::Board, &[board::NAME, board::NAME_FRESH]),
    (Subject::Check, &[check_zip::NAME]),
];

#[derive(Debug, Clone, Copy)]
enum Subject {
    Judging,
    Scoring,
    Queue,
    Board,
    Check,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match &arguments[..] {
        [command, body, address] if command == bare::COMMAND => bare::serve(Path::new(body), address),
        _ => measure_until_stopped(),
    };
    done.unwrap_or_else(|error| {
        say(&format!("error: {error:#}"));
        ExitCode::FAILURE
    })
}

// On one thread: a child process is told of its parent's death by that of the thread that made it.
fn measure_until_stopped() -> anyhow::Result<ExitCode> {
    Builder::new_current_thread().enable_all().build()?.block_on(until_stopped())
}

/// A signal drops what is being measured, and with it every process that was started for it.
async fn until_stopped() -> anyhow::Result<ExitCode> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        done = run() => done,
        _ = interrupt.recv() => Ok(ExitCode::from(130)),
        _ = terminate.recv() => Ok(ExitCode::from(143)),
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let surroundings = Surroundings::from_env()?;
    let wanted = wanted(surroundings.only.as_deref())?;
    let mut measures = Vec::new();
    for subject in wanted {
        measures.extend(measured(subject, &surroundings).await?);
    }
    let summary = surroundings.summary();
    std::fs::write(&summary, serde_json::to_string_pretty(&measures)?)
        .with_context(|| format!("{} cannot be written", summary.display()))?;
    print(&table(&measures));
    say(&format!("{} holds the same for programs", summary.display()));
    Ok(if measures.iter().all(|measure| measure.holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn measured(subject: Subject, surroundings: &Surroundings) -> anyhow::Result<Vec<Measure>> {
    match subject {
        Subject::Judging => Box::pin(judging_overhead::measure(surroundings)).await,
        Subject::Scoring => scoring::measure(surroundings).await,
        Subject::Queue => Box::pin(queue::measure(surroundings)).await,
        Subject::Board => Box::pin(board::measure(surroundings)).await,
        Subject::Check => Box::pin(check_zip::measure(surroundings)).await,
    }
}

fn wanted(only: Option<&str>) -> anyhow::Result<Vec<Subject>> {
    let wanted: Vec<Subject> = ROWS
        .iter()
        .filter(|(_, names)| only.is_none_or(|only| names.contains(&only)))
        .map(|(subject, _)| *subject)
        .collect();
    if wanted.is_empty() {
        let names: Vec<&str> = ROWS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        bail!("no measure is called {}; there are {}", only.unwrap_or_default(), names.join(", "));
    }
    Ok(wanted)
}

#[expect(clippy::print_stdout, reason = "the result")]
fn print(text: &str) {
    println!("{text}");
}

/// One line for the person who waits.
fn say(line: &str) {
    eprintln!("{line}");
}
