//! `dautri admin storage`.

use std::{process::ExitCode, time::Duration};

use clap::Subcommand;
use sqlx::PgPool;

use crate::{
    audit::{self, Act},
    config::Config,
    storage::{Storage, Upkeep},
};

#[derive(Debug, Subcommand)]
pub enum StorageCommand {
    /// Compare what is stored with what the database knows. Exit code 1 where something is missing or damaged.
    Check {
        /// Remove what nobody needs: blobs that nothing names, and what a crash left without a row.
        #[arg(long)]
        mend: bool,
        /// What is younger is left alone, for a request that runs may be using it.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=8760))]
        grace_hours: u64,
    },
}

#[expect(clippy::print_stdout, reason = "the command's result")]
pub async fn run(pool: PgPool, command: StorageCommand) -> anyhow::Result<ExitCode> {
    let StorageCommand::Check { mend, grace_hours } = command;
    let storage = Storage::attach(&Config::from_env()?.storage)?;
    let upkeep = Upkeep::new(pool.clone(), storage);
    let found = upkeep.check(Duration::from_hours(grace_hours)).await?;
    for blob in &found.missing {
        println!("blob {blob}: its bytes are gone; restore them from a backup");
    }
    for blob in &found.damaged {
        println!("blob {blob}: its bytes have another length; restore them from a backup");
    }
    let (unused, strays) = (found.unused.len(), found.strays.len());
    println!("{unused} unused blobs and {strays} stray files take {} bytes.", found.reclaimable);
    if mend && unused + strays > 0 {
        let removed = upkeep.remove(&found).await?;
        let act = Act::new("storage.mended", "storage", "all");
        let act = act.with(serde_json::json!({ "removed": removed, "bytes": found.reclaimable }));
        audit::record(&mut *pool.acquire().await?, act).await?;
        println!("{removed} are removed.");
    } else if unused + strays > 0 {
        println!("Run again with --mend to remove them.");
    }
    let whole = found.missing.is_empty() && found.damaged.is_empty();
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
