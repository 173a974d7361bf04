//! `dautri verify`.

use std::process::ExitCode;

use clap::Subcommand;

use super::admin::connect;
use crate::{audit::Audit, events::Bus, kernel::Clock, leaderboard::Leaderboard};

#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Recompute every standing from the results and compare with the boards.
    Boards {
        /// Write the recomputed standings where they differ.
        #[arg(long)]
        mend: bool,
    },
    /// Compute the hash chain over all acts of organizers and administrators anew.
    Audit {
        /// A head of the chain that was noted down earlier; it must still be in the chain.
        #[arg(long)]
        noted: Option<String>,
    },
}

pub async fn run(args: VerifyArgs) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Boards { mend } => boards(mend).await,
        What::Audit { noted } => audit(noted.as_deref()).await,
    }
}

#[expect(clippy::print_stdout, reason = "the command's result")]
async fn audit(noted: Option<&str>) -> anyhow::Result<ExitCode> {
    let report = Audit::new(connect().await?).verify(noted).await?;
    for fault in &report.faults {
        println!("{fault}");
    }
    println!("{} acts are sealed, {} wait for their seal.", report.sealed, report.waiting);
    println!("head {}", report.head);
    if report.faults.is_empty() {
        println!("Every seal fits its act and the seal before it.");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

#[expect(clippy::print_stdout, reason = "the command's result")]
async fn boards(mend: bool) -> anyhow::Result<ExitCode> {
    let pool = connect().await?;
    let bus = Bus::new(uuid::Uuid::new_v4(), tokio_util::sync::CancellationToken::new());
    let leaderboard = Leaderboard::new(pool, bus, Clock::system());
    let differences = leaderboard.verify().await?;
    for d in &differences {
        println!("phase {} team {} {} {}: differs", d.phase, d.team, d.split.as_str(), d.view.as_str());
    }
    if differences.is_empty() {
        println!("Every standing equals its recomputation.");
        return Ok(ExitCode::SUCCESS);
    }
    if !mend {
        println!("{} standings differ; run again with --mend to write them anew.", differences.len());
        return Ok(ExitCode::FAILURE);
    }
    let phases: std::collections::BTreeSet<_> = differences.iter().map(|d| d.phase).collect();
    for phase in phases {
        leaderboard.recompute_phase(phase).await?;
    }
    println!("{} standings were written anew.", differences.len());
    Ok(ExitCode::SUCCESS)
}
