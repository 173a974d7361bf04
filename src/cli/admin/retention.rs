//! `dautri admin retention`.

use std::{process::ExitCode, time::Duration};

use sqlx::{PgPool, postgres::types::PgInterval};

use crate::{
    audit::{self, Act},
    judging::store::logs,
    mail, notifications,
};

#[derive(Debug, clap::Args)]
pub struct RetentionArgs {
    /// Forget what is older than so many days: logs of judged submissions, what prediction steps left, letters
    /// that were sent, notices that were read. Submissions, results and the log of acts stay.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=36_500))]
    days: u64,
}

#[expect(clippy::print_stdout, reason = "the command's result")]
pub async fn run(pool: &PgPool, args: &RetentionArgs) -> anyhow::Result<ExitCode> {
    let age = Duration::from_hours(args.days * 24);
    let age = PgInterval::try_from(age).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut tx = pool.begin().await?;
    let logs_forgotten = logs::forget_older(&mut tx, age).await?;
    let artifacts = logs::release_artifacts(&mut tx, age).await?;
    let letters = mail::forget_sent(&mut tx, age).await?;
    let notices = notifications::forget_read(&mut tx, age).await?;
    let facts = serde_json::json!({
        "days": args.days, "log_pieces": logs_forgotten, "artifacts": artifacts, "letters": letters, "notices": notices,
    });
    audit::record(&mut tx, Act::new("retention.applied", "platform", "all").with(facts)).await?;
    tx.commit().await?;
    println!("{logs_forgotten} pieces of logs, {letters} letters and {notices} notices are forgotten.");
    println!("{artifacts} artifacts are let go; `dautri admin storage check --mend` frees their room.");
    Ok(ExitCode::SUCCESS)
}
