//! `dautri teams`.

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Subcommand;

use super::client::{Client, TeamsReport};

/// Teams of a competition, for its organizers.
#[derive(Debug, clap::Args)]
pub struct TeamsArgs {
    #[command(subcommand)]
    command: Command,
    /// Address of the server.
    #[arg(long, global = true, env = "DAUTRI_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// An organizer's API token.
    #[arg(long, global = true, env = "DAUTRI_TOKEN", hide_env_values = true, default_value = "")]
    token: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring teams in from an XLSX or CSV file. Says what would happen; `--apply` does it.
    Import {
        file: PathBuf,
        /// The competition's slug.
        #[arg(long)]
        competition: String,
        /// Do it.
        #[arg(long)]
        apply: bool,
    },
    /// Write all teams as CSV, one row for each member.
    Export {
        /// The competition's slug.
        #[arg(long)]
        competition: String,
        /// Where to; standard output where absent.
        #[arg(long)]
        output: Option<PathBuf>,
    },
}

pub async fn run(args: TeamsArgs) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.server, Some(args.token))?;
    match args.command {
        Command::Import { file, competition, apply } => {
            let report = client.import_teams(&competition, &file, apply).await?;
            print(&report)?;
            Ok(if report.errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Export { competition, output } => {
            let table = client.export_teams(&competition).await?;
            match output {
                Some(path) => {
                    std::fs::write(&path, table)
                        .with_context(|| format!("{} cannot be written", path.display()))?;
                }
                None => std::io::stdout().write_all(&table)?,
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// One line for each row, tab-separated; the sum goes to standard error.
fn print(report: &TeamsReport) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for row in &report.rows {
        let reason = row.en.as_deref().unwrap_or("");
        writeln!(out, "{}\t{}\t{}\t{}\t{reason}", row.row, row.result, row.team, row.email)?;
    }
    for column in &report.ignored_columns {
        eprintln!("The column “{column}” was not used.");
    }
    let TeamsReport { created, joined, unchanged, errors, accounts, .. } = report;
    eprintln!(
        "{created} teams created, {joined} members joined, {unchanged} rows unchanged, {errors} errors, {accounts} new accounts."
    );
    if !report.applied {
        eprintln!("Nothing was changed. Do it with --apply.");
    }
    Ok(())
}
