//! Commands of the binary.
//!
//! Purpose: read arguments and the environment, start what they name, say plainly what went wrong.
//! Invariants: standard output carries results, standard error carries everything else; a fault of settings
//! ends with 78 (`EX_CONFIG`), which tells `up` that a restart won't help.
//! Neighbours: the top room with `app`; nothing imports it.

mod admin;
mod check;
pub mod client;
mod demo;
mod doctor;
mod download;
mod export;
mod import;
mod judge;
mod judging;
mod phase;
mod rules;
mod score;
mod serve;
mod submit;
mod teams;
pub mod up;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code for settings that cannot work (sysexits.h: `EX_CONFIG`).
const EXIT_CONFIG: u8 = 78;

/// Đấu Trí: nền tảng tổ chức cuộc thi. The competition platform.
#[derive(Debug, Parser)]
#[command(name = "dautri", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: PostgreSQL, server, judge worker.
    Up(up::UpArgs),
    /// Run the contest server alone (settings: environment, see docs/operators.md).
    Serve,
    /// Run a judge worker.
    Judge(judge::JudgeArgs),
    /// Bring the database's schema up to date.
    Migrate,
    /// Import the sample competitions and hand in their samples through the public API.
    Demo(demo::DemoArgs),
    /// Import a competition: a folder or a ZIP archive with `dautri.yaml`.
    Import(import::ImportArgs),
    /// Download a competition as the ZIP archive that `import` takes; it holds the truth.
    Export(export::ExportArgs),
    /// Download a competition's data, resumed where it broke off and checked.
    Download(download::DownloadArgs),
    /// Show a competition's rules, and accept them.
    Rules(rules::RulesArgs),
    /// Pause, freeze or change a running phase, and decide who advances.
    Phase(phase::PhaseArgs),
    /// Check a file as it will be checked when it is handed in; spends nothing.
    Check(check::CheckArgs),
    /// Teams from a spreadsheet, and as one.
    Teams(teams::TeamsArgs),
    /// Hand a file in and wait for its score.
    Submit(submit::SubmitArgs),
    /// Score a predictions file against a truth file with built-in metrics, as workers do.
    Score(score::ScoreArgs),
    /// Say what this machine lacks and how to mend it.
    Doctor(doctor::DoctorArgs),
    /// Recompute what is stored and compare.
    Verify(verify::VerifyArgs),
    /// Print the OpenAPI description.
    Openapi,
    /// Print the JSON Schema of dautri.yaml.
    Schema,
    /// What organizers decide about results: rejudge, refund, disqualify.
    Judging(judging::JudgingArgs),
    /// What operators do.
    Admin(admin::AdminArgs),
}

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("dautri: {error:#}");
            let config = error.downcast_ref::<crate::config::ConfigError>().is_some();
            if config { ExitCode::from(EXIT_CONFIG) } else { ExitCode::FAILURE }
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        // The supervisor must stay on the main thread, without a runtime of many threads.
        Command::Up(args) => up::run(args),
        Command::Score(args) => score::run(&args),
        Command::Openapi => print(&crate::app::openapi()),
        Command::Schema => print(&crate::definitions::schema()),
        other => tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run_async(other)),
    }
}

async fn run_async(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => serve::run().await,
        Command::Judge(args) => judge::run(args).await,
        Command::Migrate => serve::migrate().await,
        Command::Demo(args) => demo::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::Export(args) => export::run(args).await,
        Command::Download(args) => download::run(args).await,
        Command::Rules(args) => rules::run(args).await,
        Command::Phase(args) => phase::run(args).await,
        Command::Check(args) => check::run(args).await,
        Command::Teams(args) => teams::run(args).await,
        Command::Submit(args) => submit::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Verify(args) => verify::run(args).await,
        Command::Judging(args) => judging::run(args).await,
        Command::Admin(args) => admin::run(args).await,
        Command::Up(_) | Command::Score(_) | Command::Openapi | Command::Schema => {
            unreachable!("these run without a runtime")
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command's result")]
fn print(document: &impl serde::Serialize) -> anyhow::Result<ExitCode> {
    println!("{}", serde_json::to_string_pretty(document)?);
    Ok(ExitCode::SUCCESS)
}

/// Structured logs on standard error: `DAUTRI_LOG=debug`, `DAUTRI_LOG_FORMAT=json`.
fn init_tracing() {
    use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};
    let filter = EnvFilter::try_from_env("DAUTRI_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let json = std::env::var("DAUTRI_LOG_FORMAT").is_ok_and(|f| f == "json");
    let registry = tracing_subscriber::registry().with(filter);
    if json {
        registry.with(fmt::layer().json().with_writer(std::io::stderr)).init();
    } else {
        registry.with(fmt::layer().with_ansi(false).with_writer(std::io::stderr)).init();
    }
}

/// Cancelled by Ctrl-C and SIGTERM.
fn stop_signal() -> anyhow::Result<tokio_util::sync::CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = tokio_util::sync::CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let token = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        token.cancel();
    });
    Ok(stop)
}
